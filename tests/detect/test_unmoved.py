"""Who does not move and is missed by the detector, from pictures to events; and that nobody is who has left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from config.model import Label
from detect.detector import Picture
from detect.messages import Box, Detections, Event
from detect.pipeline import CameraAnalysis
from ingest.messages import Frame
from tests.detect.bright import GUARD, THIEF, WALL, of_video
from tests.detect.given import BEGIN, camera, found

OTHER: Box = (0.85, 0.35, 0.95, 0.9)
INSIDE: Box = (0.46, 0.3, 0.56, 0.9)  # a hundredth, of the lane
OUTSIDE: Box = (0.44, 0.3, 0.54, 0.9)
HALF: Box = (0.7, 0.3, 0.8, 0.58)  # of the thief
PLACES = {"guard": GUARD, "thief": THIEF, "other": OTHER, "half": HALF, "inside": INSIDE, "outside": OUTSIDE}
STRIPES = np.where(
    np.arange(360)[:, None] // 18 % 2, 60.0, 20.0
)  # of what people wear, above or below the wall's shade
COMES_S = 12.0  # later than anybody is taken on trust
GAP = {"rules": [{"rule": "guard_gap", "zone": "lane"}]}
INTRUSION = {"rules": [{"rule": "intrusion", "zone": "lane"}]}
CROWD = {"rules": [{"rule": "crowd", "zone": "lane", "count": 2, "after": "4s"}]}
ABSENT = {"posts": [{"zone": "post", "absent_after": "4s"}]}
ASLEEP = {"posts": [{"zone": "post", "absent_after": "60s", "asleep_after": "30s"}]}

Span = tuple[float, float]


@dataclass
class FindsWhomItIsTold:
    """A detector that finds those whom it is told of, but for times in which it misses them."""

    seconds: float = 0.0  # of the picture that comes now
    there: Mapping[str, Span] = field(default_factory=dict)
    missed: Sequence[Span] = ()
    trembles: Callable[[float], float] = lambda _: 0.0
    name = "told"
    labels = frozenset({Label.PERSON})
    batch = 1

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        missed = any(begin <= self.seconds < end for begin, end in self.missed)
        boxes = (
            [] if missed else [PLACES[name] for name, (begin, end) in self.there.items() if begin <= self.seconds < end]
        )
        aside = self.trembles(self.seconds)
        return [found(*((x0 + aside, y0, x1 + aside, y1) for x0, y0, x1, y1 in boxes)) for _ in pictures]

    def close(self) -> None: ...


def frame(seconds: float, *boxes: Box, by: float = 1.0, light: float = 1.0) -> Frame:
    """People in stripes at `boxes` before the wall, `by` times as plain."""
    seen = WALL.copy()
    for x0, y0, x1, y1 in boxes:
        rows, columns = slice(int(y0 * 360), int(y1 * 360)), slice(int(x0 * 640), int(x1 * 640))
        seen[rows, columns] += by * np.broadcast_to(STRIPES, (360, 640))[rows, columns]
    seen = light * seen + np.random.default_rng(round(seconds * 1000)).normal(0, 3, WALL.shape)
    video = av.VideoFrame.from_ndarray(np.clip(seen, 0, 255).astype(np.uint8), format="gray")
    return of_video(seconds, video.reformat(format="yuv420p"))


def told(
    parts: Mapping[str, object],
    there: Mapping[str, Span],
    missed: Sequence[Span],
    until_s: float,
    *,
    by: float = 1.0,
    light: Callable[[float], float] = lambda _: 1.0,
    finds: Mapping[str, Span] | None = None,
    trembles: Callable[[float], float] = lambda _: 0.0,
) -> list[tuple[str, str, float]]:
    """What is told where people are `there` from when to when, and are `missed`: rule, phase and second.

    The detector `finds` others, if that is said.
    """
    detector = FindsWhomItIsTold(there=there if finds is None else finds, missed=missed, trembles=trembles)
    whole = CameraAnalysis(camera(**parts), detector, ZoneInfo("UTC"))
    events: list[Event] = []
    for index in range(round(until_s * 3)):
        detector.seconds = second = index / 3
        boxes = [PLACES[name] for name, (begin, end) in there.items() if begin <= second < end]
        events += whole.analyse(frame(second, *boxes, by=by, light=light(second))).events
    return [(one.rule, one.phase.value, round((one.captured_at - BEGIN).total_seconds(), 1)) for one in events]


@pytest.mark.parametrize(("parts", "after_s"), [(GAP, 1.0), (INTRUSION, 2.0)], ids=["guard_gap", "intrusion"])
@pytest.mark.parametrize("missed", [[(25, 29)], [(22, 28), (30, 39), (41, 46)]], ids=["twice", "often"])
def test_who_sits_still_and_is_missed_is_one_event(
    missed: list[Span], parts: Mapping[str, object], after_s: float
) -> None:
    """Two misses in a row and more: the event goes on, and clears when he leaves."""
    events = told(parts, {"thief": (COMES_S, 50.0)}, missed, 56)

    assert [(phase, at_s) for _, phase, at_s in events] == [
        ("raised", COMES_S + after_s),
        ("cleared", pytest.approx(49, abs=1.1)),  # at the heartbeat before
    ]


def test_a_crowd_is_as_many_as_it_was() -> None:
    """None of them has left."""
    there = {"thief": (COMES_S, 50.0), "other": (COMES_S, 50.0)}

    assert [phase for _, phase, _ in told(CROWD, there, [(27, 39)], 55)] == ["raised", "cleared"]


def test_a_slumped_guard_who_is_missed_is_not_accused_of_being_absent() -> None:
    """Not a pixel at his place has changed."""
    assert told(ABSENT, {"guard": (3.0, 60.0)}, [(25, 40)], 45) == []


def test_a_sleeper_who_is_missed_now_and_then_is_told_in_time() -> None:
    """His time goes on."""
    events = told(ASLEEP, {"guard": (2.0, 90.0)}, [(12, 20), (23, 30)], 40)

    assert [(rule, phase) for rule, phase, _ in events] == [("post.asleep", "raised")]
    assert events[0][2] < 35


def test_a_light_that_dims_takes_nobody_away() -> None:
    """By a tenth in ten seconds."""
    events = told(GAP, {"thief": (COMES_S, 80.0)}, [(30, 40)], 45, light=lambda s: 1 - 0.01 * min(max(0, s - 30), 10))

    assert [phase for _, phase, _ in events] == ["raised"]


@pytest.mark.parametrize("leaves_s", [25.0, 26.0, 31.0])
def test_who_leaves_is_gone_at_once(leaves_s: float) -> None:
    """Missed before or not: the picture without him is another."""
    missed = [(25.0, 200.0)]

    (absent,) = told(ABSENT, {"guard": (3.0, leaves_s)}, missed, 38)
    _, gone = told(GAP, {"thief": (COMES_S, leaves_s)}, missed, 38)

    assert absent[2] == pytest.approx(leaves_s + 4, abs=0.5)
    assert gone[2] == pytest.approx(leaves_s - 1, abs=1.1)  # at the heartbeat before


def test_nobody_is_held_for_ever() -> None:
    """Half a minute after he was last found a post counts as left."""
    events = told(ABSENT, {"guard": (3.0, 200.0)}, [(45, 200)], 85)

    assert [(rule, phase) for rule, phase, _ in events] == [("post.absent", "raised")]
    assert 45 + 30 <= events[0][2] <= 45 + 30 + 4 + 2


def test_who_was_there_from_the_first_picture_is_held_for_less() -> None:
    """The empty picture has him in it: ten seconds."""
    events = told(ABSENT, {"guard": (0.0, 200.0)}, [(30, 200)], 50)

    assert [(rule, phase) for rule, phase, _ in events] == [("post.absent", "raised")]
    assert 30 + 10 <= events[0][2] <= 30 + 10 + 4 + 2


def test_nobody_is_held_for_longer_than_he_was_found() -> None:
    """Of one whom a detector has found for two seconds not much is known."""
    events = told(GAP, {"thief": (COMES_S, 80.0)}, [(0, 25), (27, 80)], 35)

    assert all(at_s < 27 + 2 for _, _, at_s in events)


def test_a_claim_is_not_held() -> None:
    """Nothing has differed from the empty picture where the detector imagines a guard."""
    events = told(ABSENT, {}, [], 55, finds={"guard": (20.0, 45.0)})

    assert [phase for _, phase, _ in events] == ["raised", "cleared", "raised"]
    assert events[-1][2] <= 45 + 4 + 0.5


def test_who_is_found_in_part_is_one() -> None:
    """Another box in his place since he was last found is he himself."""
    there, finds = {"thief": (COMES_S, 60.0)}, {"thief": (COMES_S, 25.0), "half": (25.0, 60.0)}

    assert told(CROWD, there, [], 40, finds=finds) == []


def test_who_cannot_be_told_from_the_wall_is_not_held() -> None:
    """At night, in clothes as dark as the wall: the picture is the same without him."""
    events = told(ABSENT, {"guard": (COMES_S, 45.0)}, [], 55, by=0.1)

    assert [phase for _, phase, _ in events] == ["raised", "cleared", "raised"]
    assert events[-1][2] <= 45 + 4 + 0.5


@pytest.mark.parametrize(
    ("place", "aside", "events"), [("inside", -0.02, ["raised"]), ("outside", 0.02, [])], ids=["out of it", "into it"]
)
@pytest.mark.parametrize("trembles_s", [25.0, 31.0])
def test_a_box_that_trembles_over_a_zones_edge_is_asked_about_again(
    place: str, aside: float, events: list[str], trembles_s: float
) -> None:
    """One look sees him on the other side, and nothing moves: that answer is not believed for ten seconds."""
    slips = iter([aside])
    told_of = told(
        INTRUSION,
        {place: (COMES_S, 200.0)},
        [],
        45,
        trembles=lambda second: next(slips, 0.0) if second >= trembles_s else 0,
    )

    assert [phase for _, phase, _ in told_of] == events
