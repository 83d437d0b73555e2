"""`fall`: who lies and does not get up is told; who sits down, bends or walks away is not. `after` is 5 s.

Sizes are of a person 0.4 of the picture high; upright he is 0.08 wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from config.model import Label
from detect.messages import Box, Scene
from detect.rules import Rule
from tests.detect.given import at
from tests.detect.rules.film import Mover, film, one_rule, standing, told
from tests.detect.rules.timeline import play

UPRIGHT, LYING = (0.08, 0.4), (0.34, 0.13)
ASLANT, ALONG = (0.16, 0.2), (0.09, 0.22)  # lying between across the view and along it, and along it
SITTING, ON_THE_FLOOR, BENT, KNEELING = (0.11, 0.29), (0.12, 0.22), (0.16, 0.27), (0.1, 0.24)


def rule(**parts: object) -> Rule:
    """Anywhere in the picture."""
    return one_rule(**{"rule": "fall", "after": "5s", **parts})


def somebody(*shapes: tuple[float, tuple[float, float]], until_s: float = 30, **parts: object) -> Mover:
    """Somebody in the middle who takes on each shape within half a second from its moment on."""
    sizes = [(0.0, *UPRIGHT)]
    for at_s, shape in shapes:
        sizes += [(at_s, *sizes[-1][1:]), (at_s + 0.5, *shape)]
    sizes.append((until_s, *sizes[-1][1:]))
    return Mover(**{"path": standing(0.5, 0.8, 0, until_s), "sizes": tuple(sizes), **parts})  # type: ignore[arg-type]


CASES: dict[str, tuple[Mover, list[str]]] = {
    "stands": (somebody(), []),
    "falls and lies": (somebody((5, LYING)), ["raised"]),
    "falls, seen by a trembling detector": (somebody((5, LYING), jitter=0.05), ["raised"]),
    "falls and gets up in time": (somebody((5, LYING), (9, UPRIGHT)), []),
    "falls, lies, gets up": (somebody((5, LYING), (15, UPRIGHT)), ["raised", "cleared"]),
    "sits down on a chair": (somebody((5, SITTING)), []),
    "sits down on the floor": (somebody((5, ON_THE_FLOOR)), []),
    "bends down for long": (somebody((5, BENT)), []),
    "kneels": (somebody((5, KNEELING)), []),
    "stands, as a trembling detector sees him": (somebody(jitter=0.1), []),
    "half of him is hidden by a wall": (somebody((5, (0.08, 0.18))), []),
    "walks away": (somebody((5, (0.03, 0.15))), []),
    "falls, and is hidden for a moment": (somebody((5, LYING), hidden=((6, 8.5),)), ["raised"]),
    "falls, and is never seen again: nobody knows": (somebody((5, LYING), hidden=((6, 40),)), []),
    "lies aslant": (somebody((5, ASLANT)), ["raised"]),
    "lies with his feet towards the camera: not seen, as is written down": (somebody((5, ALONG)), []),
}


def at_the_edge(*looks: tuple[float, float, float, float, float]) -> Mover:
    """Somebody who is at each (seconds, x, y, width, height), x and y of the middle of his box's lower edge."""
    looks = (*looks, (30, *looks[-1][1:]))
    return Mover(path=tuple(one[:3] for one in looks), sizes=tuple((one[0], *one[3:]) for one in looks))


