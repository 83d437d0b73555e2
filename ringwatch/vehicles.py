"""A worker's vehicles: the endpoint they call, and where they are."""

from __future__ import annotations

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


class Vehicles:
    """Owns the threads `whip-endpoint` and `position-<camera>`, where cameras need them. `start` once, then `stop`."""

    def __init__(self, cameras: Sequence[Camera], settings: Whip, metrics: VehicleMetrics, clock: Clock) -> None:
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._calling = {camera.id: camera for camera in cameras if camera.token is not None}
        self._max_age = {camera.id: camera.position.max_age for camera in cameras if _is_placed(camera)}
        self._positions = Positions(self._max_age, clock=clock, metrics=metrics)
        self._server = self._made() if self._calling else None
        self._asking: dict[str, Periodic] = {}
        for camera in cameras:
            self._look_after(camera)

    def _made(self) -> WhipServer:
        from ingest.whip.server import WhipServer  # aiortc, which a worker without vehicles does without

        cameras = self._calling.values()
        return WhipServer(cameras, self._settings, clock=self._clock, metrics=self._metrics, positions=self._positions)

    @property
    def feeds(self) -> Mapping[str, VehicleFeed]:
        """What the vehicles send, by camera."""
        return self._server.feeds if self._server is not None else {}

    @property
    def has_failed(self) -> bool:
        """Whether vehicles can no longer call."""
        return self._server is not None and not self._server.is_running

    def newest(self, camera: str) -> Position | None:
        """Where `camera` is, if that is known and recent."""
        return self._positions.newest(camera)

    def start(self) -> None:
        """Begin; vehicles may call.

        Raises:
            BackendUnavailable: the endpoint cannot listen.
        """
        if self._server is not None:
            self._server.start()
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
        self._let_call(name, camera)

    def _let_call(self, name: str, camera: Camera | None) -> None:
        before = self._calling.pop(name, None)
        if camera is not None and camera.token is not None:
            self._calling[name] = camera
            if self._server is None:
                self._listen()
            elif before is not None and camera.token == before.token:
                self._server.know(camera)
            else:
                self._server.take_up(camera)
        elif before is not None and self._server is not None:
            self._server.give_up(name)

    def _listen(self) -> None:
        """Begin to listen as the node runs. Where that is not possible the cameras that are there go on."""
        server = self._made()
        try:
            server.start()
        except BackendUnavailable as error:
            log.error("vehicles cannot call", cameras=list(self._calling), reason=str(error))
        else:
            self._server = server

    def _look_after(self, camera: Camera) -> Periodic | None:
        if (url := camera.position.url) is None:
            return None
        every_s = camera.position.every.total_seconds()
        self._asking[camera.id] = Periodic(f"position-{camera.id}", every_s, partial(self._ask, camera.id, url))
        return self._asking[camera.id]

    def request_stop(self) -> None:
        """Let nobody wait for a vehicle any more, ask nobody any more, and do not wait."""
        for asking in self._asking.values():
            asking.request_stop()
        if self._server is not None:
            self._server.request_stop()

    def stop(self) -> None:
        """End the threads. One that still asks is left to end by itself: what it is told is of no use any more."""
        self.request_stop()
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
