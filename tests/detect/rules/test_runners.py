"""Who runs through the picture, from what a detector finds to what is told."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from detect.messages import Box, Detections
from detect.rules import Rule
from detect.scene import Zones
from detect.tracker import Tracker
from tests.detect.given import at, camera, found
from tests.detect.rules.film import one_rule, short
from tests.detect.rules.timeline import play

TALL, WIDE = 0.12, 0.34 * 0.12 * 9 / 16  # of somebody of 1.75 m, in a picture of 16 by 9
METRE = TALL / 1.75 * 9 / 16  # of the picture's width
LINE = [[0.5, 0.1], [0.5, 0.95]]
RULES: dict[str, dict[str, object]] = {
    "line_cross": {"rule": "line_cross", "line": LINE},
    "line_cross, from his side": {"rule": "line_cross", "line": LINE, "direction": "right_to_left"},
    "intrusion": {"rule": "intrusion", "zone": "lane", "dwell": "1s"},
    "guard_gap": {"rule": "guard_gap", "zone": "lane"},
}
Look = tuple[float, tuple[Box, ...]]  # second, and what is found


def somebody(x: float, base: float = 0.8) -> Box:
    """Whose feet are there."""
    return x - WIDE / 2, base - TALL, x + WIDE / 2, base


def runs(speed: float, rate_hz: float, begin_s: float, *, left: float = 0.03) -> Iterable[Look]:
    """From left to right at so many metres a second; he comes after `begin_s`."""
    for look in range(round(24 * rate_hz)):
        x = left + speed * METRE * (look / rate_hz - begin_s)
        yield look / rate_hz, (somebody(x),) if left <= x <= 0.97 else ()


def told(rule: Rule, seen: Iterable[Look]) -> list[tuple[str, float]]:
    """Phase and second of each event."""
    tracker, zones, scenes = Tracker(), Zones(camera()), []
    for at_s, boxes in seen:
        tracks = tracker.update(found(*boxes) if boxes else Detections.none(), at(at_s))
        scenes.append(zones.scene(tracks, at(at_s), tracker.glimpses))
    return short(play(rule, scenes))


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
@pytest.mark.parametrize("speed", [1.8, 3, 4, 5])
@pytest.mark.parametrize("phase", [0.1, 0.5, 0.9])
def test_who_runs_is_told_once(name: str, speed: float, rate_hz: float, phase: float) -> None:
    """Over a line, and through a zone, at whichever moment between two looks he comes."""
    events = told(one_rule(**RULES[name]), runs(speed, rate_hz, 1 + phase / rate_hz))

    assert [phase_name for phase_name, _ in events] == ["raised", "cleared"]


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
@pytest.mark.parametrize("before", [1, 2])
def test_three_looks_are_enough_for_a_crossing(before: int, rate_hz: float) -> None:
    """Once before the line and twice beyond, or twice before it; told at the moment itself."""
    step = 4.5 * METRE / rate_hz
    first = 0.5 - (before - 0.5) * step
    seen = [
        (look / rate_hz, (somebody(first + look * step),) if look < 3 else ()) for look in range(10 * round(rate_hz))
    ]

    (raised, at_s), _ = told(one_rule(**RULES["line_cross"]), seen)

    assert raised == "raised"
    assert at_s == pytest.approx((before - 0.5) / rate_hz, abs=0.06)


# A look a letter: who stands left of the line is found, or who stands right of it, or both; a dot: neither.
NOBODY_RAN: dict[str, str] = {
    "two on either side, missed by turns": "LRLRLRLRLRLRLRLRLRLR",
    "two on either side, each missed twice": "LLRRLLRRLLRRLLRRLLRR",
    "two on either side, one missed more often": "LRRLRRLRRLRRLRRLRRLRR",
    "one is missed for good, and another comes": "LLLLLLLLRRRRRRRR",
    "a mistake before another comes": "LRRRRRRRRRRRR",
    "two mistakes": ".LR..........",
    "each is seen now and then": "L.RLR.BR.L.RLR.BR.L.RLR.BR.",
}


@pytest.mark.parametrize("name", NOBODY_RAN)
@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
@pytest.mark.parametrize("settings", ["line_cross", "line_cross, from his side"])
def test_who_stand_on_either_side_have_not_crossed(name: str, rate_hz: float, settings: str) -> None:
    """Whoever of them is missed, and though one could run from one to the other between two looks."""
    off = 4.5 * METRE / rate_hz / 2
    boxes = {"L": (somebody(0.5 - off),), "R": (somebody(0.5 + off),), ".": ()}
    boxes["B"] = (*boxes["L"], *boxes["R"])
    seen = [(look / rate_hz, boxes[letter]) for look, letter in enumerate(NOBODY_RAN[name])]

    assert told(one_rule(**RULES[settings]), seen) == []
