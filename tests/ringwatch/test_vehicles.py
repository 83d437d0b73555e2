"""Vehicles that call a whole node: their alerts, with where they were, and clips that play."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlretrieve

import pytest
from prometheus_client import CollectorRegistry

from config.model import Whip
from ingest.vehicle_metrics import VehicleMetrics
from ringwatch.vehicles import STOP_ASKING_S, Vehicles
from sample_streams.errors import CallError
from tests.detect.given import camera
from tests.gst_server import free_port
from tests.ingest.clips import ClipSpec, make_clip
from tests.ingest.whip.given import Caller, calling, token
from tests.ringwatch.running_node import RunningNode, running_node
from tests.services import eventually
from tests.storage.footage import play

pytestmark = pytest.mark.timeout(600)
START_S, LONG_S = 240.0, 120.0  # a node of two workers on two cores that others use as well
NETWORK = """
secrets: secrets.yaml
whip: {{port: {port}, addresses: [127.0.0.1]}}
watching: {{test_alert: null}}
cameras:
  - id: car
    name: 巡逻车1号
    ring: vehicle
    mobile: true
    stream: {{sub: "whip:{{car}}", open_timeout: 5s, read_timeout: 5s}}
    rules: [{{rule: camera.offline, after: 3s}}]
  - id: bus
    name: 巡逻车2号
    ring: vehicle
    mobile: true
    stream: {{sub: "whip:{{bus}}", open_timeout: 5s, read_timeout: 5s}}
    rules: [{{rule: camera.offline, after: 3s}}]
