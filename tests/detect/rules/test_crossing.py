"""`line_cross` and `wrong_way`: told at the moment of crossing, once, and not of who stands on the line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.model import Label
from detect.messages import Box, Detections, Scene
from detect.rules import Rule
from detect.scene import scene_of
from detect.tracker import Tracker
from tests.detect.given import at, camera, found
from tests.detect.rules.film import Mover, film, one_rule, standing, told
from tests.detect.rules.timeline import play

ACROSS = [(0.1, 0.6), (0.9, 0.6)]  # from left to right: its left side is above it, its right side below
BENT = [(0.2, 0.9), (0.5, 0.5), (0.8, 0.9)]  # a roof: its left side is outside and above


def line(**parts: object) -> Rule:
    """Whoever crosses the middle, either way."""
    return one_rule(**{"rule": "line_cross", "line": ACROSS, **parts})


def walk(*path: tuple[float, float, float], **parts: object) -> Mover:
    """Somebody on his way."""
    return Mover(**{"path": path, **parts})  # type: ignore[arg-type]


DOWN = walk((0, 0.5, 0.4), (4, 0.5, 0.8))  # over the line at 2.0
UP = walk((0, 0.5, 0.8), (4, 0.5, 0.4))
CASES: dict[str, tuple[tuple[Mover, ...], str, list[tuple[str, float]]]] = {
    "down": ((DOWN,), "both", [("raised", 2.0), ("cleared", 3.0)]),
    "down, as asked for": ((DOWN,), "left_to_right", [("raised", 2.0), ("cleared", 3.0)]),
    "down, not asked for": ((DOWN,), "right_to_left", []),
    "up, as asked for": ((UP,), "right_to_left", [("raised", 2.0), ("cleared", 3.0)]),
    "up, not asked for": ((UP,), "left_to_right", []),
    "along it": ((walk((0, 0.1, 0.55), (6, 0.9, 0.55)),), "both", []),
    "round its end": ((walk((0, 0.05, 0.4), (4, 0.05, 0.8)),), "both", []),
    "up to it and back": ((walk((0, 0.5, 0.4), (3, 0.5, 0.6), (6, 0.5, 0.4)),), "both", []),
    "over it a little and back": ((walk((0, 0.5, 0.4), (3, 0.5, 0.61), (6, 0.5, 0.4)),), "both", []),
    "over it and back": (
        (walk((0, 0.5, 0.4), (2, 0.5, 0.8), (12, 0.5, 0.8), (14, 0.5, 0.4)),),
        "both",
        [("raised", 1.0), ("cleared", 2.0), ("raised", 13.0), ("cleared", 14.0)],
    ),
    "stands on it and sways": (
        (Mover(path=((0, 0.5, 0.4), (2, 0.5, 0.6), (20, 0.5, 0.6)), jitter=0.015),),
        "both",
        [],
    ),
    "comes into being on it": ((walk((0, 0.5, 0.6), (4, 0.5, 0.9)),), "both", []),
    "is seen on one side only": ((walk((0, 0.5, 0.4), (4, 0.5, 0.8), hidden=((1.5, 9.0),)),), "both", []),
    "is hidden while he crosses": (
        (walk((0, 0.5, 0.4), (6, 0.5, 1.0), hidden=((1.5, 4.0),)),),
        "both",
        [("raised", 2.0), ("cleared", 3.0)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_crossing_is_told_at_its_moment(name: str) -> None:
    """Between two looks, in proportion to the way; over a second later."""
    movers, direction, expected = CASES[name]

    said = told(line(direction=direction), *movers, until_s=20)

    assert [phase for phase, _ in said] == [phase for phase, _ in expected]
    assert [second for _, second in said] == pytest.approx([second for _, second in expected], abs=0.1)


@pytest.mark.parametrize("step_s", [0.1, 1 / 3, 0.5, 1.0])
def test_how_often_one_looks_does_not_move_the_moment(step_s: float) -> None:
    """It is interpolated."""
    (_, second), *_ = told(line(), DOWN, until_s=8, step_s=step_s)

    assert second == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("path", "direction"),
    [
        (((0, 0.35, 0.3), (4, 0.35, 0.99)), "left_to_right"),  # down over the rising part
        (((0, 0.05, 0.8), (4, 0.5, 0.8)), "left_to_right"),  # in from the left
        (((0, 0.95, 0.8), (4, 0.5, 0.8)), "left_to_right"),  # in from the right
        (((0, 0.5, 0.8), (4, 0.05, 0.8)), "right_to_left"),
    ],
)
def test_a_bent_line_has_one_left_side(path: tuple[tuple[float, float, float], ...], direction: str) -> None:
    """As seen along it from its first point."""
    raised, _ = play(line(line=BENT), film(Mover(path=path, size=(0.05, 0.1)), until_s=8))

    assert raised.detail["direction"] == direction


def test_through_both_sides_of_a_bent_line_is_in_and_out() -> None:
    """Two crossings, each its own way."""
    through = Mover(path=((0, 0.05, 0.8), (9, 0.95, 0.8)), size=(0.05, 0.1))

    events = [one for one in play(line(line=BENT), film(through, until_s=14)) if one.phase.value == "raised"]

    assert [one.detail["direction"] for one in events] == ["left_to_right", "right_to_left"]


def after(seconds: float, number: int) -> Mover:
    """Somebody who crosses so many seconds after the first one."""
    return walk((seconds, 0.3, 0.4), (seconds + 4, 0.3, 0.8), number=number)


def test_who_crosses_beside_another_is_counted_in_the_same_event() -> None:
    """It is told again with the number, and goes on until it has been quiet for a second."""
    events = play(line(), film(DOWN, after(0.6, 2), after(6, 3), until_s=14))

    assert [(one.phase.value, one.detail["crossings"]) for one in events] == [
        ("raised", 1),
        ("updated", 2),
        ("cleared", 2),
        ("raised", 1),
        ("cleared", 1),
    ]
    seconds = [round((one.captured_at - events[0].captured_at).total_seconds(), 1) for one in events]
    assert seconds == [0, 0.6, 1.6, 6, 7]


ONE_AFTER_ANOTHER: dict[str, tuple[float, ...]] = {
    "two, a second and a half apart": (0, 1.5),
    "two, hardly more than a second apart": (0, 1.1),
    "six in a row": (0, 1.8, 3.6, 5.4, 7.2, 9.0),
}


@pytest.mark.parametrize("name", ONE_AFTER_ANOTHER)
@pytest.mark.parametrize("step_s", [0.2, 1 / 3, 0.5, 1.0])
def test_who_follows_later_is_told_as_another(name: str, step_s: float) -> None:
    """Each at his own moment and with an id of his own, however seldom one looks."""
    behind = ONE_AFTER_ANOTHER[name]
    movers = [after(one, number) for number, one in enumerate(behind, 1)]

    raised = [one for one in play(line(), film(*movers, until_s=20, step_s=step_s)) if one.phase.value == "raised"]

    assert [(one.captured_at - at(2)).total_seconds() for one in raised] == pytest.approx(behind, abs=0.1)
    assert len({one.id for one in raised}) == len(behind)


def test_two_who_show_in_the_same_look_are_two_if_they_crossed_apart() -> None:
    """One stood on the line for a while, and goes on as the other crosses."""
    slow = walk((0, 0.7, 0.4), (2.5, 0.7, 0.605), (4, 0.7, 0.605), (6, 0.7, 0.9), number=2)

    events = play(line(), film(after(1.9, 1), slow, until_s=14))

    assert [(one.phase.value, one.detail["crossings"]) for one in events] == [("raised", 1), ("cleared", 1)] * 2
    raised = [(one.captured_at - at(0)).total_seconds() for one in events if one.phase.value == "raised"]
    assert raised == pytest.approx([2.45, 3.9], abs=0.1)


def test_a_crossing_that_shows_late_never_begins_before_the_last_event_was_over() -> None:
    """He stands on the line for a while, and then goes on."""
    slow = walk((0, 0.7, 0.4), (2.5, 0.7, 0.605), (6, 0.7, 0.605), (8, 0.7, 0.8), number=2)

    events = play(line(), film(DOWN, slow, until_s=14))

    assert [one.captured_at for one in events] == sorted(one.captured_at for one in events)
    assert [one.phase.value for one in events] == ["raised", "cleared", "raised", "cleared"]


DOWN_THE_MIDDLE = [(0.5, 0.1), (0.5, 0.9)]


def looks(*seen: Box | None, label: Label = Label.CAR) -> Iterator[Scene]:
    """What the tracker shows of something that is found there, three times a second; the first look is a glimpse."""
    tracker = Tracker()
    for number, box in enumerate(seen):
        at_s = at(number / 3)
        tracks = tracker.update(Detections.none() if box is None else found(box, label=label), at_s)
        yield scene_of(camera(), tracks, at_s)


def car(x: float) -> Box:
    """One whose middle is at `x`."""
    return x - 0.1, 0.4, x + 0.1, 0.6


HALF_HIDDEN, WHOLE = (0.35, 0.3, 0.45, 0.56), (0.35, 0.3, 0.45, 0.66)
FEW_LOOKS: dict[str, tuple[list[tuple[float, float]], tuple[Box | None, ...], bool]] = {
    "once before the line and twice beyond": (DOWN_THE_MIDDLE, (car(0.38), car(0.58), car(0.78)), True),
    "twice before it and once beyond": (DOWN_THE_MIDDLE, (car(0.25), car(0.42), car(0.6)), True),
    "in two looks alone": (DOWN_THE_MIDDLE, (car(0.38), car(0.58)), False),
    "beyond it from the first look on": (DOWN_THE_MIDDLE, (car(0.55), car(0.7), car(0.85)), False),
    "stands there, half hidden at first": (ACROSS, (HALF_HIDDEN, *[WHOLE] * 8), False),
}


@pytest.mark.parametrize("name", FEW_LOOKS)
@pytest.mark.parametrize("settings", [{"rule": "line_cross"}, {"rule": "wrong_way", "forbidden": "right_to_left"}])
def test_what_is_seen_in_three_looks_crosses_and_in_fewer_it_may_be_another(
    name: str, settings: dict[str, object]
) -> None:
    """The first of them is no track's yet, and counts all the same."""
    way, seen, expected = FEW_LOOKS[name]
    rule = one_rule(**settings, line=way, classes=["vehicle"])

    assert bool(play(rule, looks(*seen, None, None))) is expected


