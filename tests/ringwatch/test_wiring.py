"""A camera's way inside a worker: what is dropped on it is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from config.model import Camera, Ring, Stream
from ingest.metrics import IngestMetrics
from ingest.slot import LatestFrames
from ringwatch.wiring import CameraWire
from storage.evidence import EvidenceStore
from storage.metrics import EvidenceMetrics
from tests.ingest.given import frame, packet

GATE = Camera(
    id="gate",
    name="东门",
    ring=Ring.INNER,
    stream=Stream(sub="rtsp://192.0.2.1/sub", main="rtsp://192.0.2.1/main"),
)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def wire(tmp_path: Path, registry: CollectorRegistry) -> CameraWire:
    """Of a camera of which another stream is recorded than analysed."""
    evidence = EvidenceStore(tmp_path, EvidenceMetrics(registry))
    return CameraWire.of(GATE, LatestFrames(), evidence, IngestMetrics(registry))


def test_a_frame_that_a_newer_one_replaces_is_counted(wire: CameraWire, registry: CollectorRegistry) -> None:
    """Of three that nobody takes two are gone."""
    for number in range(3):
        wire.frame(frame(number / 3))

    labels = {"camera": "gate", "stream": "analysis"}
    assert registry.get_sample_value("ringwatch_ingest_dropped_frames_total", labels) == 2


def test_what_each_ring_does_not_keep_is_counted_for_its_stream(wire: CameraWire, registry: CollectorRegistry) -> None:
    """The recorded stream's first packets, before its keyframe, are no loss of the analysed one."""
    assert wire.recording is not None
    for _ in range(2):
        wire.recording.packet(packet())
    wire.packet(packet())

    labels = {"camera": "gate", "reason": "keyframe"}
    counted = {
        stream: registry.get_sample_value("ringwatch_ingest_ring_dropped_packets_total", labels | {"stream": stream})
        for stream in ("analysis", "recording")
    }
    assert counted == {"analysis": 1, "recording": 2}
