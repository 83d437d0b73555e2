"""What a replay saw, asked for at any moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from detect.messages import Track
from ringwatch.overlay.looks import Look, Looks
from tests.detect.given import at, track


def walker(seconds: float, x: float, *, seen: float | None = None) -> Track:
    """Somebody at `x`, last seen at `seen`."""
    return track(seen=seconds if seen is None else seen, box=(x, 0.2, x + 0.1, 0.8))


WALK = Looks(looks=[Look(at=at(second / 3), tracks=(walker(second / 3, 0.1 * second),)) for second in range(6)])


def left_edge(looks: Looks, seconds: float) -> float:
    """Where the box begins that is shown at that second."""
    (one,) = looks.at(at(seconds)).tracks
    return one.box[0]


@pytest.mark.parametrize(("seconds", "expected"), [(0.0, 0.0), (1 / 3, 0.1), (0.5, 0.15), (1.0, 0.3), (9.0, 0.5)])
def test_between_two_looks_boxes_go_on(seconds: float, expected: float) -> None:
    """From one to the next; after the last they stay."""
    assert left_edge(WALK, seconds) == pytest.approx(expected, abs=0.001)


def test_between_two_looks_far_apart_they_stay_where_they_were() -> None:
    """Nobody knows which way they went."""
    far = Looks(looks=[Look(at=at(0), tracks=(walker(0, 0.1),)), Look(at=at(4), tracks=(walker(4, 0.9),))])

    assert left_edge(far, 3.9) == 0.1


def test_one_who_is_not_seen_again_stays_where_he_was() -> None:
    """The next look shows him where he was lost."""
    lost = Looks(looks=[Look(at=at(0), tracks=(walker(0, 0.1),)), Look(at=at(0.5), tracks=(walker(0, 0.1, seen=0),))])

    assert left_edge(lost, 0.4) == 0.1


def test_before_the_first_look_nothing_is_shown() -> None:
    """A clip may begin with broken pictures."""
    assert WALK.at(at(-1)) == Look(at=at(-1))


def test_a_way_is_shown_for_some_seconds() -> None:
    """The oldest place first."""
    long = Looks(looks=[Look(at=at(second), tracks=(walker(second, 0.05 * second),)) for second in range(15)])

    way = long.trails(at(12))[1]

    assert [round(x, 2) for x, _ in way] == [0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65]


def test_where_one_was_not_seen_is_no_part_of_his_way() -> None:
    """The box is carried along; nobody stood there."""
    looks = Looks(looks=[replace(WALK.looks[0]), Look(at=at(1 / 3), tracks=(walker(0, 0.3, seen=0),))])

    assert len(looks.trails(at(0.4))[1]) == 1
