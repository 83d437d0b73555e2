"""A detector that does not keep up: nobody is accused, and somebody is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.street import street_clip
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

pytestmark = pytest.mark.timeout(600)
PATIENT_S = 120.0
LOOP_S = 60  # of four looks, one every eight seconds, none sees the same picture again: it would be a frozen camera
GATES = ("east", "west", "south")
NETWORK = "detector: {model: built-in}\nwatching: {test_alert: null}\ncameras:\n"
GATE = """
  - id: {name}
    name: 卡口
    ring: inner
    stream: {{sub: "file:street.mp4"}}
    zones: {{post: {{polygon: [[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]}}}}  # in the sky: nobody stands there
    posts: [{{zone: post, absent_after: 20s}}]
    rules: [{{rule: camera.late, after: 3s}}]
"""


def test_cameras_that_are_looked_at_too_seldom_are_late_until_they_are_not(tmp_path: Path) -> None:
    """Their posts' timers stand still, readiness is red and says why; afterwards the empty posts are told."""
    street_clip(tmp_path / "street.mp4", LOOP_S)
    config, slow = tmp_path / "network.yaml", tmp_path / "slow"
    config.write_text(NETWORK + "".join(GATE.format(name=name) for name in GATES), "utf-8")
    slow.touch()

    with running_node(config, tmp_path / "data", "--workers", "1", main="tests.ringwatch.slow_node_main") as node:
        late, live = dict.fromkeys(GATES, "late"), dict.fromkeys(GATES, "live")
        eventually(lambda: node.states() == late, "late cameras", timeout_s=PATIENT_S)
        told = "worker-0: 3 of 3 cameras are looked at too seldom, every"
        eventually(lambda: told in node.get("/readyz")[1], "red readiness", timeout_s=PATIENT_S)
        eventually(lambda: raised(node) >= of_all("camera.late"), "alerts", timeout_s=PATIENT_S)
        assert not raised(node) & of_all("post.absent")
        slow.unlink()

        eventually(lambda: node.states() == live, "cameras that are well", timeout_s=PATIENT_S)
        eventually(lambda: node.get("/readyz")[0] == 200, "readiness", timeout_s=PATIENT_S)
        eventually(lambda: raised(node) >= of_all("post.absent"), "the empty posts are told", timeout_s=PATIENT_S)
        log = node.log

    assert "Traceback" not in log


def of_all(rule: str) -> set[tuple[str, str]]:
    """An alert of `rule` at each camera."""
    return {(name, rule) for name in GATES}


def raised(node: RunningNode) -> set[tuple[str, str]]:
    """Camera and rule of every alert on record."""
    status, body = node.get("/api/alerts?limit=100")
    return {(row["camera"], row["rule"]) for row in json.loads(body)["alerts"]} if status == 200 else set()
