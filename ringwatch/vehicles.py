"""A worker's vehicles: the endpoint they call, and where they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

from config.errors import BackendUnavailable
from ingest.positions import PositionError, Positions, ask_position
from ringwatch.periodic import Periodic

if TYPE_CHECKING:
    from config.model import Camera, Whip
    from ingest.clock import Clock
    from ingest.messages import Position
    from ingest.vehicle_metrics import VehicleMetrics
    from ingest.whip.feed import VehicleFeed
    from ingest.whip.server import WhipServer

log = structlog.get_logger()
STOP_S = 2.0
STOP_ASKING_S = 1.0  # all of them together: an endpoint that does not answer holds nobody up
AGAIN_S = 10.0  # between two looks whether somebody listens


class Vehicles:
    """Owns the threads `whip-endpoint`, `whip-again` and `position-<camera>`, where cameras need them.

    `start` once, then `stop`. Where the endpoint cannot listen, or has failed, it is tried again for as long as it
    takes: the worker's other cameras do not pay for it.
    """

    def __init__(self, cameras: Sequence[Camera], settings: Whip, metrics: VehicleMetrics, clock: Clock) -> None:
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._calling = {camera.id: camera for camera in cameras if camera.token is not None}
        self._max_age = {camera.id: camera.position.max_age for camera in cameras if _is_placed(camera)}
        self._positions = Positions(self._max_age, clock=clock, metrics=metrics)
        self._changing = threading.Lock()  # held while who may call changes, and while an endpoint is opened
        self._stopping = threading.Event()
        self._server: WhipServer | None = None
        self._again: Periodic | None = None  # from the first vehicle on
        self._reason = ""  # why the endpoint could not be opened
        self._asking: dict[str, Periodic] = {}
        for camera in cameras:
            self._look_after(camera)

    @property
    def feeds(self) -> Mapping[str, VehicleFeed]:
        """What the vehicles send, by camera."""
        server = self._server
        return server.feeds if server is not None else {}

    @property
    def problem(self) -> str:
        """Why vehicles cannot call, in words; "" while they can, or none is to. Any thread may ask."""
        server = self._server
        if not self._calling:
            return ""
        if server is not None and not server.is_running:
            return "the endpoint for vehicles has failed"
        return self._reason

    def newest(self, camera: str) -> Position | None:
        """Where `camera` is, if that is known and recent."""
        return self._positions.newest(camera)

    def start(self) -> None:
        """Begin; vehicles may call, if the endpoint can listen."""
        self._have_somebody_listen()
        for asking in self._asking.values():
            asking.start()

    def put(self, name: str, camera: Camera | None) -> None:
        """`camera` takes the place of what was called `name`; nothing does, where it is None.

        A vehicle's session goes on while its token stays the same. The first that may call has somebody listen.
        """
        self._max_age.pop(name, None)
        if (asking := self._asking.pop(name, None)) is not None:
            asking.request_stop()
        if camera is not None and _is_placed(camera):
            self._max_age[name] = camera.position.max_age
        if camera is not None and (asking := self._look_after(camera)) is not None:
            asking.start()
        if name in self._calling or (camera is not None and camera.token is not None):
            with self._changing:
                self._let_call(name, camera)
            self._have_somebody_listen()

    def _let_call(self, name: str, camera: Camera | None) -> None:
        before = self._calling.pop(name, None)
        if camera is not None and camera.token is not None:
            self._calling[name] = camera
            if self._server is None:
                return  # who opens it takes all who may call
            if before is not None and camera.token == before.token:
                self._server.know(camera)
            else:
                self._server.take_up(camera)
        elif before is not None and self._server is not None:
            self._server.give_up(name)

    def _have_somebody_listen(self) -> None:
        """Where a vehicle may call: now, if that is possible, and from now on."""
        if not self._calling:
            return
        self._look_after_endpoint()
        if self._again is None:
            self._again = Periodic("whip-again", AGAIN_S, self._look_after_endpoint)
            self._again.start()

    def _look_after_endpoint(self) -> None:
        with self._changing:
            if self._stopping.is_set() or not self._calling:
                return
            if self._server is None:
                self._listen()
            elif not self._server.is_running:
                self._server.stop(STOP_S)
                self._server = None
                self._listen()

    def _listen(self) -> None:
        server = self._made()
        try:
            server.start()
        except BackendUnavailable as error:
            if str(error) != self._reason:
                log.error("vehicles cannot call", cameras=list(self._calling), reason=str(error))
            self._reason = str(error)
            return
        self._server, self._reason = server, ""
        if self._stopping.is_set():  # it was asked for while this opened
            server.request_stop()

    def _made(self) -> WhipServer:
        from ingest.whip.server import WhipServer  # aiortc, which a worker without vehicles does without

        cameras = tuple(self._calling.values())
        return WhipServer(cameras, self._settings, clock=self._clock, metrics=self._metrics, positions=self._positions)

    def _look_after(self, camera: Camera) -> Periodic | None:
        if (url := camera.position.url) is None:
            return None
        every_s = camera.position.every.total_seconds()
        self._asking[camera.id] = Periodic(f"position-{camera.id}", every_s, partial(self._ask, camera.id, url))
        return self._asking[camera.id]

    def request_stop(self) -> None:
        """Let nobody wait for a vehicle any more, ask nobody any more, and do not wait."""
        self._stopping.set()
        for asking in self._asking.values():
            asking.request_stop()
        if self._again is not None:
            self._again.request_stop()
        if self._server is not None:
            self._server.request_stop()

    def stop(self) -> None:
        """End the threads. One that still asks is left to end by itself: what it is told is of no use any more."""
        self.request_stop()
        if self._again is not None:
            self._again.stop(STOP_S)
        if self._server is not None and not self._server.stop(STOP_S):
            log.error("the endpoint for vehicles did not stop in time")
        deadline_s = time.monotonic() + STOP_ASKING_S
        for asking in self._asking.values():
            asking.stop(max(0.0, deadline_s - time.monotonic()))

    def _ask(self, camera: str, url: str) -> None:
        try:
            answer = ask_position(url)
        except PositionError as error:
            self._positions.failed(camera)
            log.debug("a position is not known", camera=camera, reason=str(error))
        else:
            self._positions.told(camera, answer)


def _is_placed(camera: Camera) -> bool:
    """Whether it may have a position."""
    return camera.token is not None or camera.position.url is not None
