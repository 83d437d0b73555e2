"""Who is where."""

from __future__ import annotations

import json
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from config.model import Label, Point
from detect.messages import Box, Event
from detect.rules import build
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


def test_whether_the_same_are_in_the_zones_as_at_the_look_before() -> None:
    """Not where one has come or gone, were it by a box that trembles; nor at first, when nobody knows."""
    whole = zones()
    inside, outside = (0.2, 0.4, 0.3, 0.8), (0.7, 0.4, 0.8, 0.8)

    unchanged = []
    for second, box in enumerate((inside, inside, outside, outside, inside, inside)):
        whole.scene((track(seen=second, box=box),), at(second))
        unchanged.append(whole.unchanged)

    assert unchanged == [False, True, False, True, False, True]


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


YARD = {"post": {"polygon": [[0.0, 0.5], [0.3, 0.5], [0.3, 1.0], [0.0, 1.0]]}}  # ends a little beside the guard
VAN: Box = (0.05, 0.2, 0.6, 0.95)
Way = Callable[[float], Box | None]  # where he is seen at a second; None: not at all


def body(x: float, y: float = 0.8, tall: float = 0.4) -> Box:
    """Whoever stands at `x`, `y`."""
    return x - 0.04, y - tall, x + 0.04, y


def seen_until(end_s: float, way: Way) -> Way:
    """Nobody after `end_s`."""
    return lambda at_s: way(at_s) if at_s < end_s else None


def hides(way: Way, van_s: tuple[float, float], step_s: float = 1 / 3) -> list[bool]:
    """Whether he is taken to be hidden, at each look from the van's coming on."""
    whole, found = Zones(camera(zones=YARD)), []
    for at_s in (step * step_s for step in range(round(30 / step_s))):
        box = way(at_s)
        van = track(9, seen=at_s, label=Label.TRUCK, box=VAN)
        there = [van] if van_s[0] <= at_s < van_s[1] else []
        one = whole.scene((*([track(seen=at_s, box=box)] if box else []), *there), at(at_s))
        found += [bool(one.hidden)] if van_s[0] <= at_s < van_s[1] else []
    return found


def walks(at_s: float) -> Box:
    """Out of the zone at 10.7."""
    return body(0.2 + 0.15 * max(0.0, at_s - 10))


def feet_hidden(at_s: float) -> Box:
    """From 10.5 on his head and shoulders are all that is seen of him."""
    return body(0.2) if at_s < 10.5 else (0.16, 0.4, 0.24, 0.48)


