"""The live pipeline over a recording: the same frames, rules and events as a camera would give, as fast as it can be.

Nothing here reads a clock: what comes out depends on the clip, the camera's configuration and the model alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from config.errors import UnusableInput
from detect.analysis import Analysis
from detect.pipeline import CameraAnalysis
from ingest.errors import CameraError
from ingest.frames import FrameReader
from ingest.governor import governor
from ingest.sources import FileSource
from ringwatch.moments import read_moment

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from config.model import Camera
    from detect.baseline import Baseline
    from detect.detector import Detector
    from detect.messages import Event
    from detect.rules.rule import Standing
    from ingest.messages import CameraState, Frame

log = structlog.get_logger()
DEFAULT_START = datetime(2026, 1, 1, tzinfo=UTC)
MISSING_S = 2.0  # from the last picture to the time that a header states: headers are imprecise


class ClipError(UnusableInput):
    """The recording cannot be replayed: it is not there, or holds no video that can be read."""


class Replay:
    """One reading of a clip through one camera's analysis. Used once, by one thread."""

    def __init__(
        self,
        clip: Path,
        camera: Camera,
        detector: Detector,
        zone_info: ZoneInfo,
        start: datetime = DEFAULT_START,
        *,
        baseline: Baseline | None = None,
    ) -> None:
        self._clip = clip
        self._camera = camera
        self._start = start
        self._analysis = CameraAnalysis(camera, detector, zone_info, baseline=baseline)
        self.duration = timedelta()  # from the clip's start to its newest packet

    def events(self) -> Iterator[Event]:
        """What the rules find, in the order in which they find it.

        Raises:
            ClipError: the clip cannot be read.
        """
        for analysis in self.analyses():
            yield from analysis.events

    def analyses(self) -> Iterator[Analysis]:
        """Every frame that was chosen for analysis, analysed.

        Raises:
            ClipError: the clip cannot be read.
        """
        return (analysis for _, analysis in self.steps())

    def steps(self) -> Iterator[tuple[Frame, Analysis]]:
        """Every frame that was chosen for analysis, and what it brought; the last one twice, if it was worth no look.

        Raises:
            ClipError: the clip cannot be read.
        """
        newest = None
        for newest in self._frames():
            yield newest, self._analysis.analyse(newest)
        if newest is None:
            raise ClipError(f"{self._clip} holds no picture that can be decoded")
        last = self._analysis.conclude(newest)
        if last.scene is not None:
            yield newest, last

    @property
    def state(self) -> CameraState:
        """How the picture is after the newest frame."""
        return self._analysis.state

    def standings(self) -> tuple[Standing, ...]:
        """Where every rule stands after the newest frame."""
        return self._analysis.standings()

    def _frames(self) -> Iterator[Frame]:
        """Each frame is analysed before the next is asked for: an alert that it opens wakes the decoder, as live."""
        try:
            with closing(self._source()) as source:
                reader = FrameReader(source.open(), governor=governor(self._camera, self._analysis.has_open_alert))
                for packet in source.packets():
                    self.duration = max(self.duration, packet.captured_at - self._start)
                    yield from reader.frames(packet)
                yield from reader.end()
                self._warn_of_a_break(source.stated_s)
        except CameraError as error:
            raise ClipError(f"{self._clip} cannot be replayed: {error.reason}") from None

    def _warn_of_a_break(self, stated_s: float) -> None:
        """A recording that was cut short replays as far as it goes: who reads the result must know how far."""
        ends_s = self.duration.total_seconds()
        if stated_s - ends_s > MISSING_S:
            told = log.bind(clip=self._clip.name, ends_at_s=round(ends_s, 1), header_says_s=round(stated_s, 1))
            told.warning("the clip's pictures end before the time that its header states")

    def _source(self) -> FileSource:
        return FileSource(
            self._camera.id, self._clip, paced=False, loop=False, start=self._start, clock=lambda: self._start
        )


def replay(
    clip: Path, camera: Camera, detector: Detector, zone_info: ZoneInfo, start: datetime = DEFAULT_START
) -> Iterator[Event]:
    """The events of `clip`, seen as `camera`, with its first frame captured at `start`.

    Raises:
        ClipError: the clip cannot be read.
    """
    return Replay(clip, camera, detector, zone_info, start).events()


def event_line(event: Event, start: datetime) -> dict[str, Any]:
    """`event` as `replay --json` prints it: `at` counts from `start`, both times to the millisecond."""
    at_ms = round((event.captured_at - start) / timedelta(milliseconds=1))
    captured_at = (start + timedelta(milliseconds=at_ms)).astimezone(UTC)
    return {
        "event": event.id,
        "camera": event.camera,
        "rule": event.rule,
        "zone": event.zone,
        "phase": event.phase.value,
        "at": at_ms / 1000,
        "captured_at": captured_at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z",
        "severity": event.severity.value,
        "detail": dict(event.detail),
    }


def parse_start(text: str) -> datetime:
    """A clip's start as people write it, with its offset from UTC.

    Raises:
        ValueError: with what to write instead.
    """
    try:
        start = read_moment(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time: write for example 2026-01-01T22:00:00+08:00") from None
    if start.tzinfo is None:
        whole = start.isoformat()
        raise ValueError(f"{text!r} does not say its offset from UTC: write for example {whole}+08:00, or {whole}Z")
    return start.astimezone(UTC)
