"""A worker's vehicles: the endpoint they call, and where they are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import structlog

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
        placed = [camera for camera in cameras if camera.token is not None or camera.position.url is not None]
        self._positions = Positions(
            {camera.id: camera.position.max_age for camera in placed}, clock=clock, metrics=metrics
        )
        self._server: WhipServer | None = None
        if calling := [camera for camera in cameras if camera.token is not None]:
            from ingest.whip.server import WhipServer  # aiortc, which a worker without vehicles does without

            self._server = WhipServer(calling, settings, clock=clock, metrics=metrics, positions=self._positions)
        self._asking = [
            Periodic(f"position-{camera.id}", camera.position.every.total_seconds(), partial(self._ask, camera.id, url))
            for camera in placed
            if (url := camera.position.url) is not None
        ]

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
        for asking in self._asking:
            asking.start()

    def request_stop(self) -> None:
        """Let nobody wait for a vehicle any more, ask nobody any more, and do not wait."""
        for asking in self._asking:
            asking.request_stop()
        if self._server is not None:
            self._server.request_stop()

    def stop(self) -> None:
        """End the threads. One that still asks is left to end by itself: what it is told is of no use any more."""
        self.request_stop()
        if self._server is not None and not self._server.stop(STOP_S):
            log.error("the endpoint for vehicles did not stop in time")
        deadline_s = time.monotonic() + STOP_ASKING_S
        for asking in self._asking:
            asking.stop(max(0.0, deadline_s - time.monotonic()))

    def _ask(self, camera: str, url: str) -> None:
        try:
            answer = ask_position(url)
        except PositionError as error:
            self._positions.failed(camera)
            log.debug("a position is not known", camera=camera, reason=str(error))
        else:
            self._positions.told(camera, answer)
