"""What is left out of the ground's memory, and what belongs to it."""

from __future__ import annotations

import pytest

from config.model import Label
from detect.messages import Box
from detect.occupants import Occupants
from tests.detect.given import at, found

BOX: Box = (0.6, 0.6, 0.66, 0.7)
MAN: Box = (0.55, 0.2, 0.7, 0.8)
ELSEWHERE: Box = (0.1, 0.6, 0.2, 0.7)


def test_bags_do_not_hide_themselves() -> None:
    """Everybody else does, and a little round about."""
    assert Occupants().boxes(found(BOX, label=Label.BAG), at(0)) == ()
    ((x0, _, x1, _),) = Occupants().boxes(found(MAN), at(0))
    assert x0 < MAN[0]
    assert x1 > MAN[2]


def test_what_is_called_a_vehicle_and_stood_there_from_the_first_look_is_ground() -> None:
    """Once it has been seen to stay; until then it may be one that drives through."""
    occupants = Occupants()

    looks = [occupants.boxes(found(BOX, label=Label.VEHICLE), at(second)) for second in range(7)]

    assert all(looks[:4])
    assert looks[-1] == ()


def test_one_that_comes_is_none() -> None:
    """However long it stands there afterwards."""
    occupants = Occupants()
    for second in range(6):
        occupants.boxes(found(), at(second))

    assert all(occupants.boxes(found(BOX, label=Label.VEHICLE), at(second)) for second in range(6, 60))


def test_one_that_drives_off_in_time_is_none() -> None:
    """Nor is another that stops where it was."""
    occupants = Occupants()
    occupants.boxes(found(BOX, label=Label.VEHICLE), at(0))
    occupants.boxes(found(ELSEWHERE, label=Label.VEHICLE), at(2))
    occupants.boxes(found(), at(5))

    assert occupants.boxes(found(BOX, label=Label.VEHICLE), at(9))


def test_people_are_never_ground() -> None:
    """Somebody who stands there from the beginning may go."""
    occupants = Occupants()

    assert all(occupants.boxes(found(MAN), at(second)) for second in range(30))


FEET: Box = (0.6, 0.65, 0.68, 0.8)


@pytest.mark.parametrize(
    ("box", "waits_s", "hides"),
    [
        pytest.param(FEET, 5, False, id="a quarter of his height, at his feet"),
        pytest.param((0.58, 0.4, 0.68, 0.8), 5, True, id="two thirds of his height"),
        pytest.param((0.6, 0.45, 0.68, 0.6), 5, True, id="further away"),
        pytest.param((0.1, 0.65, 0.18, 0.8), 5, True, id="at another place"),
        pytest.param(FEET, 40, True, id="long after he has gone"),
    ],
)
def test_what_is_far_smaller_than_who_was_there_is_no_vehicle(box: Box, waits_s: float, *, hides: bool) -> None:
    """Whatever it is called: it may be what he put down."""
    occupants = Occupants()
    for second in range(6):
        occupants.boxes(found(), at(second))
    occupants.boxes(found(MAN), at(10))

    assert bool(occupants.boxes(found(box, label=Label.VEHICLE), at(10 + waits_s))) is hides
