"""What came late is told apart from what was answered late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.lateness import LATE_AFTER, came_late
from tests.alerts.making import occurrence


@pytest.mark.parametrize(
    ("waited", "late"),
    [
        (timedelta(seconds=0.2), False),
        (LATE_AFTER, False),
        (LATE_AFTER + timedelta(microseconds=1), True),
        (timedelta(days=2), True),
        (timedelta(hours=-1), False),
    ],
)
def test_late_is_what_waited_longer_than_half_a_minute(waited: timedelta, late: bool) -> None:
    """Between the node's raising it and its being on record; a node's clock that is ahead makes nothing late."""
    one = occurrence()

    assert came_late(one, one.raised_at + waited) is late


def test_a_rules_own_time_makes_nothing_late() -> None:
    """A guard absent for ten minutes is no late alert, nor is a picture that was looked at late."""
    one = occurrence(started_at=occurrence().raised_at - timedelta(minutes=10))

    assert not came_late(one, one.raised_at)
