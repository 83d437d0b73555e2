"""Who is under way, by where he was a second ago: not who stands, however his box trembles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.messages import Box
from detect.passers import Passers
from tests.detect.given import at, track

FIRST: Box = (0.10, 0.50, 0.30, 0.70)


@pytest.mark.parametrize(
    ("speed", "trembles", "moves"),
    [(0.0, 0.0, False), (0.0, 0.03, False), (0.005, 0.0, False), (0.1, 0.0, True), (0.4, 0.0, True)],
    ids=["stands", "trembles", "creeps", "walks", "drives"],
)
@pytest.mark.parametrize("step_s", [0.2, 1 / 3, 2.0])
def test_who_is_elsewhere_than_a_second_ago_moves(speed: float, trembles: float, moves: bool, step_s: float) -> None:
    """At any rate of looks; a fifth of the picture wide, `speed` of the picture a second."""
    passers, found = Passers(), []
    for number in range(12):
        seconds = number * step_s
        aside = min(0.7, speed * seconds) + trembles * (number % 2)
        one = track(1, seen=seconds, box=(FIRST[0] + aside, FIRST[1], FIRST[2] + aside, FIRST[3]))
        found.append(passers.among((one,), at(seconds)))

    assert any(found) == moves


def test_who_is_seen_for_the_second_time_moves_if_he_was_elsewhere_at_first() -> None:
    """A fast one is past within a second."""
    one = replace(track(1, first=0.0, seen=0.3, box=(0.4, 0.5, 0.6, 0.7)), first_box=FIRST)

    assert Passers().among((one,), at(0.3)) == (one,)


@pytest.mark.parametrize(("seconds", "passes"), [(0.6, True), (1.3, True), (1.4, False)])
def test_who_is_missed_goes_on_for_a_second(seconds: float, passes: bool) -> None:
    """Behind somebody else, as far as he came before."""
    one = replace(track(1, first=0.0, seen=0.3, box=(0.4, 0.5, 0.6, 0.7)), first_box=FIRST)

    found = Passers().among((one,), at(seconds))

    assert [missed.box for missed in found] == ([pytest.approx((0.4, 0.5, 0.9, 0.7))] if passes else [])
