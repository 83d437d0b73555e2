"""Where an actor is, which way it looks and how it walks, at any moment."""

from __future__ import annotations

import pytest

from sample_streams.actors import POSES, Actor, Waypoint, figure

WALKER = Actor(
    cutout="light-coat",
    path=(Waypoint(10, 100, 200), Waypoint(14, 300, 200), Waypoint(20, 300, 200), Waypoint(24, 100, 240)),
)


@pytest.mark.parametrize(
    ("at_s", "spot"),
    [
        (9.9, None),
        (10.0, (100, 200)),
        (12.0, (200, 200)),
        (14.0, (300, 200)),
        (17.0, (300, 200)),
        (22.0, (200, 220)),
        (24.0, (100, 240)),
        (24.1, None),
    ],
)
def test_an_actor_goes_evenly_from_waypoint_to_waypoint(at_s: float, spot: tuple[float, float] | None) -> None:
    """And is not there before the first or after the last."""
    assert WALKER.at(at_s) == spot


def test_what_has_been_walked_only_grows() -> None:
    """And stays as it is while the actor stands."""
    walked = [WALKER.walked(at_s) for at_s in range(8, 27)]
    assert walked == sorted(walked)
    assert WALKER.walked(15) == WALKER.walked(19) == 200
    assert WALKER.walked(30) == pytest.approx(200 + (200**2 + 40**2) ** 0.5)


@pytest.mark.parametrize(("at_s", "moving"), [(9, False), (11, True), (16, False), (22, True), (25, False)])
def test_an_actor_knows_whether_it_is_on_its_way(at_s: float, moving: bool) -> None:
    """Between waypoints that differ, and not between two of the same place."""
    assert WALKER.moves(at_s) is moving


@pytest.mark.parametrize(("at_s", "mirrored"), [(11, False), (17, False), (20.5, True)])
def test_an_actor_looks_where_it_goes(at_s: float, mirrored: bool) -> None:
    """Or, while it stands, where it went last."""
    assert WALKER.is_mirrored(at_s) is mirrored


def test_whoever_only_stands_looks_where_they_are_told() -> None:
    """There is no way to go by."""
    here = (Waypoint(0, 5, 5), Waypoint(9, 5, 5))
    assert Actor(cutout="dark-coat", path=here, faces_left=True).is_mirrored(3)
    assert not Actor(cutout="dark-coat", path=here).is_mirrored(3)


def test_a_walker_moves_legs_and_body() -> None:
    """Over a step every pose is used, and the feet leave the ground by a hair."""
    found = [figure(WALKER, 10 + step / 50, 120) for step in range(200)]
    poses = {one.pose for one in found if one}
    assert poses == set(range(POSES))
    assert 198 < min(one.y for one in found if one) < 200


def test_whoever_stands_keeps_still() -> None:
    """Nothing of a standing figure changes."""
    assert figure(WALKER, 15, 120) == figure(WALKER, 19, 120)


def test_a_bus_rolls() -> None:
    """It has a height of its own and no steps."""
    bus = Actor(cutout="bus", stature=1.5, path=(Waypoint(0, 0, 200), Waypoint(10, 500, 200)))
    found = figure(bus, 5, 100)
    assert found is not None
    assert (found.height, found.y) == (150, 200)


def test_nobody_is_no_figure() -> None:
    """Who is not there is not drawn."""
    assert figure(WALKER, 3, 120) is None
