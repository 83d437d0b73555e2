"""Metrics of cameras that are no longer there call nobody."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from config.model import Camera, Network, Ring, Stream
from ingest.metrics import IngestMetrics
from ringwatch.present_cameras import PresentCameras


def series(*cameras: Camera) -> set[str]:
    """What is shown of two cameras' metrics to a network of `cameras`."""
    counted, shown = CollectorRegistry(), CollectorRegistry()
    ingest = IngestMetrics(counted)
    for name in ("gate", "yard"):
        for stream in ("analysis", "recording"):
            ingest.live.labels(name, stream).set(0)
    Gauge("ringwatch_detect_newest_frame_timestamp_seconds", "When", ["camera"], registry=counted).labels("yard").set(1)
    state = Gauge("ringwatch_camera_state", "1 for the state", ["camera", "state"], registry=counted)
    for name in ("gate", "yard"):
        state.labels(name, "live").set(1)
    Gauge("ringwatch_load_source_raises", "Times", ["camera"], registry=counted).labels("elsewhere").set(1)
    Gauge("ringwatch_load_alerts", "Alerts", registry=counted).set(1)
    shown.register(PresentCameras(counted, Network(cameras=cameras)))
    lines = generate_latest(shown).decode().splitlines()
    return {line.rpartition(" ")[0] for line in lines if not line.startswith("#")}


def camera(name: str, main: str | None = None) -> Camera:
    return Camera(id=name, name=name, ring=Ring.INNER, stream=Stream(sub="rtsp://192.0.2.1/sub", main=main))


OTHERS = {'ringwatch_load_source_raises{camera="elsewhere"}', "ringwatch_load_alerts"}


def test_a_camera_that_was_taken_away_is_not_shown() -> None:
    """What is not about this node's cameras stays."""
    assert series(camera("gate")) == OTHERS | {
        'ringwatch_camera_state{camera="gate",state="live"}',
        'ringwatch_ingest_live{camera="gate",stream="analysis"}',
    }


def test_a_stream_that_was_taken_away_is_not_shown() -> None:
    """Of a camera that is recorded from another stream both are."""
    assert series(camera("yard", main="rtsp://192.0.2.1/main")) == OTHERS | {
        'ringwatch_camera_state{camera="yard",state="live"}',
        'ringwatch_ingest_live{camera="yard",stream="analysis"}',
        'ringwatch_ingest_live{camera="yard",stream="recording"}',
        'ringwatch_detect_newest_frame_timestamp_seconds{camera="yard"}',
    }
