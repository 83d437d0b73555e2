"""One camera inside a worker: its packets' way to ring and evidence, its frames' way to analysis."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from ingest.messages import PICTURE_STATES, CameraState, CameraStatus, Frame, Packet
from ingest.metrics import RECORDING
from ingest.ring import PacketRing
from ringwatch.board import CameraRow

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.metrics import CameraMetrics, IngestMetrics
    from ingest.slot import LatestFrames
    from storage.evidence import EvidenceStore

PRE_ROLL = timedelta(seconds=15)  # 10 s of evidence, the rule's own lateness, and a little more
FLOWS_S = 3.0  # a recorded stream that has been silent for longer has no part in evidence
RING_BYTES = 24 * 2**20  # a hard cap: 15 s at 12 Mbit/s


class RecordingWire:
    """The sinks of a stream that is recorded and not analysed. Its methods are called on the stream's own thread."""

    wants_frames = False

    def __init__(self, evidence: EvidenceStore, metrics: CameraMetrics) -> None:
        self.ring = PacketRing(PRE_ROLL, RING_BYTES, metrics)
        self._evidence = evidence
        self._arrived_s = float("-inf")  # monotonic

    @property
    def flows(self) -> bool:
        """Whether its packets come, so that evidence can be taken from it."""
        return time.monotonic() - self._arrived_s < FLOWS_S

    def packet(self, packet: Packet) -> None:
        """Keep the packet for clips to come, and continue the open ones."""
        self._arrived_s = time.monotonic()
        self.ring.append(packet)
        self._evidence.feed(packet)

    def frame(self, frame: Frame) -> None:
        """There are none."""

    def alert_open(self) -> bool:
        """Nothing is decoded, whether or not."""
        return False

    def status(self, status: CameraStatus) -> None:
        """The stream's own metrics say it."""


@dataclass(slots=True)
class CameraWire:
    """The sinks of the stream that is analysed. Its methods are called on the camera's thread.

    Evidence is copied from the recorded stream where the camera has one and its packets come, else from this one.
    """

    camera: Camera
    ring: PacketRing
    frames: LatestFrames
    evidence: EvidenceStore
    metrics: CameraMetrics
    recording: RecordingWire | None = None
    has_open_alert: Callable[[], bool] = field(default=lambda: False)
    went_live: bool = False
    # captured_at of the newest frame that was analysed, and not since the detector last failed; the analysis thread's
    last_frame_at: datetime | None = None
    wants_frames: ClassVar[bool] = True

    @classmethod
    def of(cls, camera: Camera, frames: LatestFrames, evidence: EvidenceStore, metrics: IngestMetrics) -> CameraWire:
        """A wire with a ring of its own, and one more where another stream is recorded than analysed."""
        own, apart = metrics.of(camera.id), camera.stream.is_recorded_apart
        recording = RecordingWire(evidence, metrics.of(camera.id, RECORDING)) if apart else None
        ring = PacketRing(PRE_ROLL, RING_BYTES, own)
        return cls(camera=camera, ring=ring, frames=frames, evidence=evidence, metrics=own, recording=recording)

    def since(self, at: datetime) -> tuple[Packet, ...]:
        """The last seconds of the stream that evidence is taken from at this moment; see storage's `PreRoll`."""
        ring = self.recording.ring if self.recording is not None and self.recording.flows else self.ring
        return ring.since(at)

    def packet(self, packet: Packet) -> None:
        """Keep the packet for clips to come, and continue the open ones."""
        self.ring.append(packet)
        if self.recording is None or not self.recording.flows:  # as in `since`
            self.evidence.feed(packet)

    def frame(self, frame: Frame) -> None:
        """Offer the frame for analysis; a newer one replaces it."""
        if self.frames.put(frame):
            self.metrics.dropped_frames.inc()

    def alert_open(self) -> bool:
        """Whether an alert is open."""
        return self.has_open_alert()

    def status(self, status: CameraStatus) -> None:
        """Remember that the camera was seen alive."""
        self.went_live = self.went_live or status.state is CameraState.LIVE

    def row(self, status: CameraStatus, picture: CameraState, now: datetime) -> CameraRow:
        """The camera as the board shows it: how its stream stands, and while that is live, how its picture does."""
        state = picture if status.state is CameraState.LIVE and picture in PICTURE_STATES else status.state
        age = None if self.last_frame_at is None else round((now - self.last_frame_at).total_seconds(), 2)
        return CameraRow(
            id=self.camera.id,
            name=self.camera.name,
            ring=self.camera.ring,
            state=state.value,
            reason=status.reason,
            since=status.since.isoformat(),
            last_frame_age_s=age,
            went_live=self.went_live,
        )
