"""A whole node on a disk of its own that fills up: the real thing, where the machine lets a test mount one."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

from ringwatch.disk_room import shortage
from tests.full_disk import fill, small_disk
from tests.gst_server import free_port
from tests.redis_server import RedisProcess, running_redis
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

SOON_S, LATER_S = 2, 30


def network(redis: RedisProcess) -> str:
    """Two cameras that nobody can reach; each is told offline after a time of its own."""
    rows = "".join(
        f"""
  - {{id: {name}, name: 卡口, ring: inner, stream: {{sub: "rtsp://127.0.0.1:{free_port()}/none"}},
     rules: [{{rule: camera.offline, after: {after}s}}]}}"""
        for name, after in (("soon", SOON_S), ("later", LATER_S))
    )
    return (
        "detector: {model: built-in}\nwatching: {test_alert: null}\n"
        f'queue: {{url: "{redis.url}"}}\ncameras:{rows}\n'
    )


def recorded(node: RunningNode) -> list[str]:
    status, body = node.get("/api/alerts")
    return sorted(alert["camera"] for alert in json.loads(body)["alerts"]) if status == 200 else []


def test_a_disk_with_little_room_is_told_before_an_alert_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By how much is left, or why nobody knows."""
    assert shortage(tmp_path) == ""
    with monkeypatch.context() as wanting:
        wanting.setattr("ringwatch.disk_room.LEAST_MIB", 1 << 40)
        assert shortage(tmp_path).startswith(f"the disk under {tmp_path.name} is full: ")
    assert shortage(tmp_path / "gone").endswith("cannot be looked at: No such file or directory")


@pytest.mark.timeout(300)
def test_a_full_disk_stops_no_rule_and_loses_no_alert(tmp_path: Path) -> None:
    """Readiness is red while it is full; the worker lives, goes on, and writes what it found when there is room."""
    with small_disk(tmp_path / "data", "64m") as data, running_redis() as redis:
        (tmp_path / "network.yaml").write_text(network(redis), "utf-8")
        with running_node(tmp_path / "network.yaml", data, "--workers", "1") as node:
            eventually(lambda: recorded(node) == ["soon"], "the first alert", timeout_s=90)
            worker = node.worker()
            filler = fill(data)

            eventually(lambda: node.get("/readyz")[0] == 503, "readiness is red", timeout_s=20)
            eventually(lambda: "alerts wait in memory" in node.log, "the second alert is raised", timeout_s=90)
            assert worker.status() != psutil.STATUS_ZOMBIE
            assert recorded(node) == ["soon"]

            filler.unlink()
            eventually(lambda: recorded(node) == ["later", "soon"], "the second alert", timeout_s=60)
            eventually(lambda: node.get("/readyz")[0] == 200, "readiness is green", timeout_s=60)
            assert node.worker().pid == worker.pid
