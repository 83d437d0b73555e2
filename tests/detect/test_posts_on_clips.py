"""The rules of posts on composed clips, from packets to events, with a real detector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.hours import parse_hours
from config.model import DetectorChoice
from config.relief import Relief
from detect.detector import Detector
from detect.models import load_detector
from ringwatch.replay import replay
from sample_streams import cutouts as cuts
from tests.detect.composed import Clip, Seen, bus, guard, walking
from tests.detect.given import camera
from tests.footage import model
from tests.sample_streams.samples import made_samples

NEAR_S = 1.5  # the sampler's third of a second, a heartbeat of a camera that has come to rest
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
POST = {"post": {"polygon": [(0.15, 0.6), (0.6, 0.6), (0.6, 0.97), (0.15, 0.97)]}}
GUARD = "light-coat"


@pytest.fixture(scope="module")
def cutouts() -> Mapping[str, cuts.Cutout]:
    return made_samples().cutouts()


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    with closing(load_detector(DetectorChoice(model=str(model())), base=Path(), threads=1)) as opened:
        yield opened


class Seeing:
    """Writes clips, each once, and tells what the rules of a post say of them."""

    def __init__(self, cutouts: Mapping[str, cuts.Cutout], detector: Detector, folder: Path) -> None:
        self._cutouts = cutouts
        self._detector = detector
        self._folder = folder
        self._kept: list[Clip] = []  # or another clip would get the number, and the file, of one that is gone

    def events(self, clip: Clip, start: datetime = START, **post: object) -> list[tuple[str, str, float]]:
        """Rule, phase and second of every event."""
        path = self._folder / f"{id(clip)}.mp4"
        if not path.exists():
            clip.write(self._cutouts, path)
            self._kept.append(clip)
        watched = camera(zones=POST, posts=[{"zone": "post", "absent_after": "5s", **post}])
        found = replay(path, watched, self._detector, ZoneInfo("UTC"), start)
        return [(one.rule, one.phase.value, (one.captured_at - start).total_seconds()) for one in found]


@pytest.fixture(scope="module")
def seeing(cutouts: Mapping[str, cuts.Cutout], detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Seeing:
    return Seeing(cutouts, detector, tmp_path_factory.mktemp("clips"))


def close_to(*events: tuple[str, str, float]) -> list[object]:
    """The events, each at about its time."""
    return [(rule, phase, pytest.approx(at_s, abs=NEAR_S)) for rule, phase, at_s in events]


def dozes_off(at_s: float) -> Sequence[Seen]:
    """Somebody leans to and fro until 8 s, then only breathes, and stirs again at 32 s."""
    return [guard(at_s, cutout=GUARD, lean=9.0 * (int(at_s / 2) % 2) if at_s < 8 or at_s >= 32 else 0.0)]


def test_a_guard_who_sleeps_is_told_and_one_who_wakes_is_cleared(seeing: Seeing) -> None:
    """Twenty seconds after he last stirred, through a quiet camera's keyframes, noise, and the evening's light."""
    clip = Clip(length_s=38, figures=dozes_off, light=lambda at_s: 1.0 - 0.006 * at_s, noise=4.0)

    events = seeing.events(clip, asleep_after="20s")

    assert events == close_to(("post.asleep", "raised", 28.0), ("post.asleep", "cleared", 34.0))


def test_a_guard_who_is_awake_is_not_told(seeing: Seeing) -> None:
    """He shifts his head by a hand's breadth every ten seconds."""
    clip = Clip(length_s=40, figures=lambda at_s: [guard(at_s, cutout=GUARD, lean=9.0 * (int(at_s / 10) % 2))])

    assert seeing.events(clip, asleep_after="20s") == []


def test_a_lamp_that_is_switched_does_not_wake_a_sleeper(seeing: Seeing) -> None:
    """All at once, by a third."""
    clip = Clip(
        length_s=26,
        figures=lambda at_s: [guard(at_s, cutout=GUARD)],
        light=lambda at_s: 1.0 if at_s < 11 else 0.7,
    )

    events = seeing.events(clip, asleep_after="20s")

    assert [event[:2] for event in events] == [("post.asleep", "raised")]
    assert 20.0 - NEAR_S <= events[0][2] <= 25.0  # what could not be told does not count


def second_leaves(at_s: float) -> Sequence[Seen]:
    """Of two guards, one walks off at 6 s and is back at 26 s."""
    way = walking(at_s, 6, 330, 700) if at_s < 20 else walking(at_s, 20, 700, 330)
    return [guard(at_s, x=200, cutout=GUARD), Seen(cutout=GUARD, x=way.x, base=300, height=155, lean=way.lean)]


def test_one_of_two_who_leaves_is_told_and_the_post_is_not_empty(seeing: Seeing) -> None:
    """Understaffed, not absent; nothing where one is enough."""
    clip = Clip(length_s=32, figures=second_leaves)

    double = seeing.events(clip, guards="double", understaffed_after="6s")

    assert [event[:2] for event in double] == [("post.understaffed", "raised"), ("post.understaffed", "cleared")]
    assert [event[2] for event in double] == pytest.approx([13.2, 25.2], abs=NEAR_S)
    assert seeing.events(clip, guards="single", understaffed_after="6s") == []


def relieved(at_s: float) -> Sequence[Seen]:
    """The guard leaves at 4 s, the next one comes at 22 s."""
    return [walking(at_s, 4, 220, 800, cutout=GUARD) if at_s < 15 else walking(at_s, 17, 700, 220, cutout=GUARD)]


RELIEVED = Clip(length_s=30, figures=relieved)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2026-01-01T07:59:50", False),  # the change is in the middle of the gap
        ("2026-01-01T23:59:45", False),  # over midnight
        ("2026-01-01T12:00:00", True),
    ],
)
def test_a_gap_at_a_change_of_shifts_is_a_relief(seeing: Seeing, start: str, told: bool) -> None:
    """The same gap at noon is an absence."""
    relief = Relief(
        grace=timedelta(seconds=30), shifts=tuple(map(parse_hours, ("08:00-16:00", "16:00-24:00", "00:00-08:00")))
    )

    events = seeing.events(RELIEVED, datetime.fromisoformat(start).replace(tzinfo=UTC), relief=relief)

    assert [event[:2] for event in events] == ([("post.absent", "raised"), ("post.absent", "cleared")] if told else [])


def test_a_bus_before_a_guard_is_no_absence(seeing: Seeing) -> None:
    """It stands before him for three times as long as the post may be empty."""
    clip = Clip(length_s=32, figures=lambda at_s: [guard(at_s, cutout=GUARD), *bus(at_s, 4, stops_s=15)])

    assert seeing.events(clip, asleep_after="60s") == []


def test_a_guard_who_left_behind_a_bus_is_told_once_it_has_passed(seeing: Seeing) -> None:
    """His time begins when the empty post is seen."""
    clip = Clip(length_s=24, figures=lambda at_s: [*([guard(at_s, cutout=GUARD)] if at_s < 7 else []), *bus(at_s, 4)])

    events = seeing.events(clip)

    assert [event[:2] for event in events] == [("post.absent", "raised")]
    assert 12.0 <= events[0][2] <= 17.5
