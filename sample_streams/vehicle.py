"""`python -m sample_streams.vehicle URL CLIP [h264|vp8]`: a vehicle that sends CLIP to a node, over WHIP, in a loop.

URL is the node's, http://HOST:PORT/whip/CAMERA; the vehicle's token stands in the environment variable VEHICLE_TOKEN.
It drives in a circle, and says where it is on a data channel. Ctrl-C ends the call.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from sample_streams.errors import CallError

if TYPE_CHECKING:
    from aiortc import RTCDataChannel

TOKEN = "VEHICLE_TOKEN"  # noqa: S105 - the name of a variable
ANSWER_S = 10.0
SDP = "application/sdp"
CENTRE, RADIUS_M, SPEED_M_S = (30.66, 104.06), 400.0, 12.0
METRES_A_DEGREE = 111_320.0
CODECS = ("h264", "vp8")
TICK = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a node has answered."""

    status: int
    body: str
    location: str = ""  # the session's URL
    etag: str = ""


class ClipTrack(MediaStreamTrack):
    """The pictures of a clip, at their times, begun again whenever it ends; times go on."""

    kind = "video"

    def __init__(self, clip: Path) -> None:
        super().__init__()
        self._pictures = _looped(clip)
        self._began_s: float | None = None

    async def recv(self) -> av.VideoFrame:
        """The next picture, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        picture, due_s = next(self._pictures)
        if self._began_s is None:
            self._began_s = time.monotonic() - due_s
        await asyncio.sleep(max(0.0, self._began_s + due_s - time.monotonic()))
        picture.pts, picture.time_base = round(due_s / TICK), TICK
        return picture


def _looped(clip: Path) -> Iterator[tuple[av.VideoFrame, float]]:
    """Every picture and when it is due, in seconds from the first, for ever."""
    turn_s, due_s, step_s = 0.0, 0.0, 0.1
    while True:
        with av.open(str(clip)) as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise CallError(f"{clip}: no video in it")
            step_s = float(1 / (stream.average_rate or 10))
            for picture in container.decode(stream):
                due_s = turn_s + (picture.time or 0.0)
                yield picture, due_s
        turn_s = due_s + step_s


class Vehicle:
    """One call to a node. Used on one loop: `call`, `send` as often as it likes, `hang_up` or `vanish`."""

    def __init__(self, url: str, token: str, clip: Path, codec: str = "h264", *, trusted: Path | None = None) -> None:
        """`trusted` is the certificate that the node shows, where no authority vouches for it."""
        self._url = url
        self._trusted = trusted
        self._token = token
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._add_video(clip, codec)
        self._channel: RTCDataChannel = self._connection.createDataChannel("position")
        self.reply = Reply(status=0, body="")

    @property
    def connection(self) -> RTCPeerConnection:
        """Its end of the call."""
        return self._connection

    async def call(self) -> Reply:
        """Offer the video, and send it if the node takes it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        self.reply = await asyncio.to_thread(
            request, "POST", self._url, self._token, self._connection.localDescription.sdp, SDP, trusted=self._trusted
        )
        if self.reply.status == 201:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp=self.reply.body, type="answer"))
        return self.reply

    def send(self, text: str) -> bool:
        """Say something on the data channel; False while it is not open."""
        if self._channel.readyState != "open":
            return False
        self._channel.send(text)
        return True

    async def hang_up(self) -> Reply:
        """End the session, and take leave."""
        reply = await asyncio.to_thread(request, "DELETE", self.reply.location, self._token, trusted=self._trusted)
        await self._connection.close()
        return reply

    async def close(self) -> None:
        """Take leave without ending the session over HTTP."""
        await self._connection.close()

    def _add_video(self, clip: Path, codec: str) -> None:
        transceiver = self._connection.addTransceiver(ClipTrack(clip), direction="sendonly")
        known = RTCRtpSender.getCapabilities("video")
        every = known.codecs if known else []
        transceiver.setCodecPreferences([one for one in every if one.mimeType.lower() == f"video/{codec}"])


def request(
    method: str, url: str, token: str, body: str = "", kind: str = "", *, trusted: Path | None = None, **headers: str
) -> Reply:
    """One request to a node. Blocks; `_` in a header's name stands for `-`.

    Raises:
        CallError: nobody answers.
    """
    asked = Request(url, body.encode() or None, method=method)  # noqa: S310 - the URL is what the caller was given
    if token:
        asked.add_header("Authorization", f"Bearer {token}")
    if kind:
        asked.add_header("Content-Type", kind)
    for name, value in headers.items():
        asked.add_header(name.replace("_", "-"), value)
    try:
        with build_opener(ProxyHandler({}), HTTPSHandler(context=_trusting(trusted))).open(
            asked, timeout=ANSWER_S
        ) as answer:
            location = answer.headers.get("location")
            return Reply(
                status=answer.status,
                body=answer.read().decode(),
                location=urljoin(url, location) if location else "",
                etag=answer.headers.get("etag") or "",
            )
    except HTTPError as error:
        with error:
            return Reply(status=error.code, body=error.read().decode())
    except (URLError, OSError) as error:
        raise CallError(f"{url} does not answer ({type(error).__name__})") from None


def _trusting(certificate: Path | None) -> ssl.SSLContext:
    """Whom a request over TLS may reach: whoever an authority vouches for, and who shows `certificate`, by any name."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = certificate is None
    return context


def position(driven_s: float) -> str:
    """Where the vehicle is after so many seconds, as JSON."""
    angle = driven_s * SPEED_M_S / RADIUS_M
    north, east = RADIUS_M * math.sin(angle), RADIUS_M * math.cos(angle)
    lat = CENTRE[0] + north / METRES_A_DEGREE
    lon = CENTRE[1] + east / METRES_A_DEGREE / math.cos(math.radians(CENTRE[0]))
    told = {"lat": round(lat, 6), "lon": round(lon, 6), "speed": SPEED_M_S, "at": datetime.now(UTC).isoformat()}
    return json.dumps(told)


def _never() -> bool:
    return False


async def drive(
    url: str,
    token: str,
    clip: Path,
    codec: str,
    *,
    is_lost: Callable[[], bool] = _never,
    trusted: Path | None = None,
) -> None:
    """Call, and say where it is once a second until cancelled; or until `is_lost`: then it is gone without a word.

    Raises:
        CallError: the node does not take the call, or it is lost.
    """
    vehicle = Vehicle(url, token, clip, codec, trusted=trusted)
    began_s = time.monotonic()
    try:
        reply = await vehicle.call()
        if reply.status != 201:
            raise CallError(f"the node answers {reply.status}: {reply.body.strip()}")
        while vehicle.connection.connectionState not in {"failed", "closed"}:
            if is_lost():
                return
            vehicle.send(position(time.monotonic() - began_s))
            await asyncio.sleep(1.0)
        raise CallError("the call is lost")
    finally:
        if vehicle.reply.location and not is_lost():
            await vehicle.hang_up()
        else:
            await vehicle.close()


def main(arguments: list[str]) -> int:
    """Exit status: 0 ended by Ctrl-C, 1 not taken or lost, 2 wrong arguments."""
    token = os.environ.get(TOKEN, "")
    if len(arguments) not in {2, 3} or not token or (len(arguments) == 3 and arguments[2] not in CODECS):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    url, clip, codec = arguments[0], Path(arguments[1]), (*arguments, "h264")[2]
    try:
        with suppress(KeyboardInterrupt):
            sys.stderr.write(f"calling {url}: Ctrl-C ends it\n")
            asyncio.run(drive(url, token, clip, codec))
    except (CallError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