def test_the_moment_of_a_crossing_from_the_first_look_is_interpolated_too() -> None:
    """Three fifths of the way from 0 s to a third of a second."""
    raised, *_ = play(line(line=DOWN_THE_MIDDLE, classes=["car"]), looks(car(0.38), car(0.58), car(0.78)))

    assert (raised.captured_at - at(0)).total_seconds() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(("label", "expected"), [(Label.CAR, True), (Label.PERSON, False), (Label.BICYCLE, False)])
def test_wrong_way_is_of_vehicles_in_the_forbidden_direction(label: Label, *, expected: bool) -> None:
    """People may walk as they like."""
    rule = one_rule(rule="wrong_way", line=ACROSS, forbidden="left_to_right")
    events = play(rule, film(walk((0, 0.5, 0.4), (4, 0.5, 0.8), label=label), until_s=8))

    assert bool(events) is expected


def test_the_right_way_is_not_wrong() -> None:
    """Up the picture."""
    rule = one_rule(rule="wrong_way", line=ACROSS, forbidden="left_to_right")

    assert told(rule, walk((0, 0.5, 0.8), (4, 0.5, 0.4), label=Label.CAR), until_s=8) == []


def test_the_detail_says_what_and_which_way() -> None:
    """Of the newest crossing."""
    raised, _ = play(line(classes=["vehicle"]), film(walk((0, 0.5, 0.4), (4, 0.5, 0.8), label=Label.BUS), until_s=8))

    where = {"line": "0.1,0.6 0.9,0.6"}
    assert raised.detail == {"crossings": 1, "direction": "left_to_right", "class": "bus"} | where


def test_two_lines_that_are_crossed_at_once_are_two_events() -> None:
    """They differ in nothing but the line."""
    there, back = (play(line(line=way), film(DOWN, until_s=8))[0] for way in (ACROSS, ACROSS[::-1]))

    assert there.started_at == back.started_at
    assert there.id != back.id


def test_nobody_there_is_nothing() -> None:
    """An empty road."""
    assert told(line(), Mover(path=standing(0.5, 0.3, 0, 5)), until_s=10) == []
