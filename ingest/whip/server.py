"""The endpoint's thread: an HTTP server and the vehicles' media on one loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from config.errors import BackendUnavailable
from ingest.whip import hooks
from ingest.whip.door import vehicles_door
from ingest.whip.endpoint import Vehicle, WhipEndpoint
from ingest.whip.feed import VehicleFeed
from ingest.whip.peer import Listening

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from config.door import Door
    from config.model import Camera, Whip
    from ingest.clock import Clock
    from ingest.positions import Positions
    from ingest.vehicle_metrics import VehicleMetrics

log = structlog.get_logger()
GRACE_S = 1
FOLLOW_EVERY_S = 0.1
KEEP_ALIVE_S = 10


class WhipServer:
    """Owns the thread `whip-endpoint`, its socket and every vehicle's session. `start` once, then `stop`."""

    def __init__(
        self, cameras: Iterable[Camera], settings: Whip, *, clock: Clock, metrics: VehicleMetrics, positions: Positions
    ) -> None:
        self._feeds = {camera.id: VehicleFeed(camera.id) for camera in cameras}
        self._first_feeds = dict(self._feeds)  # of those that may call at the start
        self._changes: deque[Callable[[WhipEndpoint], None]] = deque()  # for the endpoint's own thread
        self.port = settings.port
        self._cameras = tuple(cameras)
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._positions = positions
        self._door: Door | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whip-endpoint")

    def start(self) -> None:
        """Take calls from now on.

        Raises:
            BackendUnavailable: the address is taken, the certificate cannot be used, or aiortc is another version.
        """
        hooks.require()
        self._check_certificate()
        self._door = vehicles_door(_listen(self._settings.host, self._settings.port), self._closed)
        self.port = self._door.getsockname()[1]
        for camera in self._cameras:
            self._metrics.connected.labels(camera.id).set(0)
        self._thread.start()
        log.info("vehicles may call", url=address(self._settings, self.port), vehicles=len(self._cameras))

    @property
    def feeds(self) -> Mapping[str, VehicleFeed]:
        """What the vehicles send, by camera; those that may call change as the node runs."""
        return self._feeds

    def take_up(self, camera: Camera) -> None:
        """`camera` may call from now on, with its token; whoever called under its id may not any more."""
        feed = self._feeds[camera.id] = VehicleFeed(camera.id)
        self._changes.append(lambda endpoint: endpoint.take_up(Vehicle(camera=camera, feed=feed)))

    def give_up(self, camera: str) -> None:
        """`camera` may not call any more, and its session ends."""
        if (feed := self._feeds.pop(camera, None)) is not None:
            feed.close()
        self._changes.append(lambda endpoint: endpoint.give_up(camera))

    def know(self, camera: Camera) -> None:
        """`camera` has other settings with the same token: its session goes on."""
        self._changes.append(lambda endpoint: endpoint.know(camera))

    def _closed(self, reason: str) -> None:
        self._metrics.closed.labels(reason).inc()

    def _close_feeds(self) -> None:
        for feed in tuple(self._feeds.values()):
            feed.close()

    @property
    def is_running(self) -> bool:
        """Whether vehicles can call."""
        return self._thread.is_alive() or self._stopping.is_set()

    def request_stop(self) -> None:
        """Begin to end every session, let cameras' threads come back, and do not wait."""
        self._stopping.set()
        self._close_feeds()

    def stop(self, deadline_s: float = 5.0) -> bool:
        """End every session and the thread; False when it is not done by `deadline_s` seconds."""
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join(deadline_s)
        if self._door is not None:
            self._door.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:  # this is a supervisor: whatever happens, the cameras' threads must hear of it
            log.exception("the endpoint for vehicles has failed")
            self._close_feeds()

    async def _serve(self) -> None:
        asyncio.get_running_loop().set_exception_handler(_note)
        vehicles = {one.id: Vehicle(camera=one, feed=self._first_feeds[one.id]) for one in self._cameras}
        listening = Listening(addresses=self._settings.addresses, ports=self._settings.ports)
        endpoint = WhipEndpoint(
            vehicles, listening, clock=self._clock, metrics=self._metrics, positions=self._positions
        )
        counting = asyncio.create_task(endpoint.keep_count())
        following = asyncio.create_task(self._follow_changes(endpoint))
        assert self._door is not None  # noqa: S101 - start() has opened it
        config = self._config(self._door.watched(endpoint.app))
        try:
            await _Server(config, self._door, self._stopping).serve(sockets=[self._door])
        finally:
            counting.cancel()
            following.cancel()
            await endpoint.close()

    async def _follow_changes(self, endpoint: WhipEndpoint) -> None:
        while True:
            while self._changes:
                self._changes.popleft()(endpoint)
            await asyncio.sleep(FOLLOW_EVERY_S)

    def _config(self, app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            app,
            log_config=None,  # the composition root has set logging up
            access_log=False,
            server_header=False,
            proxy_headers=False,
            http="h11",  # bounds a request's head, as httptools, which uvicorn would choose where it is there, does not
            ws="none",
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=self._settings.certificate,
            ssl_keyfile=self._settings.key,
        )

    def _check_certificate(self) -> None:
        certificate, key = self._settings.certificate, self._settings.key
        if certificate is None or key is None:
            return
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "it cannot be read"
            raise BackendUnavailable(f"whip.certificate and whip.key cannot be used: {reason}") from None


def address(settings: Whip, port: int) -> str:
    """Where vehicles call, without the camera's name."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.certificate else 'http'}://{host}:{port}/whip/"


class _Server(uvicorn.Server):
    """uvicorn, stopped by an event instead of a signal, behind a door that is looked after."""

    def __init__(self, config: uvicorn.Config, door: Door, stopping: threading.Event) -> None:
        super().__init__(config)
        self._door = door
        self._stopping = stopping

    async def on_tick(self, counter: int) -> bool:
        """Asked ten times a second whether to stop."""
        if counter % 10 == 0:
            self._door.send_off()
        return await super().on_tick(counter) or self._stopping.is_set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: they are the process's, and this is not its main thread."""
        yield


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a library's background task failed with: a vehicle that goes away in the middle of a handshake, mostly."""
    error = context.get("exception")
    with suppress(Exception):
        log.warning("a vehicle's connection failed", error=type(error).__name__ if error else context.get("message"))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=64)
    except OSError as error:
        reason = error.strerror or "the name is not known"
        raise BackendUnavailable(f"vehicles cannot call on {host}:{port}: {reason}") from None
