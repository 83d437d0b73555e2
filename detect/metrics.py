"""What operations staff can see of detection."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class DetectMetrics:
    """The detect room's metrics. A worker makes one for all its cameras."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.frames = Counter("ringwatch_detect_frames", "Frames analysed", ["camera"], registry=registry)
        self.inferences = Counter(
            "ringwatch_detect_inferences", "Frames the detector looked at", ["camera"], registry=registry
        )
        self.held = Counter(
            "ringwatch_detect_held",
            "Looks at a picture unchanged since the detector's last, whose answer held",
            ["camera"],
            registry=registry,
        )
        self.spared = Counter(
            "ringwatch_detect_spared",
            "Frames worth a look that got none, as others waited and the camera had just been looked at",
            ["camera"],
            registry=registry,
        )
        self.failures = Counter(
            "ringwatch_detect_failures", "Frames the detector failed on", ["camera"], registry=registry
        )
        self.cpu_seconds = Counter(
            "ringwatch_detect_cpu_seconds", "CPU time spent, by stage", ["stage"], registry=registry
        )
        self.events = Counter(
            "ringwatch_detect_events", "Events by rule and phase", ["rule", "phase"], registry=registry
        )
        self.newest_frame = Gauge(
            "ringwatch_detect_newest_frame_timestamp_seconds",
            "When the newest analysed frame was captured",
            ["camera"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
