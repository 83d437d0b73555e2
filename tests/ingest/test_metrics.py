"""Metrics keep to their naming and survive the node's multiprocess mode."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from prometheus_client import CollectorRegistry

from ingest.errors import Fault
from ingest.metrics import IngestMetrics, PacketTally
from tests.ingest.given import packet

TWO_PROCESSES = """
import sys
from prometheus_client import CollectorRegistry
from ingest.metrics import IngestMetrics
metrics = IngestMetrics(CollectorRegistry()).of(sys.argv[1])
metrics.packets.inc(3)
metrics.live.set(1)
"""
LEFT_ALONE = """
from tests.ingest.given import Watched, camera
Watched(camera("rtsp://192.0.2.1/main")).supervisor.leave_alone("its thread hung")
"""
READ = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_names_and_labels_are_bounded() -> None:
    """`ringwatch_ingest_…`, labelled by camera, and by fault where that tells something."""
    registry = CollectorRegistry()
    IngestMetrics(registry).of("gate")
    for family in registry.collect():
        assert re.fullmatch(r"ringwatch_ingest_[a-z_]+", family.name)
        assert family.documentation
        for sample in family.samples:
            assert set(sample.labels) <= {"camera", "stream", "fault", "reason"}
            assert sample.labels.get("fault", Fault.ENDED.value) in {fault.value for fault in Fault}


def test_a_camera_is_there_before_it_ever_failed() -> None:
    """Alerting rules need the zero."""
    registry = CollectorRegistry()
    IngestMetrics(registry).of("gate")
    labels = {"camera": "gate", "stream": "analysis", "fault": "refused"}
    assert registry.get_sample_value("ringwatch_ingest_failures_total", labels) == 0.0


def test_two_workers_add_up(tmp_path: Path) -> None:
    """Each process writes its part; the console reads the sum."""
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": ":".join(path for path in sys.path if path)}
    for camera in ("gate", "bridge"):
        subprocess.run([sys.executable, "-c", TWO_PROCESSES, camera], env=environ, check=True)
    text = subprocess.run([sys.executable, "-c", READ], env=environ, check=True, capture_output=True, text=True).stdout
    assert 'ringwatch_ingest_packets_total{camera="gate",stream="analysis"} 3.0' in text
    assert 'ringwatch_ingest_packets_total{camera="bridge",stream="analysis"} 3.0' in text


def test_a_camera_that_is_left_alone_is_not_live(tmp_path: Path) -> None:
    """Its figures are there from the beginning: of what was never set, processes that share theirs show nothing."""
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": ":".join(path for path in sys.path if path)}

    subprocess.run([sys.executable, "-c", LEFT_ALONE], env=environ, check=True)

    text = subprocess.run([sys.executable, "-c", READ], env=environ, check=True, capture_output=True, text=True).stdout
    assert 'ringwatch_ingest_live{camera="gate",stream="analysis"} 0.0' in text
    assert 'ringwatch_ingest_lag_seconds{camera="gate",stream="analysis"} 0.0' in text


def test_packets_are_told_of_once_a_second_and_none_is_forgotten() -> None:
    """At the first, at keyframes, after a second, and when the stream ends."""
    registry = CollectorRegistry()
    tally = PacketTally(IngestMetrics(registry).of("gate"))

    def told() -> float | None:
        return registry.get_sample_value("ringwatch_ingest_packets_total", {"camera": "gate", "stream": "analysis"})

    counts = []
    for at_s, key in ((0.0, True), (0.1, False), (0.9, False), (1.0, False), (1.1, False), (1.2, True), (1.3, False)):
        tally.add(packet(at_s, key=key))
        counts.append(told())
    tally.tell()
    tally.tell()

    assert counts == [1, 1, 1, 4, 4, 6, 6]
    assert told() == 7
