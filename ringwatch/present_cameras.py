"""Metrics without the cameras that a network no longer has.

A worker that has let go of a camera keeps its series until it ends: processes cannot take back what they share. A gauge
that stands at its last value would call somebody to a camera that was taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.registry import Collector

from ingest.metrics import ANALYSIS, RECORDING

if TYPE_CHECKING:
    from prometheus_client.samples import Sample

    from config.model import Network

OF_CAMERAS = ("ringwatch_camera_", "ringwatch_ingest_", "ringwatch_detect_", "ringwatch_watching_")


class PresentCameras(Collector):
    """What `registry` has, without series of other cameras than `network`'s, and of streams that they do not have."""

    def __init__(self, registry: CollectorRegistry, network: Network) -> None:
        self._registry = registry
        self._streams = {
            camera.id: {ANALYSIS} | ({RECORDING} if camera.stream.is_recorded_apart else set())
            for camera in network.cameras
        }

    def collect(self) -> Iterator[Metric]:
        """Every metric of which a series is left."""
        for metric in self._registry.collect():
            if metric.name.startswith(OF_CAMERAS):
                metric.samples = [sample for sample in metric.samples if self._is_present(sample)]
            if metric.samples:
                yield metric

    def _is_present(self, sample: Sample) -> bool:
        camera, stream = sample.labels.get("camera"), sample.labels.get("stream", ANALYSIS)
        return camera is None or stream in self._streams.get(camera, ())
