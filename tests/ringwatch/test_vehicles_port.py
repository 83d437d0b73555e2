"""A node whose vehicles cannot call: the port is another's."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.street import street_clip
from tests.ingest.whip.given import token
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually

pytestmark = pytest.mark.timeout(300)
PATIENT_S = 90.0
NETWORK = """
secrets: secrets.yaml
whip: {{port: {port}, addresses: [127.0.0.1]}}
watching: {{test_alert: null}}
cameras:
  - {{id: gate, name: 东门, ring: inner, stream: {{sub: "file:street.mp4"}}}}
  - {{id: car, name: 巡逻车, ring: vehicle, mobile: true, stream: {{sub: "whip:{{car}}"}}}}
"""


def test_its_fixed_cameras_are_watched_and_readiness_says_why_it_is_red(tmp_path: Path) -> None:
    """The worker lives on, and vehicles may call soon after the port is free."""
    street_clip(tmp_path / "street.mp4")
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text(f'car: "{token("car")}"\n', "utf-8")
    secrets.chmod(0o600)
    config = tmp_path / "network.yaml"
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config.write_text(NETWORK.format(port=port), "utf-8")
        with running_node(config, tmp_path / "data", "--workers", "1") as node:
            node.wait_live("gate", timeout_s=PATIENT_S)
            first = node.worker().pid
            told = f"worker-0: vehicles cannot call on 127.0.0.1:{port}: Address already in use"
            eventually(lambda: told in problems(node), "red readiness", timeout_s=PATIENT_S)
            eventually(lambda: node.states().get("car") == "offline", "the vehicle is away", timeout_s=PATIENT_S)
            taken.close()

            eventually(lambda: node.get("/readyz")[0] == 200, "readiness", timeout_s=PATIENT_S)

            socket.create_connection(("127.0.0.1", port), timeout=5.0).close()
            assert node.worker().pid == first
            assert node.states()["gate"] == "live"


def problems(node: RunningNode) -> str:
    """What readiness says is wrong."""
    status, body = node.get("/readyz")
    return " ".join(json.loads(body)["problems"]) if status else ""
