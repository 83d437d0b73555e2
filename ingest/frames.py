"""From one connection's packets to the frames that are analysed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from ingest.decoder import Decoder
from ingest.errors import FrameError
from ingest.sampler import FrameSampler

if TYPE_CHECKING:
    from ingest.messages import Frame, Packet, StreamInfo
    from ingest.metrics import CameraMetrics

log = structlog.get_logger()
COMPLAIN_EVERY = timedelta(seconds=1)


class FrameReader:
    """Decodes every packet and keeps the frames the sampler wants. Damage is counted, and goes no further."""

    def __init__(self, stream: StreamInfo, metrics: CameraMetrics) -> None:
        self._decoder = Decoder(stream)
        self._sampler = FrameSampler()
        self._metrics = metrics
        self._unsaid = 0
        self._said_at: datetime | None = None

    def frames(self, packet: Packet) -> Iterator[Frame]:
        """The frames to analyse that are complete with `packet`."""
        try:
            decoded = self._decoder.decode(packet)
        except FrameError as error:
            self._metrics.frame_errors.inc()
            self._complain(error, packet)
            return
        for frame in decoded:
            self._metrics.frames.inc()
            if self._sampler.wants(frame):
                self._metrics.sampled.inc()
                yield frame

    def _complain(self, error: FrameError, packet: Packet) -> None:
        """One line a second, however many packets are damaged."""
        self._unsaid += 1
        if self._said_at is None or packet.captured_at - self._said_at >= COMPLAIN_EVERY:
            log.warning("packets cannot be decoded", camera=packet.camera, packets=self._unsaid, newest=str(error))
            self._said_at = packet.captured_at
            self._unsaid = 0
