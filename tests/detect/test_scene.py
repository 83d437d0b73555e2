"""Who is where."""

from __future__ import annotations

import pytest

from config.model import Label, Point
from detect.messages import Box
from detect.scene import Zones, anchor, blind_scene, scene_of, within
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


HEARTBEAT_S = 2.0


def zones() -> Zones:
    """The zones of a camera with the usual heartbeat."""
    return Zones(camera())


def test_who_steps_out_for_a_moment_has_not_left() -> None:
    """The stay goes on, with when he was last inside."""
    whole = zones()
    inside, outside = (0.3, 0.3, 0.5, 0.9), (0.5, 0.3, 0.7, 0.9)

    scenes = [
        whole.scene((track(seen=s, box=outside if 1 < s < 2.5 else inside),), at(s)) for s in (0, 0.5, 1, 1.5, 2, 2.5)
    ]

    (stay,) = scenes[4].stays["post"]
    assert (stay.entered_at, stay.inside_at) == (at(0), at(1))
    assert scenes[4].occupancy["post"] == ()
    (back,) = scenes[5].stays["post"]
    assert (back.entered_at, back.inside_at) == (at(0), at(2.5))


def test_who_is_gone_for_longer_has_left_and_comes_anew() -> None:
    """By time, however many looks there were."""
    whole = zones()
    whole.scene((track(seen=0),), at(0))
    for step in range(1, 32):
        gone = whole.scene((), at(step / 10))

    again = whole.scene((track(seen=4),), at(4))

    assert gone.stays["post"] == ()
    assert [stay.entered_at for stay in again.stays["post"]] == [at(4)]


def test_one_slip_of_the_detector_at_the_heartbeat_is_no_departure() -> None:
    """One and a half heartbeats."""
    whole = zones()
    whole.scene((track(seen=0),), at(0))

    missed = whole.scene((), at(HEARTBEAT_S))

    assert [stay.inside_at for stay in missed.stays["post"]] == [at(0)]


def test_who_was_not_looked_at_has_not_been_missed() -> None:
    """A quiet camera's keyframes may be four seconds apart."""
    whole = zones()
    whole.scene((track(seen=0),), at(0))

    later = whole.scene((track(seen=4),), at(4))

    assert [stay.entered_at for stay in later.stays["post"]] == [at(0)]


def test_who_comes_as_a_glimpse_was_there_from_then() -> None:
    """The track of the second look began with the first."""
    whole = zones()
    first = track(0, first=1, seen=1)

    glimpsed = whole.scene((), at(1), (first,))
    followed = whole.scene((track(first=1, seen=1.5),), at(1.5))

    assert glimpsed.glimpses["post"] == (first,)
    assert [stay.entered_at for stay in followed.stays["post"]] == [at(1)]


GUARD: Box = (0.2, 0.4, 0.3, 0.8)
LORRY: Box = (0.1, 0.2, 0.6, 0.95)
AWAY: Box = (0.5, 0.2, 0.9, 0.95)
BEHIND: Box = (0.1, 0.2, 0.6, 0.7)  # its base is further away than his feet


def hidden(*vehicles: Box, label: Label = Label.TRUCK) -> list[bool]:
    """A guard is seen at 0 s, and then no more; what stands in the picture each half second after that."""
    whole = zones()
    whole.scene((track(seen=0, box=GUARD),), at(0))
    scenes = [
        whole.scene((track(9, seen=step / 2, label=label, box=box),), at(step / 2))
        for step, box in enumerate(vehicles, 1)
    ]
    return ["post" in scene.hidden for scene in scenes]


def test_a_lorry_that_stands_before_a_guard_hides_him() -> None:
    """As long as it does, and for as long after that as anybody may be missed."""
    assert hidden(*[LORRY] * 20, *[AWAY] * 4) == [True] * 22 + [False] * 2


def test_a_lorry_that_the_detector_misses_for_a_moment_hides_him_still() -> None:
    """It misses lorries as it misses people; nobody has left because of that."""
    assert hidden(*[LORRY] * 4, *[AWAY] * 2, *[LORRY] * 4) == [True] * 10


def test_a_lorry_that_is_found_late_hides_whoever_vanished_behind_it() -> None:
    """By night; but not whoever has been gone for long, nor one who is seen elsewhere."""
    assert hidden(*[AWAY] * 9, *[LORRY] * 4) == [False] * 9 + [True] * 4
    assert not any(hidden(*[AWAY] * 16, *[LORRY] * 4))

    whole = zones()
    whole.scene((track(seen=0, box=GUARD),), at(0))
    for second in range(1, 5):
        elsewhere = track(seen=second, box=(0.7, 0.4, 0.8, 0.8))
        scene = whole.scene((elsewhere, track(9, seen=second, label=Label.TRUCK, box=LORRY)), at(second))
        assert not scene.hidden


@pytest.mark.parametrize(
    ("box", "label"), [(BEHIND, Label.TRUCK), ((0.28, 0.2, 0.7, 0.95), Label.TRUCK), (LORRY, Label.PERSON)]
)
def test_what_cannot_hide_him_does_not(box: Box, label: Label) -> None:
    """What stands behind him, what covers little of him, what is no vehicle."""
    assert not any(hidden(*[box] * 5, label=label))


def test_who_was_not_there_is_not_hidden() -> None:
    """A lorry at an empty post does not make it manned, nor unknown."""
    whole = zones()

    scenes = [whole.scene((track(9, seen=s, label=Label.TRUCK, box=LORRY),), at(s)) for s in range(5)]

    assert not any(scene.hidden for scene in scenes)


def test_who_comes_out_from_behind_a_lorry_is_hidden_no_more() -> None:
    """Under whichever id."""
    whole = zones()
    lorry = [track(9, seen=s, label=Label.TRUCK, box=LORRY) for s in range(4)]
    whole.scene((track(seen=0, box=GUARD), lorry[0]), at(0))

    behind = whole.scene((lorry[1],), at(1))
    out = whole.scene((track(2, first=2, seen=2, box=GUARD), lorry[2]), at(2))
    gone = whole.scene((lorry[3],), at(3))

    assert [bool(scene.hidden) for scene in (behind, out, gone)] == [True, False, True]
