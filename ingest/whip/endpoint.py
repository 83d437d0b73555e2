"""Where vehicles call: WHIP over HTTP.

Source: RFC 9725. `POST /whip/<camera>` with an SDP offer and the vehicle's bearer token begins a session; its URL takes
`PATCH` with more candidates and `DELETE`. A second `POST` takes the first one's place.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from config.errors import BackendUnavailable
from ingest.whip.offer import OfferError, read_fragment, read_offer
from ingest.whip.peer import Callbacks, Listening, Peer
from ingest.whip.tap import PictureTap
from ingest.whip.tries import Tries

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.clock import Clock
    from ingest.positions import Positions
    from ingest.vehicle_metrics import VehicleMetrics
    from ingest.whip.feed import VehicleFeed
    from ingest.whip.pictures import EncodedPicture

log = structlog.get_logger()
MOST_BYTES = 65_536  # of an offer
BODY_S = 10.0
WRONG_DELAY_S = 0.5  # before a wrong token is answered
COUNT_EVERY_S = 1.0
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
ANY_ORIGIN = {"access-control-allow-origin": "*"}  # no cookies: whoever has the token may call from any page
ALLOWED = {
    **ANY_ORIGIN,
    "access-control-allow-methods": "POST, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": "Authorization, Content-Type, If-Match",
    "access-control-max-age": "86400",
    "accept-post": SDP,
    "accept-patch": FRAGMENT,
}


@dataclass(slots=True, kw_only=True)
class Vehicle:
    """One camera that calls, and its session."""

    camera: Camera
    feed: VehicleFeed
    peer: Peer | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # one call at a time
    counted: tuple[int, int, int] = (0, 0, 0)  # what of the session is in the metrics: lost, left out, asked for

    @property
    def digest(self) -> bytes:
        """Of its token: digests are of one length, so that comparing them takes one time."""
        return sha256((self.camera.token or "").encode()).digest()


class WhipEndpoint:
    """The application, and every session. Used on one loop."""

    def __init__(
        self,
        vehicles: dict[str, Vehicle],
        listening: Listening,
        *,
        clock: Clock,
        metrics: VehicleMetrics,
        positions: Positions,
    ) -> None:
        self._vehicles = vehicles
        self._listening = listening
        self._clock = clock
        self._metrics = metrics
        self._positions = positions
        self._wrong = Tries(most=10, span_s=60.0)
        self._calls = Tries(most=10, span_s=30.0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.app = Starlette(
            routes=[
                Route("/whip/{camera}", self._counted(self._call), methods=["POST", "OPTIONS"]),
                Route("/whip/{camera}/{session}", self._counted(self._session), methods=["PATCH", "DELETE", "OPTIONS"]),
            ],
            exception_handlers={HTTPException: self._refused},
        )

    def take_up(self, vehicle: Vehicle) -> None:
        """`vehicle` may call from now on; whoever called under its id may not any more."""
        self.give_up(vehicle.camera.id)
        self._vehicles[vehicle.camera.id] = vehicle
        self._metrics.connected.labels(vehicle.camera.id).set(0)

    def give_up(self, camera: str) -> None:
        """`camera` may not call any more: its session ends."""
        if (vehicle := self._vehicles.pop(camera, None)) is not None:
            self._forget(vehicle, "the vehicle may not call any more")

    def know(self, camera: Camera) -> None:
        """`camera` has other settings, and the same token: its session goes on."""
        if (vehicle := self._vehicles.get(camera.id)) is not None:
            vehicle.camera = camera

    async def close(self) -> None:
        """End every session."""
        for vehicle in self._vehicles.values():
            self._forget(vehicle, "the node stops")
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # aiortc's decoder threads have left a last word on the loop

    async def keep_count(self) -> None:
        """Put what the sessions count into the metrics, for ever."""
        while True:
            await asyncio.sleep(COUNT_EVERY_S)
            for vehicle in self._vehicles.values():
                self._count(vehicle)

    def _counted(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def counted(request: Request) -> Response:
            try:
                response = await (self._options(request) if request.method == "OPTIONS" else answer(request))
            except HTTPException as error:
                self._metrics.requests.labels(error.status_code).inc()
                raise
            self._metrics.requests.labels(response.status_code).inc()
            return response

        return counted

    async def _options(self, request: Request) -> Response:
        return Response(status_code=204, headers=ALLOWED)

    async def _call(self, request: Request) -> Response:
        """A vehicle begins a session."""
        vehicle = await self._authorized(request)
        camera = vehicle.camera.id
        if _content_type(request) != SDP:
            raise HTTPException(415, f"send an offer as {SDP}", ALLOWED)
        if wait_s := self._calls.wait_s(camera):
            raise HTTPException(429, "too many calls", {"retry-after": str(math.ceil(wait_s))})
        text = await _body(request)
        async with vehicle.lock:
            peer, answer = await self._answered(vehicle, text)
        headers = {**ANY_ORIGIN, "location": f"/whip/{camera}/{peer.id}", "etag": peer.etag}
        headers["access-control-expose-headers"] = "Location, ETag"
        return Response(answer, 201, headers, media_type=SDP)

    async def _answered(self, vehicle: Vehicle, text: str) -> tuple[Peer, str]:
        camera = vehicle.camera.id
        peer = self._new_peer(vehicle)
        try:
            answer = await peer.answer(read_offer(text))
        except OfferError as error:
            await peer.close()
            log.warning("a vehicle's call is refused", camera=camera, reason=str(error))
            raise HTTPException(error.status, str(error)) from None
        except BackendUnavailable as error:
            await peer.close()
            log.error("vehicles cannot be connected", camera=camera, reason=str(error))
            raise HTTPException(503, str(error), {"retry-after": "10"}) from None
        except BaseException:  # a fault of ours, or the vehicle has hung up: what was begun is ended
            await peer.close()
            raise
        if self._vehicles.get(camera) is not vehicle:  # it was given up since it called
            await peer.close()
            raise HTTPException(404, "no such vehicle")
        self._replace(vehicle, peer)
        return peer, answer

    def _new_peer(self, vehicle: Vehicle) -> Peer:
        camera = vehicle.camera

        def deliver(picture: EncodedPicture) -> None:
            vehicle.feed.put(peer.id, picture)

        def make_tap(codecs: dict[int, str]) -> PictureTap:
            heartbeat_s = camera.heartbeat.total_seconds()
            return PictureTap(codecs, keyframe_every_s=heartbeat_s, deliver=deliver, clock=self._clock)

        peer = Peer(
            self._listening,
            make_tap,
            Callbacks(
                message=lambda text: self._positions.told(camera.id, text),
                ended=lambda reason: self._ended(vehicle, peer, reason),
            ),
        )
        return peer

    def _replace(self, vehicle: Vehicle, peer: Peer) -> None:
        """`peer` is the vehicle's session from now on."""
        self._count(vehicle)
        before, vehicle.peer = vehicle.peer, peer
        vehicle.counted = (0, vehicle.feed.dropped, 0)
        vehicle.feed.begin(peer.id)
        self._metrics.connected.labels(vehicle.camera.id).set(1)
        if before is not None:
            self._run(before.close())
        patience_s = vehicle.camera.stream.open_timeout.total_seconds()
        asyncio.get_running_loop().call_later(patience_s, self._give_up_unless_connected, vehicle, peer)
        log.info("a vehicle has called", camera=vehicle.camera.id, again=before is not None)

    def _give_up_unless_connected(self, vehicle: Vehicle, peer: Peer) -> None:
        if vehicle.peer is peer and not peer.is_connected:
            self._ended(vehicle, peer, "the vehicle has called, and cannot be reached: is UDP let through?")

    def _ended(self, vehicle: Vehicle, peer: Peer, reason: str) -> None:
        if vehicle.peer is peer:
            self._forget(vehicle, reason)

    def _forget(self, vehicle: Vehicle, reason: str) -> None:
        peer = vehicle.peer
        if peer is None:
            return
        self._count(vehicle)
        vehicle.peer = None
        vehicle.feed.end(peer.id, reason)
        self._metrics.connected.labels(vehicle.camera.id).set(0)
        self._run(peer.close())
        log.info("a vehicle's session is over", camera=vehicle.camera.id, reason=reason)

    async def _session(self, request: Request) -> Response:
        """A vehicle ends its session, or has more candidates."""
        vehicle = await self._authorized(request)
        peer = vehicle.peer
        if peer is None or not compare_digest(peer.id.encode(), request.path_params["session"].encode()):
            raise HTTPException(404, "no such session")
        if request.method == "DELETE":
            self._forget(vehicle, "the vehicle has ended its call")
            return Response(status_code=200, headers=ANY_ORIGIN)
        if _content_type(request) != FRAGMENT:
            raise HTTPException(415, f"send candidates as {FRAGMENT}", ALLOWED)
        _check_match(request, peer)
        await self._trickle(peer, await _body(request))
        return Response(status_code=204, headers=ANY_ORIGIN)

    async def _trickle(self, peer: Peer, text: str) -> None:
        try:
            more = read_fragment(text)
        except OfferError as error:
            raise HTTPException(error.status, str(error)) from None
        if not peer.is_of(more):
            raise HTTPException(422, "ICE restarts are not taken: call anew")
        await peer.trickle(more)

    async def _authorized(self, request: Request) -> Vehicle:
        """The vehicle whose token the request carries. A right token is never kept waiting by others' wrong ones."""
        vehicle = self._vehicles.get(request.path_params["camera"])
        if vehicle is None:
            raise HTTPException(404, "no such vehicle")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = sha256(token.strip().encode()).digest()
        if compare_digest(given, vehicle.digest) and scheme.lower() == "bearer":
            return vehicle
        address = request.client.host if request.client else ""
        if wait_s := self._wrong.wait_s(address):
            raise HTTPException(429, "too many wrong tokens", {"retry-after": str(math.ceil(wait_s))})
        log.warning("a call with a wrong token", camera=vehicle.camera.id, address=address)
        await asyncio.sleep(WRONG_DELAY_S)
        raise HTTPException(401, "the token is missing or wrong", {"www-authenticate": "Bearer"})

    async def _refused(self, _request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these alone
        return Response(
            f"{error.detail}\n", error.status_code, {**ANY_ORIGIN, **(error.headers or {})}, media_type="text/plain"
        )

    def _count(self, vehicle: Vehicle) -> None:
        tap = vehicle.peer.tap if vehicle.peer else None
        if tap is None:
            return
        camera = vehicle.camera.id
        now = (tap.lost, tap.unusable + vehicle.feed.dropped, tap.asked)
        kinds = (self._metrics.lost, self._metrics.dropped, self._metrics.keyframes_asked)
        for kind, count, before in zip(kinds, now, vehicle.counted, strict=True):
            kind.labels(camera).inc(max(0, count - before))
        vehicle.counted = now

    def _run(self, work: Awaitable[None]) -> None:
        async def quietly() -> None:
            with suppress(asyncio.CancelledError):
                await work

        task = asyncio.create_task(quietly())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _check_match(request: Request, peer: Peer) -> None:
    """Source: RFC 9725, 4.3.1."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        raise HTTPException(428, "say If-Match with the session's ETag")
    if wanted.strip() not in {peer.etag, "*"}:
        raise HTTPException(412, "the ETag is of another session")


async def _body(request: Request) -> str:
    """The request's body, no longer than `MOST_BYTES`, within `BODY_S`."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise HTTPException(413, f"a body is {MOST_BYTES} bytes at most")
        return body.decode()
    except TimeoutError:
        raise HTTPException(408, "the body does not come") from None
    except (UnicodeDecodeError, ClientDisconnect):
        raise HTTPException(400, "the body is no text") from None
