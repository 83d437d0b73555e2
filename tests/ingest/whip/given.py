"""A real endpoint on a free port, and vehicles that call it over loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from config.model import Camera, Ring, Stream, Whip
from ingest.clock import utc_now
from ingest.positions import Positions
from ingest.vehicle_metrics import VehicleMetrics
from ingest.whip.hooks import bind_to
from ingest.whip.server import WhipServer
from sample_streams.vehicle import Reply, Vehicle, request
from tests.gst_server import free_port
from tests.ingest.given import Watched

LOOPBACK = "127.0.0.1"
CALL_S = 30.0
T = TypeVar("T")


def token(name: str) -> str:
    """A made-up token."""
    return f"{name}-0123456789-0123456789"


def vehicle_camera(name: str = "car", *, timeout_s: float = 5.0) -> Camera:
    """A camera that calls."""
    timeout = timedelta(seconds=timeout_s)
    stream = Stream(sub=f"whip:{token(name)}", open_timeout=timeout, read_timeout=timeout)
    return Camera(id=name, name="巡逻车", ring=Ring.VEHICLE, mobile=True, stream=stream)


@dataclass(kw_only=True)
class Endpoint:
    """What vehicles call."""

    server: WhipServer
    registry: CollectorRegistry
    positions: Positions
    scheme: str = "http"

    def url(self, camera: str = "car") -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.server.port}/whip/{camera}"

    def value(self, metric: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"ringwatch_ingest_{metric}", labels) or 0.0

    def ask(
        self,
        method: str,
        path: str = "car",
        *,
        bearer: str | None = None,
        body: str = "",
        kind: str = "",
        **headers: str,
    ) -> Reply:
        """One request, with the token of `car` unless another is given."""
        return request(
            method, self.url(path), token("car") if bearer is None else bearer, body, kind, trusted=None, **headers
        )


@contextmanager
def endpoint(*cameras: Camera, **settings: Any) -> Iterator[Endpoint]:
    """An endpoint for `cameras` on loopback alone; its thread has ended when the block does."""
    registry = CollectorRegistry()
    metrics = VehicleMetrics(registry)
    cameras = cameras or (vehicle_camera(),)
    positions = Positions({one.id: one.position.max_age for one in cameras}, clock=utc_now, metrics=metrics)
    whip = Whip(**{"port": free_port(), "addresses": (LOOPBACK,), **settings})
    server = WhipServer(cameras, whip, clock=utc_now, metrics=metrics, positions=positions)
    server.start()
    try:
        yield Endpoint(server=server, registry=registry, positions=positions)
    finally:
        assert server.stop(10.0)


class Caller:
    """A vehicle that a test drives: an aiortc client on a loop of its own."""

    def __init__(self, url: str, clip: Path, *, codec: str = "h264", bearer: str = "") -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vehicle")
        self._thread.start()
        self._vehicle = self._run(self._made(url, clip, codec, bearer or token(url.rpartition("/")[2])))
        self.reply = Reply(status=0, body="")

    def call(self) -> Reply:
        self.reply = self._run(self._vehicle.call())
        return self.reply

    def offer(self) -> str:
        """The offer that `call` would send."""
        return self._run(self._offered())

    def send(self, text: str) -> bool:
        return self._run(self._sent(text))

    def hang_up(self) -> Reply:
        return self._run(self._vehicle.hang_up())

    def fall_silent(self) -> None:
        """Send no more pictures, and stay connected."""
        self._loop.call_soon_threadsafe(self._vehicle.connection.getSenders()[0].replaceTrack, None)

    def vanish(self) -> None:
        """Be gone without a word, as in a tunnel."""
        self._run(self._vanished())

    @property
    def state(self) -> str:
        return self._vehicle.connection.connectionState

    def close(self) -> None:
        self._run(self._vehicle.close())
        self._run(asyncio.sleep(0.05))  # aiortc's threads have left a last word on the loop
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _made(self, url: str, clip: Path, codec: str, bearer: str) -> Vehicle:
        vehicle = Vehicle(url, bearer, clip, codec)
        for connection in self._gatherers(vehicle):
            bind_to(connection, [LOOPBACK], None)
        return vehicle

    def _gatherers(self, vehicle: Vehicle) -> Sequence[Any]:
        ends = [one.receiver.transport for one in vehicle.connection.getTransceivers()]
        if vehicle.connection.sctp is not None:
            ends.append(vehicle.connection.sctp.transport)
        return [end.transport.iceGatherer for end in ends]

    async def _offered(self) -> str:
        connection = self._vehicle.connection
        await connection.setLocalDescription(await connection.createOffer())
        return str(connection.localDescription.sdp)

    async def _sent(self, text: str) -> bool:
        return self._vehicle.send(text)

    async def _vanished(self) -> None:
        for gatherer in self._gatherers(self._vehicle):
            for protocol in gatherer._connection._protocols:
                protocol.transport.abort()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_S)


@contextmanager
def calling(url: str, clip: Path, *, codec: str = "h264", bearer: str = "") -> Iterator[Caller]:
    """A vehicle that has called `url`; it takes leave when the block ends."""
    caller = Caller(url, clip, codec=codec, bearer=bearer)
    try:
        caller.call()
        yield caller
    finally:
        caller.close()


@contextmanager
def watching(camera: Camera, at: Endpoint) -> Iterator[Watched]:
    """The camera's supervisor, at work."""
    watched = Watched(camera, vehicles=at.server.feeds)
    watched.supervisor.start()
    try:
        yield watched
    finally:
        watched.supervisor.request_stop()
        at.server.request_stop()
        assert watched.supervisor.stop(10.0)
