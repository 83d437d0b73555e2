"""Vehicles of a running node come, go and change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.street import street_clip
from tests.gst_server import free_port
from tests.ingest.clips import ClipSpec, make_clip
from tests.ingest.whip.given import token
from tests.ringwatch.running_node import running_node
from tests.ringwatch.test_reload import PATIENT_S, Site
from tests.ringwatch.test_vehicles import Fleet, called
from tests.services import eventually

pytestmark = pytest.mark.timeout(300)
BASE = """
secrets: secrets.yaml
whip: {{port: {port}, addresses: [127.0.0.1]}}
watching: {{test_alert: null}}
cameras:
"""
GATE = '  - {id: gate, name: 东门, ring: inner, stream: {sub: "file:street.mp4", decode: always}}\n'
CALLS = '  - {{id: {name}, name: {words}, ring: vehicle, mobile: true, stream: {{sub: "whip:{{{name}}}"}}}}\n'


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def site(tmp_path: Path, port: int) -> Iterator[Site]:
    """A node of two workers and one camera, which does not call."""
    street_clip(tmp_path / "street.mp4")
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("".join(f'{name}: "{token(name)}"\n' for name in ("car", "bus")), "utf-8")
    secrets.chmod(0o600)
    config = tmp_path / "network.yaml"
    config.write_text(BASE.format(port=port) + GATE, "utf-8")
    with running_node(config, tmp_path / "data", "--workers", "2") as node:
        node.wait_live("gate", timeout_s=PATIENT_S)
        yield Site(node=node, config=config)


def vehicle(name: str, words: str = "巡逻车") -> str:
    return CALLS.format(name=name, words=words)


def test_vehicles_come_go_and_change_and_nobody_elses_call_ends(site: Site, port: int, tmp_path: Path) -> None:
    """The first has the node listen; a second is added, the first renamed, then taken away."""
    base, drive = BASE.format(port=port), make_clip(tmp_path / "drive.mp4", ClipSpec(seconds=4, size=(320, 192)))
    site.write(GATE, vehicle("car"), base=base)
    assert site.wait_taken_in(1)["added"] == ["car"]
    fleet = Fleet(node=site.node, port=port, drive=drive)
    with closing(called(fleet, "car", "h264")) as car:
        site.node.wait_live("car", timeout_s=PATIENT_S)

        site.write(GATE, vehicle("car", "巡逻车1号"), vehicle("bus"), base=base)
        assert site.wait_taken_in(2)["changed"] == ["car"]
        with closing(called(fleet, "bus", "h264")) as bus:
            site.node.wait_live("car", "bus", timeout_s=PATIENT_S)
            site.wait_frames("car", 2.0)
            assert car.state == "connected"

            site.write(GATE, vehicle("bus"), base=base)
            assert site.wait_taken_in(3)["removed"] == ["car"]
            eventually(lambda: car.state == "closed", "the one that was taken away is hung up", timeout_s=PATIENT_S)
            site.wait_frames("bus", 2.0)
            assert bus.state == "connected"
    assert site.went_live("gate") == 1
    assert site.node.stop() == 0
    assert "Traceback" not in site.node.log
    assert token("car") not in site.node.log
