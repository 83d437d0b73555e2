"""One vehicle's WebRTC connection: its video taken out encoded, its data channels' messages, its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidStateError

from config.errors import BackendUnavailable
from ingest.whip.hooks import bind_to, tap_receiver
from ingest.whip.offer import MALFORMED, UNUSABLE, Offer, OfferError, Trickled, named_as_offered, payload_types

if TYPE_CHECKING:
    from aiortc import MediaStreamTrack, RTCDataChannel
    from aiortc.rtcicetransport import RTCIceGatherer

    from ingest.whip.tap import PictureTap

log = structlog.get_logger()
CLOSE_S = 1.0
OVER = frozenset({"failed", "closed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where media come in."""

    addresses: Sequence[str]
    ports: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """Whom a peer tells what. Called on the endpoint's loop; must not block."""

    message: Callable[[str | bytes], None]  # of a data channel
    ended: Callable[[str], None]  # once, with why


class Peer:
    """Used on the endpoint's loop alone. `answer` once, then `close`; it may end by itself before."""

    def __init__(self, listening: Listening, make_tap: Callable[[dict[int, str]], PictureTap], callbacks: Callbacks):
        self.id = secrets.token_urlsafe(18)
        self.etag = f'"{secrets.token_urlsafe(9)}"'
        self.tap: PictureTap | None = None
        self._listening = listening
        self._make_tap = make_tap
        self._callbacks = callbacks
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))  # asks no STUN server
        self._username = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False

    @property
    def is_connected(self) -> bool:
        """Whether the vehicle has been reached over ICE and DTLS."""
        return self._connection.connectionState == "connected"

    async def answer(self, offer: Offer) -> str:
        """The SDP answer to `offer`. The vehicle may connect as soon as it has it.

        Raises:
            OfferError: aiortc cannot answer it.
            BackendUnavailable: media can come in nowhere.
        """
        connection = self._connection
        connection.on("datachannel", self._on_channel)
        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp=offer.sdp, type="offer"))
        except (InternalError, InvalidStateError, ValueError):
            raise OfferError(UNUSABLE, "the offer has no video that can be taken: H.264 or VP8 over DTLS") from None
        except Exception:  # noqa: BLE001 - aiortc meets an offer that contradicts itself with whatever Python raises then
            raise OfferError(MALFORMED, "the offer contradicts itself") from None
        video = self._choose(offer.video)
        for gatherer in self._gatherers():
            bind_to(gatherer, self._listening.addresses, self._listening.ports)
        described = await connection.createAnswer()
        self.tap = self._make_tap(payload_types(described.sdp, offer.video))
        tap_receiver(video.receiver, self.tap)
        await connection.setLocalDescription(described)
        self._username = offer.username
        if not any(gatherer.getLocalCandidates() for gatherer in self._gatherers()):
            raise BackendUnavailable("none of whip.addresses is this machine's, or no UDP port of whip.ports is free")
        self._watch(video.receiver.track)
        connection.on("connectionstatechange", self._on_state)
        return named_as_offered(connection.localDescription.sdp, offer)

    def is_of(self, more: Trickled) -> bool:
        """Whether candidates are of this connection's ICE session, and not of a restarted one."""
        return not more.username or more.username == self._username

    async def trickle(self, more: Trickled) -> None:
        """Try the vehicle at more addresses."""
        for candidate in more.candidates:
            with suppress(ValueError):  # a section that is not there, or a candidate after the last
                await self._connection.addIceCandidate(candidate)
        if more.ended:
            with suppress(ValueError):
                await self._connection.addIceCandidate(None)

    async def close(self) -> None:
        """Take leave of the vehicle."""
        self._over = True
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._connection.close()
        except TimeoutError:
            log.warning("a vehicle's connection does not close", session=self.id)
        for task in tuple(self._tasks):
            task.cancel()

    def _choose(self, mid: str) -> RTCRtpTransceiver:
        """The one video that is taken; everything else is answered with `inactive`, so that it is not sent."""
        chosen: RTCRtpTransceiver | None = None
        for transceiver in self._connection.getTransceivers():
            if transceiver.mid == mid:
                chosen = transceiver
                transceiver.direction = "recvonly"
            else:
                transceiver.direction = "inactive"
        if chosen is None:
            raise OfferError(MALFORMED, "the offer contradicts itself")
        return chosen

    def _gatherers(self) -> list[RTCIceGatherer]:
        transports = [one.receiver.transport for one in self._connection.getTransceivers()]
        if self._connection.sctp is not None:
            transports.append(self._connection.sctp.transport)
        return [transport.transport.iceGatherer for transport in dict.fromkeys(transports)]

    def _watch(self, track: MediaStreamTrack) -> None:
        """Read the track: nothing is decoded into it, but it tells of its end."""

        async def read() -> None:
            with suppress(Exception):
                while True:
                    await track.recv()
            self._end("the vehicle has ended its call")

        task = asyncio.create_task(read())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        channel.on("message", self._callbacks.message)

    async def _on_state(self) -> None:
        if self._connection.connectionState in OVER:
            self._end("the connection to the vehicle is lost")

    def _end(self, reason: str) -> None:
        if not self._over:
            self._over = True
            self._callbacks.ended(reason)
