"""One camera inside a worker: its packets' way to ring and evidence, its frames' way to analysis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.messages import CameraState, CameraStatus, Frame, Packet
from ingest.ring import PacketRing
from ringwatch.board import CameraRow

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.slot import LatestFrames
    from storage.evidence import EvidenceStore

PRE_ROLL = timedelta(seconds=15)  # 10 s of evidence, the rule's own lateness, and a little more
RING_BYTES = 24 * 2**20  # a hard cap: 15 s at 12 Mbit/s


@dataclass(slots=True)
class CameraWire:
    """The sinks of one camera's supervisor. Its methods are called on the camera's thread."""

    camera: Camera
    ring: PacketRing
    frames: LatestFrames
    evidence: EvidenceStore
    has_open_alert: Callable[[], bool] = field(default=lambda: False)
    went_live: bool = False
    last_frame_at: datetime | None = None  # captured_at of the newest frame that was analysed; the analysis thread's

    @classmethod
    def of(cls, camera: Camera, frames: LatestFrames, evidence: EvidenceStore) -> CameraWire:
        """A wire with a ring of its own."""
        return cls(camera=camera, ring=PacketRing(PRE_ROLL, RING_BYTES), frames=frames, evidence=evidence)

    def packet(self, packet: Packet) -> None:
        """Keep the packet for clips to come, and continue the open ones."""
        self.ring.append(packet)
        self.evidence.feed(packet)

    def frame(self, frame: Frame) -> None:
        """Offer the frame for analysis; a newer one replaces it."""
        self.frames.put(frame)

    def alert_open(self) -> bool:
        """Whether an alert is open."""
        return self.has_open_alert()

    def status(self, status: CameraStatus) -> None:
        """Remember that the camera was seen alive."""
        self.went_live = self.went_live or status.state is CameraState.LIVE

    def row(self, status: CameraStatus, now: datetime) -> CameraRow:
        """The camera as the board shows it."""
        age = None if self.last_frame_at is None else round((now - self.last_frame_at).total_seconds(), 2)
        return CameraRow(
            id=self.camera.id,
            name=self.camera.name,
            ring=self.camera.ring,
            state=status.state.value,
            reason=status.reason,
            since=status.since.isoformat(),
            last_frame_age_s=age,
            went_live=self.went_live,
        )
