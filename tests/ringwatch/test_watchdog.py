"""A thread that never comes back, or a detector that is lost, costs its worker, and nobody else what matters."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.street import street_clip
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

CONFIG = """
cameras:
  - {id: hangs, name: 卡住, ring: inner, stream: {sub: "file:street.mp4", open_timeout: 1s, read_timeout: 1s}}
  - id: well
    name: 正常
    ring: inner
    stream: {sub: "file:street.mp4"}
    zones: {post: {polygon: [[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]}}  # in the sky: nobody stands there
    posts: [{zone: post, absent_after: 25s}]
"""
STAYS = {
    'ringwatch_camera_state{camera="hangs",state="offline"} 1.0',
    'ringwatch_camera_state{camera="hangs",state="live"} 0.0',
    'ringwatch_camera_state{camera="well",state="live"} 1.0',
    'ringwatch_ingest_live{camera="hangs",stream="analysis"} 0.0',
}
GUARDED = """
detector: {model: built-in}
watching: {test_alert: null}
cameras:
  - id: gate
    name: 东门
    ring: inner
    stream: {sub: "file:street.mp4"}
    zones: {post: {polygon: [[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]}}
    posts: [{zone: post, absent_after: 25s}]
"""


def test_the_worker_is_replaced_and_its_rules_go_on(tmp_path: Path) -> None:
    """The other camera is back at once, its post's empty time goes on counting, and the hung one is left alone."""
    street_clip(tmp_path / "street.mp4")
    config = tmp_path / "network.yaml"
    config.write_text(CONFIG, "utf-8")

    with running_node(config, tmp_path / "data", "--workers", "1", main="tests.ringwatch.hanging_node_main") as node:
        node.wait_live("well", "hangs")
        first = node.worker().pid
        eventually(lambda: node.report("worker-0").get("pid") not in {None, first}, "a new worker", timeout_s=60)
        node.wait_live("well")
        eventually(lambda: node.states().get("hangs") == "offline", "the hung camera is left alone")
        eventually(lambda: set(node.get("/metrics")[1].splitlines()) >= STAYS, "metrics that say so")
        (alert,) = eventually(lambda: _absences(node), "the alert", timeout_s=60)
        log = node.log

    assert "camera threads hang" in log
    assert alert["camera"] == "well"
    assert _began_before(alert["started_at"], log)


def test_a_detector_that_is_lost_is_told_and_replaced_with_its_worker(tmp_path: Path) -> None:
    """Readiness names it, no frame counts as the newest meanwhile, and the worker that follows sees again."""
    street_clip(tmp_path / "street.mp4")
    config = tmp_path / "network.yaml"
    config.write_text(GUARDED, "utf-8")

    with running_node(config, tmp_path / "data", "--workers", "1", main="tests.ringwatch.failing_node_main") as node:
        node.wait_live("gate")
        eventually(lambda: node.get("/readyz")[0] == 200, "readiness", timeout_s=60)
        first = node.worker().pid
        (tmp_path / "broken").touch()

        told = "worker-0: the detector has failed on every frame for"
        eventually(lambda: told in node.get("/readyz")[1], "red readiness", timeout_s=30)
        eventually(lambda: _age_s(node, "gate") > 8, "a newest frame that grows old", timeout_s=30)
        eventually(lambda: node.report("worker-0").get("pid") not in {None, first}, "a new worker", timeout_s=60)
        node.wait_live("gate")
        eventually(lambda: node.get("/readyz")[0] == 200, "readiness again", timeout_s=60)
        eventually(lambda: _age_s(node, "gate") < 3, "frames that are analysed", timeout_s=30)
        log = node.log

    assert "the detector fails on every frame: the worker is replaced" in log
    assert log.count("the detector failed on a frame") == 1


def _age_s(node: RunningNode, camera: str) -> float:
    """How old the newest analysed frame of `camera` is, as its worker last said; no number while there is none."""
    ages = {row["id"]: row["last_frame_age_s"] for row in node.report("worker-0").get("cameras", ())}
    age = ages.get(camera)
    return float("nan") if age is None else float(age)


def _absences(node: RunningNode) -> list[dict[str, str]]:
    alerts = json.loads(node.get("/api/alerts")[1])["alerts"]
    return [alert for alert in alerts if alert["rule"] == "post.absent"]


def _began_before(started_at: str, log: str) -> bool:
    """Whether the post was empty since before the worker was replaced."""
    replaced = next(line for line in log.splitlines() if "camera threads hang" in line)
    return started_at[:19] < _stamp(replaced)


def _stamp(line: str) -> str:
    return str(json.loads(line)["timestamp"])[:19] if line.startswith("{") else line[:19].replace(" ", "T")
