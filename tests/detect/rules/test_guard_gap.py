"""`guard_gap`: anybody or anything in a zone in its dead hours. The film begins at 08:00 in Shanghai."""

from __future__ import annotations

import pytest

from config.model import Label
from tests.detect.rules.film import Mover, one_rule, standing, told


@pytest.mark.parametrize(
    ("hours", "label", "expected"),
    [
        ("07:00-09:00", Label.PERSON, [("raised", 4.0)]),
        ("07:00-09:00", Label.TRUCK, [("raised", 4.0)]),
        ("07:00-09:00", Label.ANIMAL, []),
        ("18:00-07:00", Label.PERSON, []),
        ("mon-fri 07:00-09:00", Label.PERSON, [("raised", 4.0)]),  # a Thursday
        ("weekend", Label.PERSON, []),
    ],
)
def test_only_in_the_dead_hours(hours: str, label: Label, expected: list[tuple[str, float]]) -> None:
    """After a second: one mistaken detection is nobody."""
    hours = "weekend 00:00-24:00" if hours == "weekend" else hours
    rule = one_rule(rule="guard_gap", zone="lane", hours=hours)

    assert told(rule, Mover(path=standing(0.7, 0.8, 3, 20), label=label), until_s=15) == expected


def test_who_was_there_before_is_told_when_they_begin() -> None:
    """His time counts from then."""
    rule = one_rule(rule="guard_gap", zone="lane", hours="08:01-09:00")

    ((phase, second),) = told(rule, Mover(path=standing(0.7, 0.8, 0, 90)), until_s=80)

    assert phase == "raised"
    assert 60.6 <= second <= 61.0


def test_a_single_detection_is_nobody() -> None:
    """A mistake of the detector's."""
    rule = one_rule(rule="guard_gap", zone="lane")

    assert told(rule, Mover(path=standing(0.7, 0.8, 3, 3.5)), until_s=15) == []