"""


@dataclass(kw_only=True)
class Fleet:
    """A node, and the vehicles that may call it."""

    node: RunningNode
    port: int
    drive: Path

    def url(self, vehicle: str) -> str:
        return f"http://127.0.0.1:{self.port}/whip/{vehicle}"

    def alerts(self, vehicle: str) -> list[dict[str, Any]]:
        """Its alerts on record, the newest first."""
        status, body = self.node.get("/api/alerts?limit=100")
        return [row for row in json.loads(body)["alerts"] if row["camera"] == vehicle] if status == 200 else []


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    secrets = folder / "secrets.yaml"
    secrets.write_text("".join(f'{name}: "{token(name)}"\n' for name in ("car", "bus")))
    secrets.chmod(0o600)
    port = free_port()
    config = folder / "network.yaml"
    config.write_text(NETWORK.format(port=port), "utf-8")
    drive = make_clip(folder / "drive.mp4", ClipSpec(seconds=4, size=(320, 192)))
    with running_node(config, folder / "data", "--workers", "2") as node:
        eventually(lambda: listens(port), "vehicles may call", timeout_s=START_S)
        yield Fleet(node=node, port=port, drive=drive)


@pytest.mark.parametrize(("vehicle", "codec"), [("car", "vp8"), ("bus", "h264")])
def test_a_vehicle_that_is_lost_is_an_alert_with_its_last_place_and_its_last_seconds(
    fleet: Fleet, vehicle: str, codec: str, tmp_path: Path
) -> None:
    """It calls, drives, says where it is, and is gone: the desk has it all."""
    before = {(row["id"], row["repeats"]) for row in fleet.alerts(vehicle)}  # a repeat folds into its open alert
    caller = called(fleet, vehicle, codec)
    try:
        fleet.node.wait_live(vehicle, timeout_s=LONG_S)
        eventually(lambda: caller.send('{"lat": 30.66, "lon": 104.06, "speed": 12.5}'), "an open channel")
        eventually(lambda: frames(fleet.node, vehicle) >= 8, "some seconds of pictures", timeout_s=LONG_S)
        caller.hang_up()
    finally:
        caller.close()

    def lost() -> list[dict[str, Any]]:
        return [row for row in fleet.alerts(vehicle) if (row["id"], row["repeats"]) not in before and row["position"]]

    alert = eventually(lost, "an alert with a place", timeout_s=LONG_S)[0]

    assert alert["rule"] == "camera.offline"
    assert alert["detail"]["reason"] == "the vehicle has ended its call"
    place = alert["position"]
    assert (place["lat"], place["lon"], place["speed_m_s"]) == (30.66, 104.06, 12.5)
    clip = eventually(lambda: clip_of(fleet, alert["id"]), "its clip", timeout_s=LONG_S)
    assert clip is not None
    assert clip["codec"] == codec
    shown = play(Path(urlretrieve(fleet.node.url + clip["url"], tmp_path / clip["url"].rpartition("/")[2])[0]))  # noqa: S310
    assert shown.size == (320, 192)
    assert len(shown.greys) >= 15


def test_when_the_worker_dies_vehicles_may_call_the_next_one(fleet: Fleet) -> None:
    """kill -9 of the process that they had called: the endpoint is back, and the same camera with it."""
    before = fleet.node.worker()
    before.kill()
    eventually(lambda: fleet.node.report("worker-0").get("pid") != before.pid, "a new worker", timeout_s=LONG_S)

    caller = called(fleet, "car", "h264")
    try:
        fleet.node.wait_live("car", timeout_s=LONG_S)
        assert fleet.node.get("/readyz")[0] == 200
    finally:
        caller.close()


def test_nothing_the_node_says_holds_a_token(fleet: Fleet) -> None:
    """Neither its log, nor its pages, nor its metrics."""
    with calling(fleet.url("car"), fleet.drive, bearer="wrong-0123456789-0123456789") as caller:
        assert caller.reply.status == 401

    said = fleet.node.log + "".join(fleet.node.get(path)[1] for path in ("/metrics", "/api/cameras", "/api/alerts"))

    assert token("car") not in said
    assert token("bus") not in said
    assert "a call with a wrong token" in said
    assert "wrong-0123456789" not in said


def test_it_stops_in_order_with_a_vehicle_on_the_line(fleet: Fleet) -> None:
    caller = called(fleet, "bus", "h264")
    try:
        fleet.node.wait_live("bus", timeout_s=LONG_S)
        assert fleet.node.stop() == 0
        eventually(lambda: caller.state == "closed", "the vehicle is told", timeout_s=LONG_S)
    finally:
        caller.close()
    assert '"killed": []' in fleet.node.log


def test_endpoints_that_do_not_answer_hold_up_no_stop() -> None:
    """They take the connection and say nothing: all are told to end before any is waited for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        position = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "every": "1s"}
        cars = [camera(id=f"car-{number}", position=position) for number in range(3)]
        vehicles = Vehicles(cars, Whip(), VehicleMetrics(CollectorRegistry()), lambda: datetime.now(UTC))
        vehicles.start()
        asking = [thread for thread in threading.enumerate() if thread.name.startswith("position-car-")]
        connections = [silent.accept()[0] for _ in cars]

        began_s = time.monotonic()
        vehicles.stop()
        took_s = time.monotonic() - began_s

        for connection in connections:
            connection.close()
        eventually(lambda: not any(thread.is_alive() for thread in asking), "nobody is asked again")
    assert took_s < 1.5 * STOP_ASKING_S


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def called(fleet: Fleet, vehicle: str, codec: str) -> Caller:
    """A vehicle whose call the node has taken, however often it had to call."""
    callers: list[Caller] = []

    def taken() -> bool:
        caller = Caller(fleet.url(vehicle), fleet.drive, codec=codec)
        try:
            if caller.call().status == 201:
                callers.append(caller)
                return True
        except CallError:
            pass
        caller.close()
        return False

    eventually(lambda: listens(fleet.port), "the endpoint", timeout_s=LONG_S)
    eventually(taken, "a call that is taken", timeout_s=LONG_S)
    return callers[0]


def clip_of(fleet: Fleet, alert: str) -> dict[str, Any] | None:
    clip = json.loads(fleet.node.get(f"/api/alerts/{alert}")[1])["clip"]
    return clip if clip["url"] else None


def frames(node: RunningNode, camera: str) -> float:
    """How many frames of `camera` were analysed."""
    for line in node.get("/metrics")[1].splitlines():
        if line.startswith(f'ringwatch_detect_frames_total{{camera="{camera}"}}'):
            return float(line.rpartition(" ")[2])
    return 0.0
