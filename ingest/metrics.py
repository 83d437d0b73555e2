"""What operations staff can see of cameras, packets and frames."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from ingest.errors import Fault
from ingest.governor import Wake


class IngestMetrics:
    """The ingest room's metrics. A process makes one; each supervisor takes its camera's part of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(what: str, help_text: str, *labels: str) -> Counter:
            return Counter(f"ringwatch_ingest_{what}", help_text, ["camera", *labels], registry=registry)

        def gauge(what: str, help_text: str) -> Gauge:
            return Gauge(
                f"ringwatch_ingest_{what}", help_text, ["camera"], registry=registry, multiprocess_mode="livemostrecent"
            )

        self.live = gauge("live", "1 while packets come from the camera, else 0")
        self.last_packet = gauge("last_packet_timestamp_seconds", "When the camera's newest packet came, Unix time")
        self.packets = counter("packets", "Packets received")
        self.received_bytes = counter("received_bytes", "Bytes of packets received")
        self.failures = counter("failures", "Connections that could not be opened or broke", "fault")
        self.reconnects = counter("reconnects", "Times the camera came back after it had been live")
        self.frames = counter("frames", "Pictures decoded")
        self.skipped = counter("skipped_packets", "Packets of a quiet camera that were not decoded")
        self.wakes = counter("wakes", "Times a quiet camera was decoded continuously again", "reason")
        self.sampled = counter("sampled_frames", "Pictures chosen for analysis")
        self.frame_errors = counter("frame_errors", "Packets that could not be decoded")
        self.backward_frames = counter(
            "backward_frames", "Pictures dropped because their time was not after the one before"
        )

    def of(self, camera: str) -> CameraMetrics:
        """The part that belongs to `camera`."""
        return CameraMetrics(self, camera)


class CameraMetrics:
    """One camera's metrics, with the label looked up once: packets are counted hundreds of times a second."""

    def __init__(self, metrics: IngestMetrics, camera: str) -> None:
        self.live = metrics.live.labels(camera)
        self.last_packet = metrics.last_packet.labels(camera)
        self.packets = metrics.packets.labels(camera)
        self.received_bytes = metrics.received_bytes.labels(camera)
        self.failures = {fault: metrics.failures.labels(camera, fault.value) for fault in Fault}
        self.reconnects = metrics.reconnects.labels(camera)
        self.frames = metrics.frames.labels(camera)
        self.skipped = metrics.skipped.labels(camera)
        self.wakes = {wake: metrics.wakes.labels(camera, wake.value) for wake in Wake}
        self.sampled = metrics.sampled.labels(camera)
        self.frame_errors = metrics.frame_errors.labels(camera)
        self.backward_frames = metrics.backward_frames.labels(camera)
