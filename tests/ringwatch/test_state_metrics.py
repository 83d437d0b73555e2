"""The state of each camera as Prometheus sees it: one of all there are is 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from config.model import Ring
from ingest.messages import CameraState
from ringwatch.board import CameraRow
from ringwatch.state_metrics import StateMetrics
from tests.ingest.test_metrics import READ

TELL = """
import sys
from prometheus_client import CollectorRegistry
from ringwatch.metric_files import name_metrics
from ringwatch.state_metrics import StateMetrics
from tests.ringwatch.test_state_metrics import row
name_metrics(sys.argv[1])
StateMetrics(CollectorRegistry()).tell([row("gate", sys.argv[2])])
"""


def row(camera: str, state: str) -> CameraRow:
    return CameraRow(id=camera, name=camera, ring=Ring.INNER, state=state)


def states(registry: CollectorRegistry) -> dict[str, list[str]]:
    """Each camera's states that are 1, of those that there are."""
    found: dict[str, list[str]] = {}
    for family in registry.collect():
        for sample in family.samples:
            found.setdefault(sample.labels["camera"], []).extend([sample.labels["state"]] * int(sample.value))
    return found


@pytest.mark.parametrize("state", CameraState)
def test_a_camera_is_in_one_state(state: CameraState) -> None:
    """Whatever it was in before; and every state has its series, for rules that ask for one that never was."""
    registry = CollectorRegistry()
    metrics = StateMetrics(registry)

    metrics.tell([row("gate", "connecting"), row("yard", "live")])
    metrics.tell([row("gate", state.value), row("yard", "live")])

    assert states(registry) == {"gate": [state.value], "yard": ["live"]}
    labels = [sample.labels["state"] for family in registry.collect() for sample in family.samples]
    assert sorted(labels) == sorted([state.value for state in CameraState] * 2)


def test_a_camera_that_another_worker_has_now_is_as_that_one_says(tmp_path: Path) -> None:
    """Though the first, which has let go of it, still runs and cannot take its figures back."""
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": ":".join(path for path in sys.path if path)}
    for worker, state in (("worker-0", "frozen"), ("worker-1", "live")):
        subprocess.run([sys.executable, "-c", TELL, worker, state], env=environ, check=True)

    text = subprocess.run([sys.executable, "-c", READ], env=environ, check=True, capture_output=True, text=True).stdout

    told = [line for line in text.splitlines() if line.endswith(" 1.0")]
    assert told == ['ringwatch_camera_state{camera="gate",state="live"} 1.0']
