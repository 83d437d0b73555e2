"""A worker's vehicles change as it runs: who listens for them, and who asks where they are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from config.model import Camera, PositionSource, Whip
from ingest.clock import utc_now
from ingest.vehicle_metrics import VehicleMetrics
from ingest.whip.server import WhipServer
from ringwatch.vehicles import Vehicles
from tests.gst_server import free_port
from tests.ingest.whip.given import vehicle_camera
from tests.services import eventually


@contextmanager
def vehicles(*cameras: Camera, port: int | None = None, settings: Whip | None = None) -> Iterator[Vehicles]:
    """Of a worker that has `cameras` at first."""
    whip = settings or Whip(port=port or free_port())
    running = Vehicles(cameras, whip, VehicleMetrics(CollectorRegistry()), utc_now)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def asked() -> set[str]:
    """The threads that ask for positions."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("position-")}


def _answers(port: int) -> bool:
    """Whether somebody speaks HTTP there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5.0) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            return line.recv(8) == b"HTTP/1.1"
    except OSError:
        return False


def placed(name: str = "bus") -> Camera:
    """A camera that is asked where it is, by somebody who does not answer."""
    url = f"http://127.0.0.1:{free_port()}/"
    return vehicle_camera(name).model_copy(update={"position": PositionSource(url=url)})


def test_the_first_vehicle_has_somebody_listen() -> None:
    """Until then nobody does."""
    port = free_port()
    with vehicles(port=port) as running:
        assert running.feeds == {}

        running.put("car", vehicle_camera("car"))

        assert list(running.feeds) == ["car"]
        socket.create_connection(("127.0.0.1", port), timeout=5.0).close()
        assert running.problem == ""


def test_a_port_that_is_taken_costs_no_other_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once, and tried again until the port is free; who came since may call as well."""
    monkeypatch.setattr("ringwatch.vehicles.AGAIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with capture_logs() as logs, vehicles(vehicle_camera("car"), port=port) as running:
            assert running.problem.startswith(f"vehicles cannot call on 127.0.0.1:{port}: Address already in use")
            running.put("bus", vehicle_camera("bus"))
            assert running.feeds == {}
            taken.close()

            eventually(lambda: sorted(running.feeds) == ["bus", "car"], "vehicles may call")

            socket.create_connection(("127.0.0.1", port), timeout=5.0).close()
            assert running.problem == ""
    told = [line["cameras"] for line in logs if line["event"] == "vehicles cannot call"]
    assert told == [["car"]]


def test_a_certificate_that_cannot_be_read_costs_no_other_camera(tmp_path: Path) -> None:
    """It is told for as long as a vehicle is there that would call."""
    nothing = str(tmp_path / "none.pem")
    with vehicles(vehicle_camera("car"), settings=Whip(port=free_port(), certificate=nothing, key=nothing)) as running:
        assert running.problem == "whip.certificate and whip.key cannot be used: No such file or directory"

        running.put("car", None)

        assert running.problem == ""


def test_an_endpoint_that_fails_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the same port, and the cameras that do not call never know."""
    monkeypatch.setattr("ringwatch.vehicles.AGAIN_S", 0.1)
    fails, serve = threading.Event(), WhipServer._serve

    async def failing(server: WhipServer) -> None:
        if not fails.is_set():
            fails.set()
            raise RuntimeError("the loop is broken")
        await serve(server)

    monkeypatch.setattr(WhipServer, "_serve", failing)
    port = free_port()
    with vehicles(vehicle_camera("car"), port=port) as running:
        assert fails.wait(10.0)

        eventually(lambda: _answers(port) and running.problem == "", "an endpoint that answers", timeout_s=30.0)

        assert list(running.feeds) == ["car"]


def test_a_vehicle_that_is_gone_has_no_feed_and_others_keep_theirs() -> None:
    """The same feed, with all that is in it; so does one whose token is the same."""
    with vehicles(vehicle_camera("car"), vehicle_camera("bus")) as running:
        bus = running.feeds["bus"]

        running.put("car", None)
        running.put("bus", vehicle_camera("bus").model_copy(update={"name": "巡逻车2号"}))

        assert list(running.feeds) == ["bus"]
        assert running.feeds["bus"] is bus


def test_who_asks_for_a_position_changes_with_the_camera() -> None:
    """A thread ends and another begins, and nobody waits for an answer that does not come."""
    with vehicles(placed()) as running:
        assert asked() == {"position-bus"}

        running.put("bus", None)
        running.put("van", placed("van"))

        eventually(lambda: asked() == {"position-van"}, "another is asked")
    eventually(lambda: asked() == set(), "nobody is")