CAME_IN = ((0, 0.01, 0.8, 0.02, 0.4), (2, 0.04, 0.8, 0.08, 0.4), (4, 0.3, 0.8, *UPRIGHT), (8, 0.3, 0.8, *UPRIGHT))
STOOD, STOOD_LOW, STOOD_LEFT = ((5, x, y, *UPRIGHT) for x, y in ((0.5, 0.8), (0.5, 0.98), (0.1, 0.8)))
CASES |= {
    "comes to the lower edge, until his head and shoulders show": (
        at_the_edge((0, *STOOD[1:]), STOOD, (7, 0.5, 1.0, 0.14, 0.18)),
        [],
    ),
    "comes in from the side, and sits down on the floor": (at_the_edge(*CAME_IN, (9, 0.3, 0.8, *ON_THE_FLOOR)), []),
    "comes in from the side, and falls": (at_the_edge(*CAME_IN, (9, 0.3, 0.8, *LYING)), ["raised"]),
    "falls out of the picture's side": (
        at_the_edge((0, *STOOD_LEFT[1:]), STOOD_LEFT, (5.5, 0.12, 0.8, 0.24, 0.13)),
        ["raised"],
    ),
    "falls over the picture's lower edge": (
        at_the_edge((0, *STOOD_LOW[1:]), STOOD_LOW, (5.5, 0.5, 1.0, *LYING)),
        ["raised"],
    ),
    "falls aslant over it: not told, as is written down": (
        at_the_edge((0, *STOOD_LOW[1:]), STOOD_LOW, (5.5, 0.5, 1.0, *ASLANT)),
        [],
    ),
    "stands with his head above the picture, and falls": (
        at_the_edge((0, 0.5, 0.35, 0.08, 0.35), (5, 0.5, 0.35, 0.08, 0.35), (5.5, 0.5, 0.38, *LYING)),
        ["raised"],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("step_s", [1 / 3, 1.0])
def test_who_falls_is_told(name: str, step_s: float) -> None:
    """After he has lain for five seconds."""
    mover, expected = CASES[name]

    assert [phase for phase, _ in told(rule(), mover, until_s=29, step_s=step_s)] == expected


def test_it_is_due_five_seconds_after_he_lay() -> None:
    """And clears when he gets up."""
    said = told(rule(), somebody((5, LYING), (15, UPRIGHT)), until_s=29)

    assert [second for _, second in said] == pytest.approx([10.4, 15.4], abs=0.4)


def test_a_new_number_is_the_same_man_where_he_stood() -> None:
    """A tracker that goes by overlap may lose him as he falls."""
    before = Mover(path=standing(0.5, 0.8, 0, 5))
    after = Mover(path=standing(0.6, 0.8, 5.3, 20), number=2, size=LYING)

    assert [phase for phase, _ in told(rule(), before, after, until_s=19)] == ["raised"]


LIES: Box = (0.48, 0.67, 0.8, 0.8)
CAR = Mover(path=standing(0.64, 0.82, 6, 30), number=2, label=Label.CAR, size=(0.4, 0.2))

LORRY = Mover(path=standing(0.5, 0.85, 5, 8.5), number=2, label=Label.TRUCK, size=(0.7, 0.6))


def called(label: Label, since_s: float = 6.4, **parts: object) -> Mover:
    """What lies where he stood, as a detector sees it that calls it `label`."""
    path = standing(0.64, 0.8, since_s, 30)
    return Mover(**{"path": path, "number": 2, "label": label, "size": (0.32, 0.13), **parts})  # type: ignore[arg-type]


def followed(scenes: Iterable[Scene]) -> Iterator[Scene]:
    """The `scenes`, their tracks with where they began, as a tracker says it."""
    began: dict[int, Box] = {}
    for one in scenes:
        tracks = tuple(replace(track, first_box=began.setdefault(track.id, track.box)) for track in one.tracks)
        yield replace(one, tracks=tracks)


CASES_UNSEEN: dict[str, tuple[Box, tuple[Mover, ...], list[str]]] = {
    "something lies where he stood": (LIES, (), ["raised"]),
    "something upright: he stands there, and is not found": ((0.46, 0.4, 0.54, 0.8), (), []),
    "something small": ((0.48, 0.75, 0.6, 0.8), (), []),
    "something elsewhere": ((0.1, 0.67, 0.42, 0.8), (), []),
    "a car is seen there": (LIES, (CAR,), []),
    "a lorry stood before him and has driven on": (LIES, (LORRY,), []),
    "he is called a vehicle": (LIES, (called(Label.VEHICLE),), ["raised"]),
    "he is called a bag": (LIES, (called(Label.BAG),), ["raised"]),
    "a motorcycle is seen there": (LIES, (called(Label.MOTORCYCLE),), []),
    "a bag that was there before he was lost": (LIES, (called(Label.BAG, since_s=4),), []),
    "a cart that was pushed there": (
        LIES,
        (called(Label.VEHICLE, path=((6.4, 0.9, 0.8), (7.4, 0.64, 0.8), (30, 0.64, 0.8))),),
        [],
    ),
}


@pytest.mark.parametrize("name", CASES_UNSEEN)
def test_one_whom_the_detector_loses_as_he_falls_is_told_by_what_lies_there(name: str) -> None:
    """He is never found again, from 6 s on; what differs from the empty picture is all there is."""
    box, others, expected = CASES_UNSEEN[name]
    scenes = followed(film(somebody(until_s=6.0), *others, until_s=29))
    shown = (replace(one, differing=(box,)) if one.captured_at > at(6) else one for one in scenes)

    assert [event.phase.value for event in play(rule(), shown)] == expected


@pytest.mark.parametrize("since_s", [4.0, 1.0])
def test_what_differed_while_he_was_upright_is_not_he(since_s: float) -> None:
    """A bus has driven off, the ground where it stood differs, and shrinks; he walks over it and out of the picture."""
    shrunk: Box = (LIES[0], LIES[1] + 0.01, LIES[2] - 0.01, LIES[3])
    scenes = followed(film(somebody(until_s=6.0), until_s=29))
    ground = (LIES, (0.1, 0.2, 0.9, 0.8))  # now and then it is one with what is above it
    shown = (
        replace(one, differing=(shrunk if one.captured_at > at(6) else ground[index % 3 == 2],))
        if one.captured_at > at(since_s)
        else one
        for index, one in enumerate(scenes)
    )

    assert [event.phase.value for event in play(rule(), shown)] == []


def test_what_he_is_called_as_he_falls_is_he_when_he_lies() -> None:
    """It begins before what differs has the shape of one who lies."""
    scenes = followed(film(somebody(until_s=6.0), called(Label.VEHICLE), until_s=29))
    shown = (replace(one, differing=(LIES,)) if one.captured_at > at(8) else one for one in scenes)

    assert [event.phase.value for event in play(rule(), shown)] == ["raised"]


def test_one_who_was_never_seen_upright_is_not_said_to_have_fallen() -> None:
    """A bench with a coat on it."""
    assert told(rule(), Mover(path=standing(0.5, 0.8, 0, 20), size=LYING), until_s=19) == []


def test_only_in_its_zone_if_it_has_one() -> None:
    """The middle of the picture is not on the left."""
    left = rule(zone="post")

    assert told(left, somebody((5, LYING), path=standing(0.7, 0.8, 0, 30)), until_s=19) == []


def test_a_car_does_not_fall() -> None:
    """Only people do."""
    assert told(rule(), somebody((5, LYING), label=Label.CAR), until_s=19) == []


def test_the_detail_says_how_long_and_how_many() -> None:
    """Of those who lie now."""
    (raised,) = play(rule(), film(somebody((5, LYING)), until_s=15))

    assert raised.detail == {"down_s": 5.0, "count": 1}
