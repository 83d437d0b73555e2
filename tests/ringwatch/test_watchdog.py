"""A thread that never comes back, or a detector that is lost, costs its worker, and nobody else what matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pytest

from tests.faults.street import street_clip
from tests.ingest.servers import tcp_server
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

pytestmark = pytest.mark.timeout(400)
PATIENT_S = 90.0  # less than `hanging_node_main` waits for threads where a worker is not replaced
CONFIG = """
cameras:
  - {{id: hangs, name: 卡住, ring: inner, stream: {{sub: "file:hangs.mp4", open_timeout: 1s, read_timeout: 1s}}}}
  - {{id: silent, name: 不答, ring: inner, stream: {{sub: "rtsp://127.0.0.1:{silent}/sub", open_timeout: 5m}}}}
  - id: well
    name: 正常
    ring: inner
    stream: {{sub: "file:street.mp4"}}
    zones: {{post: {{polygon: [[0, 0], [0.2, 0], [0.2, 0.2], [0, 0.2]]}}}}  # in the sky: nobody stands there
    posts: [{{zone: post, absent_after: 25s}}]
"""
RECORDED_APART = """
watching: {test_alert: null}
cameras:
  - id: gate
    name: 东门
    ring: inner
    stream: {main: "file:hangs.mp4", sub: "file:street.mp4", open_timeout: 1s, read_timeout: 1s}
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
    """The other camera is back at once, its post's empty time goes on counting, and the hung one is left alone.

    Nobody waits for a third one, whose thread is inside a call that takes minutes.
    """
    with tcp_server(answer=None) as silent, hanging_node(tmp_path, CONFIG.format(silent=silent)) as node:
        wait_for_another_worker(node)
        node.wait_live("well", timeout_s=PATIENT_S)
        eventually(lambda: node.states().get("hangs") == "offline", "the hung one is left alone", timeout_s=PATIENT_S)
        eventually(lambda: set(node.get("/metrics")[1].splitlines()) >= STAYS, "metrics that say so")
        (alert,) = eventually(lambda: _absences(node), "the alert", timeout_s=60)
        log = node.log

    assert "camera threads hang" in log
    assert alert["camera"] == "well"
    assert _began_before(alert["started_at"], log)


def test_a_camera_whose_recording_hangs_is_watched_all_the_same(tmp_path: Path) -> None:
    """Only the stream that hung is left alone, and the new worker has no hung thread."""
    with hanging_node(tmp_path, RECORDED_APART) as node:
        wait_for_another_worker(node)
        node.wait_live("gate", timeout_s=PATIENT_S)
        eventually(lambda: _age_s(node, "gate") < 5, "frames that are analysed", timeout_s=30)
        (told,) = [line for line in node.log.splitlines() if "camera threads hang" in line]

    assert "gate/recording" in told
    assert "gate/analysis" not in told


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


def wait_for_another_worker(node: RunningNode) -> None:
    """Until the first one has been replaced, for a thread that hangs soon after it began."""
    first = eventually(lambda: node.report("worker-0").get("pid"), "a worker", timeout_s=PATIENT_S)
    eventually(lambda: node.report("worker-0").get("pid") not in {None, first}, "a new worker", timeout_s=PATIENT_S)


@contextmanager
def hanging_node(folder: Path, config: str) -> Iterator[RunningNode]:
    """A node of one worker, in which whoever plays `hangs.mp4` hangs after a while."""
    copyfile(street_clip(folder / "street.mp4"), folder / "hangs.mp4")
    (folder / "network.yaml").write_text(config, "utf-8")
    main = "tests.ringwatch.hanging_node_main"
    with running_node(folder / "network.yaml", folder / "data", "--workers", "1", main=main) as node:
        yield node


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
