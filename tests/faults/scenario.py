"""A street of cameras that all go wrong at once, each in its own way, and what ingest makes of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from config.model import Camera, Ring, Stream
from detect.picture_state import PictureState
from ingest.backoff import Backoff
from ingest.clock import utc_now
from ingest.errors import Fault as Reason
from ingest.messages import CameraState, CameraStatus, Frame, Packet
from ingest.metrics import IngestMetrics
from ingest.sources import open_source
from ingest.supervisor import CameraSupervisor
from ingest.turns import Turn
from sample_streams.faults import Fault, FaultKind
from sample_streams.mount import Mount
from tests.sample_streams.given import serving

BEGINS_S = 14.0  # of each fault, in the simulator's time: the pictures have been learned by then
LASTS_S = 34.0
ENDS_S = BEGINS_S + LASTS_S
WATCHED_S = ENDS_S + 14.0
WELL = "well"


class OftenTried(Backoff):
    """Tries again within a second or two, so that a minute shows a fault's end."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[tuple[Reason, timedelta]] = []

    def next_wait(self, fault: Reason) -> timedelta:
        wait = super().next_wait(fault)
        self.waits.append((fault, wait))
        return min(wait, timedelta(seconds=1))


@dataclass(kw_only=True)
class Seen:
    """One camera's minute, as the sinks of its supervisor."""

    camera: Camera
    registry: CollectorRegistry
    picture: PictureState = field(default_factory=PictureState)
    backoff: OftenTried = field(default_factory=OftenTried)
    picture_state: CameraState = CameraState.LIVE
    frames: list[float] = field(default_factory=list)  # when they came, seconds of the scenario
    ages: list[float] = field(default_factory=list)  # how old they were then
    packets: int = 0
    states: list[tuple[float, CameraState]] = field(default_factory=list)
    clock: list[tuple[float, float]] = field(default_factory=list)  # how far it is ahead, with the second
    began_s: float = 0.0
    wants_frames = True

    def packet(self, packet: Packet) -> None:
        self.packets += 1

    def frame(self, frame: Frame) -> None:
        self.frames.append(time.monotonic() - self.began_s)
        self.ages.append((utc_now() - frame.captured_at).total_seconds())
        self.picture_state = self.picture.look(frame)

    def alert_open(self) -> bool:
        return False

    def status(self, status: CameraStatus) -> None: ...

    def note(self, status: CameraStatus, second: float) -> None:
        """Keep the state at `second`."""
        self.states.append((second, status.state if status.state is not CameraState.LIVE else self.picture_state))

    def during(self, begin_s: float, end_s: float) -> set[CameraState]:
        """The states between two seconds."""
        return {state for second, state in self.states if begin_s <= second < end_s}

    def clock_during(self, begin_s: float, end_s: float) -> list[float]:
        """How far its clock was ahead between two seconds, where that was known."""
        return [ahead_s for second, ahead_s in self.clock if begin_s <= second < end_s and not math.isnan(ahead_s)]

    def value(self, metric: str) -> float:
        labels = {"camera": self.camera.id, "stream": "analysis"}
        return self.registry.get_sample_value(f"ringwatch_ingest_{metric}", labels) or 0.0


def mount(name: str, clip: Path, fault: FaultKind | None) -> Mount:
    """A camera at `/name` that has `fault` for its time; a clock that goes wrong stays so."""
    if fault is None:
        return Mount(path=f"/{name}", clip=clip)
    lasts = timedelta(seconds=2 * WATCHED_S if fault is FaultKind.CLOCK_SKEW else LASTS_S)
    row = Fault(camera=name, at=timedelta(seconds=BEGINS_S), lasts=lasts, fault=fault, kbit_s=60)
    return Mount(path=f"/{name}", clip=clip, faults=(row,))


def clocks(registry: CollectorRegistry) -> dict[str, float]:
    """How far each camera's clock is ahead, as far as it was ever told."""
    only = registry.restricted_registry(["ringwatch_ingest_clock_ahead_seconds"])
    return {sample.labels["camera"]: sample.value for family in only.collect() for sample in family.samples}


@contextmanager
def played(clip: Path) -> Iterator[dict[str, Seen]]:
    """Every fault at once, and one camera that is well; what was seen of each."""
    kinds: dict[str, FaultKind | None] = {WELL: None, **{kind.value: kind for kind in FaultKind}}
    registry = CollectorRegistry()
    metrics = IngestMetrics(registry)
    with ExitStack() as stack:
        server = stack.enter_context(serving(*(mount(name, clip, kind) for name, kind in kinds.items())))
        began_s = time.monotonic()
        watched: list[tuple[Seen, CameraSupervisor]] = []
        for name in kinds:
            camera = _camera(name, f"rtsp://{server.address}/{name}")
            seen = Seen(camera=camera, registry=registry, began_s=began_s)
            watched.append((seen, _supervisor(seen, metrics)))
        for _, supervisor in watched:
            supervisor.start()
        while (second := time.monotonic() - began_s) < WATCHED_S:
            ahead_s = clocks(registry)
            for seen, supervisor in watched:
                seen.note(supervisor.status(), second)
                seen.clock.append((second, ahead_s.get(seen.camera.id, math.nan)))
            time.sleep(0.25)
        for _, supervisor in watched:
            supervisor.request_stop()
        assert all(supervisor.stop(10.0) for _, supervisor in watched)
        yield {seen.camera.id: seen for seen, _ in watched}


def _camera(name: str, url: str) -> Camera:
    quickly = timedelta(seconds=4)
    stream = Stream(sub=url, open_timeout=quickly, read_timeout=quickly)
    return Camera(id=name.replace("_", "-"), name=name, ring=Ring.INNER, stream=stream)


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
