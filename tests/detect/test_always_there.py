"""What is left out of the ground's memory, and what belongs to it."""

from __future__ import annotations

from config.model import Label
from detect.always_there import AlwaysThere
from detect.messages import Box
from tests.detect.given import at, found

BOX: Box = (0.6, 0.6, 0.66, 0.7)
MAN: Box = (0.55, 0.2, 0.7, 0.8)
ELSEWHERE: Box = (0.1, 0.6, 0.2, 0.7)


def test_bags_do_not_hide_themselves() -> None:
    """Everybody else does, and a little round about."""
    assert AlwaysThere().occupied(found(BOX, label=Label.BAG), at(0)) == ()
    ((x0, _, x1, _),) = AlwaysThere().occupied(found(MAN), at(0))
    assert x0 < MAN[0]
    assert x1 > MAN[2]


def test_what_is_called_a_vehicle_and_stood_there_from_the_first_look_is_ground() -> None:
    """Once it has been seen to stay; until then it may be one that drives through."""
    standing = AlwaysThere()

    looks = [standing.occupied(found(BOX, label=Label.VEHICLE), at(second)) for second in range(7)]

    assert all(looks[:4])
    assert looks[-1] == ()


def test_one_that_comes_is_none() -> None:
    """However long it stands there afterwards."""
    standing = AlwaysThere()
    for second in range(6):
        standing.occupied(found(), at(second))

    assert all(standing.occupied(found(BOX, label=Label.VEHICLE), at(second)) for second in range(6, 60))


def test_one_that_drives_off_in_time_is_none() -> None:
    """Nor is another that stops where it was."""
    standing = AlwaysThere()
    standing.occupied(found(BOX, label=Label.VEHICLE), at(0))
    standing.occupied(found(ELSEWHERE, label=Label.VEHICLE), at(2))
    standing.occupied(found(), at(5))

    assert standing.occupied(found(BOX, label=Label.VEHICLE), at(9))


def test_people_are_never_ground() -> None:
    """Somebody who stands there from the beginning may go."""
    standing = AlwaysThere()

    assert all(standing.occupied(found(MAN), at(second)) for second in range(30))
