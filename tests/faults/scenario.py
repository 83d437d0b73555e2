"""A street of cameras that all go wrong at once, each in its own way, and what the node makes of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from config.model import Camera, CameraHealth, Ring, Stream
from detect.messages import Event, Phase
from detect.pipeline import CameraAnalysis
from ingest.backoff import Backoff
from ingest.clock import utc_now
from ingest.container import seconds_of
from ingest.errors import Fault as Reason
from ingest.messages import PICTURE_STATES, CameraState, CameraStatus, Frame, Packet
from ingest.metrics import IngestMetrics
from ingest.slot import LatestFrames
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ingest.turns import Turn
from sample_streams.faults import Fault, FaultKind
from sample_streams.mount import Mount
from tests.detect.fakes import ScriptedDetector
from tests.sample_streams.given import serving

BEGINS_S = 14.0  # of each fault, in the simulator's time: the pictures have been learned by then
LASTS_S = 34.0
ENDS_S = BEGINS_S + LASTS_S
WATCHED_S = ENDS_S + 14.0
WELL = "well"
# These strike who connects, and so twice: a camera that is connected, and one that loses its connection within them.
OF_WHO_CONNECTS = (FaultKind.REFUSE, FaultKind.WRONG_PASSWORD)
ANEW = "-anew"
LOOK_EVERY_S = 0.5
CONNECTS_S = 6  # a reconnect, with the wait before it and the keyframe that it begins with, is no camera offline
AFTER = {"camera.offline": timedelta(seconds=CONNECTS_S)}
AFTER_ELSE = timedelta(seconds=3)
Act = Callable[[], None]


class OftenTried(Backoff):
    """Tries again within a second, so that a minute shows a fault's end, and remembers for how long it should wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[tuple[Reason, timedelta]] = []

    def next_wait(self, fault: Reason) -> timedelta:
        wait = super().next_wait(fault)
        self.waits.append((fault, wait))
        return min(wait, timedelta(seconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A packet as the source gave it."""

    second: float  # of the scenario
    stamp_s: float | None
    is_keyframe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured:
    """A frame for analysis."""

    second: float  # of the scenario
    age_s: float
    width: int


@dataclass(kw_only=True)
class Seen:
    """One camera's minute: the sinks of its supervisor, its analysis as in a worker, and a note of all they say."""

    camera: Camera
    analysis: CameraAnalysis
    waiting: LatestFrames
    registry: CollectorRegistry
    began_s: float
    backoff: OftenTried = field(default_factory=OftenTried)
    packets: list[Arrived] = field(default_factory=list)
    frames: list[Pictured] = field(default_factory=list)
    states: list[tuple[float, CameraState]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    reasons: set[tuple[CameraState, str]] = field(default_factory=set)
    reconnects: int = 0
    clock: list[tuple[float, float]] = field(default_factory=list)  # how far it is ahead, with the second
    wants_frames = True

    def packet(self, packet: Packet) -> None:
        stamp_s = None if packet.pts_ticks is None else seconds_of(packet.pts_ticks, packet.time_base)
        self.packets.append(Arrived(second=self._second(), stamp_s=stamp_s, is_keyframe=packet.is_keyframe))

    def frame(self, frame: Frame) -> None:
        age_s = (utc_now() - frame.captured_at).total_seconds()
        self.frames.append(Pictured(second=self._second(), age_s=age_s, width=frame.video.width))
        self.waiting.put(frame)

    def alert_open(self) -> bool:
        return self.analysis.has_open_alert()

    def status(self, status: CameraStatus) -> None:
        self.reasons.add((status.state, status.reason))

    def analyse(self, frame: Frame) -> None:
        """Look at a frame, as a worker does."""
        self.events += self.analysis.analyse(frame).events

    def look(self, status: CameraStatus, ahead_s: float) -> None:
        """Tell the rules how the stream stands, as a worker does, and note what its board and metrics would show."""
        self.clock.append((self._second(), ahead_s))
        self.reconnects = status.reconnects
        self.events += self.analysis.note_stream(status.state, status.reason, utc_now())
        if status.state not in {CameraState.LIVE, CameraState.LATE}:
            self.events += self.analysis.blind(utc_now(), status.reason, status.state).events
        picture = self.analysis.state
        shows_picture = status.state is CameraState.LIVE and picture in PICTURE_STATES
        self.states.append((self._second(), picture if shows_picture else status.state))

    def during(self, begin_s: float, end_s: float) -> set[CameraState]:
        """The states between two seconds."""
        return {state for second, state in self.states if begin_s <= second < end_s}

    def clock_during(self, begin_s: float, end_s: float) -> list[float]:
        """How far its clock was ahead between two seconds, where that was known."""
        return [ahead_s for second, ahead_s in self.clock if begin_s <= second < end_s and not math.isnan(ahead_s)]

    def rules(self, phase: Phase) -> set[str]:
        """Those that had an event of that phase."""
        return {event.rule for event in self.events if event.phase is phase}

    def arrived(self, begin_s: float, end_s: float) -> list[Arrived]:
        """The packets between two seconds."""
        return [one for one in self.packets if begin_s <= one.second < end_s]

    def steps(self, begin_s: float, end_s: float) -> list[float]:
        """How far the stamps of the packets between two seconds go on from each to the next, to the hundredth."""
        stamps = [one.stamp_s for one in self.arrived(begin_s, end_s) if one.stamp_s is not None]
        return [round(later - earlier, 2) for earlier, later in pairwise(stamps)]

    def value(self, metric: str, **labels: str) -> float:
        of = {"camera": self.camera.id, "stream": "analysis", **labels}
        return self.registry.get_sample_value(f"ringwatch_ingest_{metric}", of) or 0.0

    def _second(self) -> float:
        return time.monotonic() - self.began_s


def faults_of(kind: FaultKind, *, anew: bool = False) -> tuple[Fault, ...]:
    """`kind` for its time; a clock that goes wrong stays so. `anew`: whoever watches must come again."""
    lasts = timedelta(seconds=2 * WATCHED_S if kind is FaultKind.CLOCK_SKEW else LASTS_S)
    row = Fault(camera="*", at=timedelta(seconds=BEGINS_S), lasts=lasts, fault=kind, kbit_s=60)
    reset = Fault(camera="*", at=row.at + timedelta(seconds=1), lasts=timedelta(seconds=1), fault=FaultKind.RESET)
    return (row, reset) if anew else (row,)


def mounts(clip: Path) -> Iterator[Mount]:
    """A camera with each fault, those that strike who connects once more, and one that is well."""
    yield Mount(path=f"/{WELL}", clip=clip)
    for kind in FaultKind:
        yield Mount(path=f"/{name_of(kind)}", clip=clip, faults=faults_of(kind))
    for kind in OF_WHO_CONNECTS:
        yield Mount(path=f"/{name_of(kind)}{ANEW}", clip=clip, faults=faults_of(kind, anew=True))


def name_of(kind: FaultKind) -> str:
    """The id of the camera that has `kind`."""
    return kind.value.replace("_", "-")


@contextmanager
def played(clip: Path) -> Iterator[dict[str, Seen]]:
    """Every fault of the simulator at once, and one camera that is well; what was seen of each."""
    with serving(*mounts(clip)) as server:
        urls = {one.path.removeprefix("/"): f"rtsp://{server.address}{one.path}" for one in mounts(clip)}
        yield watch(urls, WATCHED_S)


def watch(urls: Mapping[str, str], watched_s: float, acts: Sequence[tuple[float, Act]] = ()) -> dict[str, Seen]:
    """The cameras at `urls` for `watched_s`, each `(second, act)` done when it is due; what was seen of each."""
    registry, waiting, began_s = CollectorRegistry(), LatestFrames(), time.monotonic()
    metrics = IngestMetrics(registry)
    cameras = [_camera(name, url) for name, url in urls.items()]
    seen = {
        one.id: Seen(
            camera=one,
            analysis=CameraAnalysis(one, ScriptedDetector([]), ZoneInfo("UTC")),
            waiting=waiting,
            registry=registry,
            began_s=began_s,
        )
        for one in cameras
    }
    supervisors = [_supervisor(one, metrics) for one in seen.values()]
    for supervisor in supervisors:
        supervisor.start()
    try:
        _attend(seen, supervisors, began_s + watched_s, [(began_s + second, act) for second, act in acts])
    finally:
        for supervisor in supervisors:
            supervisor.request_stop()
        stopped = [supervisor.stop(10.0) for supervisor in supervisors]
    assert all(stopped)
    return seen


def _attend(
    seen: Mapping[str, Seen], supervisors: Sequence[CameraSupervisor], end_s: float, acts: Sequence[tuple[float, Act]]
) -> None:
    """A worker's rounds, until `end_s`."""
    due, look_s = sorted(acts, key=lambda one: one[0]), 0.0
    waiting = next(iter(seen.values())).waiting
    while (now_s := time.monotonic()) < end_s:
        while due and due[0][0] <= now_s:
            due.pop(0)[1]()
        for frame in waiting.take_some(0.1, 1):
            seen[frame.camera].analyse(frame)
        if now_s >= look_s:
            look_s = now_s + LOOK_EVERY_S
            ahead_s = _clocks(next(iter(seen.values())).registry)
            for supervisor in supervisors:
                seen[supervisor.camera].look(supervisor.status(), ahead_s.get(supervisor.camera, math.nan))


def _clocks(registry: CollectorRegistry) -> dict[str, float]:
    """How far each camera's clock is ahead, as far as it was ever told."""
    only = registry.restricted_registry(["ringwatch_ingest_clock_ahead_seconds"])
    return {sample.labels["camera"]: sample.value for family in only.collect() for sample in family.samples}


def _camera(name: str, url: str) -> Camera:
    """Its rules tell of a state after seconds; packets are lost where the network may lose them."""
    quickly = timedelta(seconds=4)
    transport: Literal["tcp", "udp"] = "udp" if name == FaultKind.LOSS else "tcp"
    stream = Stream(sub=url, open_timeout=quickly, read_timeout=quickly, transport=transport)
    names = get_args(CameraHealth.model_fields["rule"].annotation)
    rules = [{"rule": rule, "severity": "medium", "after": AFTER.get(rule, AFTER_ELSE)} for rule in names]
    return Camera.model_validate({"id": name, "name": name, "ring": Ring.INNER, "stream": stream, "rules": rules})


def _supervisor(seen: Seen, metrics: IngestMetrics) -> CameraSupervisor:
    camera = seen.camera
    return CameraSupervisor(
        camera,
        source_factory=lambda: open_source(camera, camera.stream.analysis_url, utc_now),
        sinks=seen,
        clock=utc_now,
        metrics=metrics,
        turn=Turn(backoff=seen.backoff),
    )
