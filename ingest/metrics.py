"""What operations staff can see of cameras, packets and frames."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.errors import Fault
from ingest.governor import Wake
from ingest.ring import Drop

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.messages import Packet

TELL_EVERY = timedelta(seconds=1)
ANALYSIS, RECORDING = "analysis", "recording"  # what a stream of a camera is for; one may be for both


class IngestMetrics:
    """The ingest room's metrics. A process makes one; each supervisor takes its camera's part of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(what: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"ringwatch_ingest_{what}", help_text, ["camera", "stream", *labels], registry=registry)

        def gauge(what: str, help_text: str) -> Gauge:
            return Gauge(
                f"ringwatch_ingest_{what}",
                help_text,
                ["camera", "stream"],
                registry=registry,
                multiprocess_mode="livemostrecent",
            )

        self.live = gauge("live", "1 while packets come from the camera, else 0")
        self.last_packet = gauge("last_packet_timestamp_seconds", "When the camera's newest packet came, Unix time")
        self.clock_ahead = gauge("clock_ahead_seconds", "How far the camera's own clock is ahead of the node's")
        self.lag = gauge("lag_seconds", "How far the stream arrives behind its own best, 0 while nothing comes")
        self.packets = counter("packets", "Packets received")
        self.received_bytes = counter("received_bytes", "Bytes of packets received")
        self.failures = counter("failures", "Connections that could not be opened or broke", "fault")
        self.reconnects = counter("reconnects", "Times the camera came back after it had been live")
        self.frames = counter("frames", "Pictures decoded")
        self.hardware = gauge("hardware_decoding", "1 while pictures are decoded by hardware, 0 by the processor")
        self.hardware_fallbacks = counter(
            "hardware_fallbacks", "Times hardware was asked for and the processor decodes instead"
        )
        self.skipped = counter("skipped_packets", "Packets of a quiet camera that were not decoded")
        self.wakes = counter("wakes", "Times a quiet camera was decoded continuously again", "reason")
        self.sampled = counter("sampled_frames", "Pictures chosen for analysis")
        self.frame_errors = counter("frame_errors", "Packets that could not be decoded")
        self.backward_frames = counter(
            "backward_frames", "Pictures dropped because their time was not after the one before"
        )
        self.dropped_frames = counter(
            "dropped_frames", "Pictures chosen for analysis that a newer one replaced before anybody took them"
        )
        self.ring_dropped = counter(
            "ring_dropped_packets", "Packets that the clip of an alert to come will lack", "reason"
        )

    def of(self, camera: str, stream: str = ANALYSIS) -> CameraMetrics:
        """The part that belongs to one of `camera`'s streams: the one that is analysed, or the one recorded alone."""
        return CameraMetrics(self, camera, stream)


class CameraMetrics:
    """One camera's metrics, with the label looked up once."""

    def __init__(self, metrics: IngestMetrics, camera: str, stream: str) -> None:
        at = (camera, stream)
        self.live = metrics.live.labels(*at)
        self.last_packet = metrics.last_packet.labels(*at)
        self.clock_ahead = metrics.clock_ahead.labels(*at)
        self.lag = metrics.lag.labels(*at)
        self.packets = metrics.packets.labels(*at)
        self.received_bytes = metrics.received_bytes.labels(*at)
        self.failures = {fault: metrics.failures.labels(*at, fault.value) for fault in Fault}
        self.reconnects = metrics.reconnects.labels(*at)
        self.frames = metrics.frames.labels(*at)
        self.hardware = metrics.hardware.labels(*at)
        self.hardware_fallbacks = metrics.hardware_fallbacks.labels(*at)
        self.skipped = metrics.skipped.labels(*at)
        self.wakes = {wake: metrics.wakes.labels(*at, wake.value) for wake in Wake}
        self.sampled = metrics.sampled.labels(*at)
        self.frame_errors = metrics.frame_errors.labels(*at)
        self.backward_frames = metrics.backward_frames.labels(*at)
        self.dropped_frames = metrics.dropped_frames.labels(*at)
        self.ring_dropped = {drop: metrics.ring_dropped.labels(*at, drop.value) for drop in Drop}


class PacketTally:
    """Packets of one stream, counted on its thread and told to the metrics once a second, with its lag at that moment.

    A network has a thousand packets a second, and to tell of one costs as much as all else that Python does with it.
    """

    def __init__(self, metrics: CameraMetrics, lag_s: Callable[[], float] = lambda: 0.0) -> None:
        self._metrics = metrics
        self._lag_s = lag_s
        self._packets = self._bytes = 0
        self._newest: Packet | None = None
        self._due_at: datetime | None = None

    def add(self, packet: Packet) -> None:
        """One more; a keyframe is told at once, whatever its time says."""
        self._packets += 1
        self._bytes += len(packet.payload)
        self._newest = packet
        if packet.is_keyframe or self._due_at is None or packet.captured_at >= self._due_at:
            self.tell()

    def tell(self) -> None:
        """Tell what is not told yet. Also when the stream ends."""
        if self._newest is None:
            return
        self._metrics.packets.inc(self._packets)
        self._metrics.received_bytes.inc(self._bytes)
        self._metrics.last_packet.set(self._newest.captured_at.timestamp())
        self._metrics.lag.set(round(self._lag_s(), 2))
        self._due_at = self._newest.captured_at + TELL_EVERY
        self._packets = self._bytes = 0
        self._newest = None
