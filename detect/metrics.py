"""What operations staff can see of detection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from detect.analysis import Begun
    from detect.messages import Event


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


class CameraCounts:
    """One camera's part of them; nothing is counted where there are none."""

    def __init__(self, camera: str, metrics: DetectMetrics | None) -> None:
        self._camera = camera
        self._metrics = metrics

    def failed(self) -> None:
        """The detector failed on a frame."""
        if self._metrics is not None:
            self._metrics.failures.labels(self._camera).inc()

    def frame(self, begun: Begun, *, unanswered: bool) -> None:
        """A frame was analysed; `unanswered` where the detector failed when it was last asked."""
        if self._metrics is None:
            return
        self._metrics.frames.labels(self._camera).inc()
        self._metrics.inferences.labels(self._camera).inc(int(begun.asks))
        self._metrics.held.labels(self._camera).inc(int(begun.held is not None))
        self._metrics.spared.labels(self._camera).inc(int(begun.spared))
        if not unanswered:  # else it grows old, as everybody can see
            self._metrics.newest_frame.labels(self._camera).set(begun.frame.captured_at.timestamp())
        for stage, spent_s in begun.cpu_s.items():
            self._metrics.cpu_seconds.labels(stage).inc(spent_s)

    def events(self, events: Iterable[Event]) -> None:
        """They have come of it."""
        if self._metrics is None:
            return
        for event in events:
            self._metrics.events.labels(event.rule, event.phase.value).inc()
