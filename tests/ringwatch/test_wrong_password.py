"""A recorder whose password was changed: a node's streams of it are one who tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample_streams.faults import Fault
from sample_streams.mount import Mount
from tests.faults.street import street_clip
from tests.ringwatch.running_node import RunningNode, running_node
from tests.sample_streams.given import serving
from tests.services import eventually

pytestmark = pytest.mark.timeout(180)
CHANNELS = tuple(f"channel-{number}" for number in range(4))
NETWORK = "detector: {model: built-in}\nwatching: {test_alert: null}\ncameras:\n"
CAMERA = '  - {{id: {name}, name: 通道, ring: inner, stream: {{main: "{url}/{name}/main", sub: "{url}/{name}/sub"}}}}\n'


def test_a_workers_streams_try_a_wrong_password_once(tmp_path: Path) -> None:
    """In the first minute one of eight does; all are offline, and nothing that the node says has the password in it."""
    clip = street_clip(tmp_path / "street.mp4")
    wrong = Fault.model_validate({"camera": "channel", "at": "0s", "for": "1h", "fault": "wrong_password"})
    paths = [f"/{name}/{stream}" for name in CHANNELS for stream in ("main", "sub")]
    with serving(*(Mount(path=path, clip=clip, faults=(wrong,)) for path in paths)) as server:
        url = f"rtsp://east:hunter2@{server.address}"
        config = tmp_path / "network.yaml"
        config.write_text(NETWORK + "".join(CAMERA.format(name=name, url=url) for name in CHANNELS), "utf-8")
        with running_node(config, tmp_path / "data", "--workers", "1") as node:
            offline = dict.fromkeys(CHANNELS, "offline")
            eventually(lambda: node.states() == offline, "all offline", timeout_s=60)
            eventually(lambda: refusals(node) > 0, "a refusal in the metrics", timeout_s=30)

            said = node.get("/metrics")[1] + node.get("/api/cameras")[1] + node.log
            assert refusals(node) == 1

    assert "refused to another stream" in said
    assert "hunter2" not in said


def refusals(node: RunningNode) -> float:
    """How often somebody was refused, by the node's metrics."""
    lines = node.get("/metrics")[1].splitlines()
    told = [line for line in lines if line.startswith("ringwatch_ingest_failures_total{") and 'fault="refused"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in told)