WALKED_OUT: dict[str, Way] = {
    "beside it, and was seen there for a second and a half": seen_until(12.3, walks),
    "beside it, and was seen there for two looks": seen_until(11.4, walks),
    "in one step, from look to look": seen_until(10.4, lambda at_s: body(0.2 if at_s < 10 else 0.5)),
    "away from the camera": seen_until(
        12.3, lambda at_s: body(0.2, 0.55 - 0.08 * max(0.0, at_s - 10), 0.3 - 0.02 * max(0.0, at_s - 10))
    ),
    "just over its edge, and stood there for two seconds": seen_until(
        12.3, lambda at_s: body(0.29 if at_s < 10 else 0.31)
    ),
    "just over its edge and back, and went": seen_until(
        12.3, lambda at_s: body(0.29 if at_s < 9 else 0.31 if at_s < 9.5 else 0.29 if at_s < 10 else 0.4)
    ),
}  # fmt: skip
STILL_THERE: dict[str, Way] = {
    "trembles over the edge for one look": seen_until(11, lambda at_s: body(0.29 if at_s < 10.5 else 0.305)),
    "trembles over the edge again and again": seen_until(11, lambda at_s: body(0.295 + 0.01 * (round(3 * at_s) % 2))),
    "stood outside before, and came back": seen_until(11, lambda at_s: body(0.5 if 4 < at_s < 8 else 0.2)),
    "shows his head and shoulders alone at last": seen_until(11, feet_hidden),
    "is not seen for a look, and then outside by a hair": seen_until(
        11, lambda at_s: None if 10 < at_s < 10.6 else body(0.29 if at_s < 10.5 else 0.305)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WALKED_OUT)
@pytest.mark.parametrize("van_s", [(12.4, 24), (12.4, 30), (13.3, 24)])
def test_who_was_seen_to_walk_out_is_not_hidden_by_what_comes_then(name: str, van_s: tuple[float, float]) -> None:
    """However soon a van comes before the post, and however long it stands there."""
    assert not any(hides(WALKED_OUT[name], van_s))


@pytest.mark.parametrize("name", STILL_THERE)
def test_who_only_trembled_over_the_edge_is_hidden_all_the_same(name: str) -> None:
    """His box does, from look to look; he has gone nowhere."""
    assert all(hides(STILL_THERE[name], (11, 24)))


def test_a_van_that_hides_his_feet_first_has_not_sent_him_out() -> None:
    """It drives up slowly: for two seconds what is seen of him ends above the zone."""
    slow = seen_until(13, feet_hidden)

    assert all(hides(slow, (10.5, 24))[8:])


def test_who_was_seen_to_walk_out_is_missed_in_time() -> None:
    """A van before the post puts off nothing."""
    given = camera(zones=YARD, posts=[{"zone": "post", "absent_after": "6s"}])
    whole, (rule, *_) = Zones(given), build(given, ZoneInfo("UTC"))
    way = WALKED_OUT["beside it, and was seen there for a second and a half"]
    events: list[Event] = []
    for at_s in (step / 3 for step in range(90)):
        box, van = way(at_s), track(9, seen=at_s, label=Label.TRUCK, box=VAN)
        there = [track(seen=at_s, box=box)] if box else []
        events += rule.observe(whole.scene((*there, *([van] if at_s >= 13 else [])), at(at_s)))  # and stays

    (raised,) = events
    assert (raised.captured_at - at(0)).total_seconds() == pytest.approx(16.8, abs=0.3)


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


WALKER: Box = (0.19, 0.42, 0.31, 0.92)  # before the lorry, and nearer than the guard
FROM_BEHIND: Box = (0.32, 0.42, 0.44, 0.92)  # the same a moment later, elsewhere before it


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("box", [WALKER, FROM_BEHIND], ids=["at his place", "beside it"])
def test_who_passes_before_the_lorry_is_not_he(number: int, box: Box) -> None:
    """Nor if the tracker takes him for the guard: nobody comes through a lorry."""
    whole = zones()
    lorry = [track(9, seen=s, label=Label.TRUCK, box=LORRY) for s in range(5)]
    whole.scene((track(seen=0, box=GUARD),), at(0))

    behind = whole.scene((lorry[1],), at(1))
    passing = whole.scene((track(number, seen=2, box=box), lorry[2]), at(2))
    alone = [whole.scene((lorry[s],), at(s)) for s in (3, 4)]

    assert ["post" in scene.hidden for scene in (behind, passing, *alone)] == [True] * 4


def test_who_walks_away_before_a_lorry_that_comes_has_left() -> None:
    """It did not hide him at the look before."""
    whole = zones()
    whole.scene((track(seen=0, box=GUARD),), at(0))

    left = whole.scene((track(seen=1, box=FROM_BEHIND), track(9, seen=1, label=Label.TRUCK, box=LORRY)), at(1))

    assert not left.hidden


PATROL: Box = (0.05, 0.5, 0.45, 0.80)  # parked at the post; he stands before it
STOOD: Box = (0.2, 0.41, 0.3, 0.81)
UNLIKE: Box = (0.1, 0.2, 0.6, 0.95)  # of a lorry
NOSE: Box = (0.05, 0.5, 0.45, 0.88)  # of a car that points at the camera: its base is nearer than he
HEAD: Box = (0.22, 0.41, 0.28, 0.5)
Seen = tuple[Box | None, tuple[Box, ...]]  # he, and the vehicles that are found
BOTH: Seen = (STOOD, (PATROL,))
PARKED: Seen = (None, (PATROL,))


def creeping(share: float) -> Box:
    """A lorry that comes from the right, and covers so much of where he stands."""
    return 0.3 - 0.1 * share, 0.2, 0.8 - 0.1 * share, 0.86


# What is seen half a second after half a second, and whether he is hidden at each of the looks from his vanishing on.
BEFORE_A_CAR: dict[str, tuple[list[Seen], list[Seen], list[bool]]] = {
    "he gets in": ([BOTH] * 6, [PARKED] * 20, [False] * 20),
    "he gets in, and it drives off": ([BOTH] * 6, [*[PARKED] * 4, *[(None, ())] * 16], [False] * 20),
    "the car was missed as he was last seen": ([*[BOTH] * 6, (STOOD, ())], [PARKED] * 20, [False] * 20),
    "the car's box trembles": (
        [BOTH, (STOOD, ((0.06, 0.51, 0.44, 0.79),))] * 3,
        [(None, ((0.04, 0.5, 0.46, 0.81),)), PARKED] * 10,
        [False] * 20,
    ),
    "a lorry drives up before both": ([BOTH] * 6, [(None, (UNLIKE,))] * 20, [True] * 20),
    "a lorry drives up, and away again; he has gone": (
        [BOTH] * 6,
        [*[(None, (UNLIKE,))] * 6, *[PARKED] * 14],
        [*[True] * 8, *[False] * 12],
    ),
    "the car comes as he vanishes": ([(STOOD, ())] * 6, [PARKED] * 20, [True] * 20),
    "a lorry creeps up": (
        [(STOOD, (creeping(step / 10),)) for step in range(7)],
        [(None, (creeping(min(1.0, step / 10)),)) for step in range(8, 20)],
        [True] * 12,
    ),
    "he gets in at its side": ([(STOOD, (NOSE,))] * 6, [(None, (NOSE,))] * 20, [False] * 20),
    "he is seen over it, and ducks": ([(HEAD, (UNLIKE,))] * 6, [(None, (UNLIKE,))] * 20, [True] * 20),
    "it comes back to where it hid him": (
        [(STOOD, ())] * 3,
        [*[PARKED] * 3, (STOOD, ()), *[PARKED] * 6],
        [*[True] * 3, False, *[True] * 6],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BEFORE_A_CAR)
@pytest.mark.parametrize("restored", [False, True])
def test_a_vehicle_before_which_he_stood_does_not_hide_him(name: str, *, restored: bool) -> None:
    """It was there when he was seen, down to his feet; what comes then, or has covered him since, does hide him.

    And a worker that takes over knows which it is.
    """
    before, then, expected = BEFORE_A_CAR[name]
    zones_of = {"post": {"polygon": [[0.0, 0.4], [0.5, 0.4], [0.5, 1.0], [0.0, 1.0]]}}
    guarded = camera(zones=zones_of, posts=[{"zone": "post"}])
    whole, found = Zones(guarded), []

    for step, (he, vehicles) in enumerate([*before, *then]):
        at_s = step / 2
        there = [track(9 + n, seen=at_s, label=Label.CAR, box=box) for n, box in enumerate(vehicles)]
        scene = whole.scene((*([track(seen=at_s, box=he)] if he else []), *there), at(at_s))
        found.append(bool(scene.hidden))
        if restored and step > len(before) and he is None and (kept := whole.snapshot()) is not None:
            whole = Zones(guarded)
            whole.restore(json.loads(json.dumps(kept)))

    assert found[len(before) :] == expected
    assert not any(found[: len(before)])


def test_who_gets_into_a_parked_car_is_missed_in_time() -> None:
    """However long it stands at the post."""
    given = camera(posts=[{"zone": "post", "absent_after": "6s"}])
    whole, (rule, *_) = Zones(given), build(given, ZoneInfo("UTC"))
    events: list[Event] = []
    for at_s in (step / 3 for step in range(120)):
        guard = [track(seen=at_s, box=STOOD)] if at_s < 10 else []
        events += rule.observe(whole.scene((*guard, track(9, seen=at_s, label=Label.CAR, box=PATROL)), at(at_s)))

    (raised,) = events
    assert (raised.captured_at - at(0)).total_seconds() == pytest.approx(16, abs=0.4)


@pytest.mark.parametrize(("behind_by", "hides_him"), [(-0.1, True), (0.0, True), (0.15, False), (0.3, False)])
@pytest.mark.parametrize("tall", [0.06, 0.2, 0.4])
def test_what_stands_before_him_is_told_in_his_own_measure(tall: float, behind_by: float, *, hides_him: bool) -> None:
    """Far away a fiftieth of the picture is a third of him."""
    whole = zones()
    whole.scene((track(seen=0, box=body(0.2, 0.8, tall)),), at(0))
    base = 0.8 - behind_by * tall

    scene = whole.scene((track(9, seen=0.5, label=Label.TRUCK, box=(0.1, base - 2 * tall, 0.4, base)),), at(0.5))

    assert bool(scene.hidden) is hides_him
