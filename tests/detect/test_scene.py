"""Who is where."""

from __future__ import annotations

import pytest

from config.model import Point
from detect.scene import anchor, blind_scene, scene_of, within
from tests.detect.given import at, camera, track

L_SHAPE: tuple[Point, ...] = ((0.0, 0.0), (0.4, 0.0), (0.4, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(
    ("point", "inside"),
    [((0.2, 0.2), True), ((0.8, 0.8), True), ((0.8, 0.2), False), ((0.39, 0.59), True), ((0.41, 0.59), False)],
)
def test_a_point_is_in_a_polygon_that_is_not_convex(point: Point, inside: bool) -> None:
    """The notch of an L is outside."""
    assert within(point, L_SHAPE) is inside


def test_somebody_stands_where_his_feet_are() -> None:
    """Head in one zone, feet in the other: he is in the other."""
    leaning = track(seen=1, box=(0.45, 0.1, 0.65, 0.9))

    occupancy = scene_of(camera(), (leaning,), at(1)).occupancy

    assert (occupancy["post"], occupancy["lane"]) == ((), (leaning,))


def test_who_is_cut_off_by_the_lower_edge_is_still_in_the_zone() -> None:
    """A zone reaches to 1.0, and so do the feet that nobody sees."""
    assert within(anchor((0.1, 0.5, 0.3, 1.0)), camera().zones["post"].polygon)


def test_a_blind_scene_holds_nobody_and_says_why() -> None:
    """Nobody is accused by it."""
    scene = blind_scene(camera(), at(1), "the picture is dark")

    assert (scene.tracks, scene.blind) == ((), "the picture is dark")
    assert dict(scene.occupancy) == {"post": (), "lane": ()}
