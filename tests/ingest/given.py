"""What ingest's tests start from."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
from prometheus_client import CollectorRegistry

from config.model import Camera, Ring, Stream
from ingest.backoff import Backoff
from ingest.clock import utc_now
from ingest.errors import Fault
from ingest.file import FileSource
from ingest.messages import CameraState, CameraStatus, Frame, Packet, StreamInfo
from ingest.metrics import IngestMetrics
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ingest.turns import Turn, Turns
from ingest.whip.feed import VehicleFeed

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
OF_GATE = {"camera": "gate", "stream": "analysis"}  # the labels of its metrics
H264 = StreamInfo(
    codec="h264", width=160, height=96, time_base=Fraction(1, 1000), frame_rate=Fraction(10), extradata=None
)


def camera(
    url: str = "", *, camera_id: str = "gate", timeout_s: float = 5.0, transport: Literal["tcp", "udp"] = "tcp"
) -> Camera:
    """A camera at `url`, whose connections may take `timeout_s`."""
    timeout = timedelta(seconds=timeout_s)
    stream = Stream(main=url, transport=transport, open_timeout=timeout, read_timeout=timeout)
    return Camera(id=camera_id, name="Gate", ring=Ring.INNER, stream=stream)


def file_source(path: Path, *, loop: bool = False, paced: bool = False, start: datetime | None = None) -> FileSource:
    """A reading of `path`, as fast as possible unless `paced`."""
    return FileSource("gate", path, paced=paced, loop=loop, start=start, clock=utc_now)


def frame(pts_s: float = 0.0, *, camera_id: str = "gate") -> Frame:
    """A tiny picture at `pts_s`."""
    return Frame(
        camera=camera_id, pts_s=pts_s, captured_at=START + pts_s * SECOND, video=av.VideoFrame(16, 16, "yuv420p")
    )


def packet(at_s: float = 0.0, *, key: bool = False, size: int = 100, stream: StreamInfo = H264) -> Packet:
    """A packet of `size` bytes captured `at_s` seconds after `START`."""
    ticks = round(at_s * 1000)
    return Packet(
        camera="gate",
        payload=bytes(size),
        pts_ticks=ticks,
        dts_ticks=ticks,
        duration_ticks=100,
        time_base=Fraction(1, 1000),
        is_keyframe=key,
        captured_at=START + at_s * SECOND,
        stream=stream,
    )


class RecordingSinks:
    """Keeps all that a supervisor hands on."""

    def __init__(self, *, wants_frames: bool = True) -> None:
        self.wants_frames = wants_frames
        self.packets: list[Packet] = []
        self.frames: list[Frame] = []
        self.statuses: list[CameraStatus] = []

    def packet(self, packet: Packet) -> None:
        self.packets.append(packet)

    def frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def alert_open(self) -> bool:
        return False

    def status(self, status: CameraStatus) -> None:
        self.statuses.append(status)

    @property
    def states(self) -> list[CameraState]:
        return [status.state for status in self.statuses]


class QuickBackoff(Backoff):
    """Waits a few milliseconds where the real one waits seconds, and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(uniform=lambda _low, high: high)
        self.faults: list[Fault] = []
        self.waits: list[timedelta] = []
        self.failed = threading.Event()

    def next_wait(self, fault: Fault) -> timedelta:
        self.faults.append(fault)
        self.waits.append(super().next_wait(fault))
        self.failed.set()
        return timedelta(milliseconds=20)


class Watched:
    """A supervisor of a real source, with all that it says."""

    def __init__(
        self,
        watched: Camera,
        metrics: IngestMetrics | None = None,
        vehicles: Mapping[str, VehicleFeed] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.sinks = RecordingSinks()
        self.backoff = QuickBackoff()
        self.registry = CollectorRegistry()
        self.supervisor = CameraSupervisor(
            watched,
            source_factory=lambda: open_source(watched, watched.stream.analysis_url, utc_now, vehicles),
            sinks=self.sinks,
            clock=utc_now,
            metrics=metrics or IngestMetrics(self.registry),
            turn=turns.of(watched.stream.analysis_url, self.backoff) if turns else Turn(backoff=self.backoff),
        )

    def value(self, metric: str, **labels: str) -> float:
        return (
            self.registry.get_sample_value(
                f"ringwatch_ingest_{metric}", {"camera": "gate", "stream": "analysis", **labels}
            )
            or 0.0
        )


def rising(times: Sequence[datetime]) -> bool:
    """Whether each of `times` is after the one before."""
    return all(earlier < later for earlier, later in pairwise(times))
