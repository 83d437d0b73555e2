"""A worker's vehicles change as it runs: who listens for them, and who asks where they are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from config.model import Camera, PositionSource, Whip
from ingest.clock import utc_now
from ingest.vehicle_metrics import VehicleMetrics
from ringwatch.vehicles import Vehicles
from tests.gst_server import free_port
from tests.ingest.whip.given import vehicle_camera
from tests.services import eventually


@contextmanager
def vehicles(*cameras: Camera, port: int | None = None) -> Iterator[Vehicles]:
    """Of a worker that has `cameras` at first."""
    settings = Whip(port=port or free_port())
    running = Vehicles(cameras, settings, VehicleMetrics(CollectorRegistry()), utc_now)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def asked() -> set[str]:
    """The threads that ask for positions."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("position-")}


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
        assert not running.has_failed


def test_a_port_that_is_taken_costs_no_other_camera() -> None:
    """It is told, and tried again with the next vehicle, for all of them."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with vehicles(port=port) as running:
            with capture_logs() as logs:
                running.put("car", vehicle_camera("car"))
            assert [(line["event"], line["cameras"]) for line in logs] == [("vehicles cannot call", ["car"])]
            assert running.feeds == {}
            assert not running.has_failed
            taken.close()

            running.put("bus", vehicle_camera("bus"))

            assert sorted(running.feeds) == ["bus", "car"]


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
