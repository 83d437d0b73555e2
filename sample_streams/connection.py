"""One client's connection: its requests, its session, its stream. Source: RFC 2326, section 10."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from asyncio import StreamReader, StreamWriter, Task
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sample_streams.auth import Gate
from sample_streams.errors import RequestError
from sample_streams.faults import FaultKind
from sample_streams.mount import TRACK, Mount, resource
from sample_streams.outlets import Outlet, ViewerBehind, ViewerGone, open_outlet
from sample_streams.rtsp_messages import RequestReader, Response, encode_response
from sample_streams.sdp import CONTENT_TYPE, describe
from sample_streams.viewer import Channel, HungUp, Viewer

if TYPE_CHECKING:
    from sample_streams.rtsp_messages import Request

METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "TEARDOWN")
SESSION_TIMEOUT_S = 60  # said to the client; a connection that says nothing for twice as long is closed
READ_BYTES = 16384
WRONG_STATE, NO_SESSION, NOT_FOUND, UNAUTHORIZED, NOT_ALLOWED = 455, 454, 404, 401, 405


class Connection:
    """Answers the requests of one client until it leaves; its one session lives and ends with it."""

    def __init__(
        self, mounts: Mapping[str, tuple[Mount, Channel]], writer: StreamWriter, on_behind: Callable[[Mount], None]
    ) -> None:
        self._mounts = mounts
        self._writer = writer
        self._on_behind = on_behind
        self._gate = Gate()
        self._session = secrets.token_hex(8)
        self._mount: Mount | None = None
        self._outlet: Outlet | None = None
        self._playing: Task[None] | None = None

    async def serve(self, reader: StreamReader) -> None:
        """Until the client leaves, errs, is silent too long or falls behind."""
        requests = RequestReader()
        try:
            while received := await asyncio.wait_for(reader.read(READ_BYTES), 2 * SESSION_TIMEOUT_S):
                for request in requests.feed(received):
                    await self._answer(request)
                    if request.method == "TEARDOWN" or self._gate.exhausted:
                        return
        except RequestError as error:
            self._writer.write(encode_response(Response(status=error.status), None))
        except (TimeoutError, ConnectionError):
            pass  # gone without a word, or silent for too long
        finally:
            await self.close()

    async def close(self) -> None:
        """End the stream and hang up."""
        if self._playing:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
        if self._outlet:
            self._outlet.close()
        self._writer.close()

    async def _answer(self, request: Request) -> None:
        found = self._find(request.url)
        fault = found[1].trouble(asyncio.get_running_loop().time()) if found else None
        if fault is FaultKind.SILENT:
            return
        if fault is FaultKind.DROP or (fault is FaultKind.REFUSE and not self._playing):
            raise ConnectionResetError  # as a server that is not there
        response = self._refusal(request, fault, found) or self._response(request)
        self._writer.write(encode_response(response, request.cseq))
        await self._writer.drain()

    def _refusal(
        self, request: Request, fault: FaultKind | None, found: tuple[Mount, Channel] | None
    ) -> Response | None:
        """Whoever asks for the stream has the wrong password, if it goes wrong like that."""
        if fault is not FaultKind.WRONG_PASSWORD or found is None or request.method == "OPTIONS":
            return None
        challenges = self._gate.challenges(found[0]) or (("WWW-Authenticate", 'Basic realm="camera"'),)
        return Response(status=UNAUTHORIZED, headers=challenges)

    def _response(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(headers=(("Public", ", ".join(METHODS)),))
        if request.method not in METHODS:
            return Response(status=NOT_ALLOWED, headers=(("Allow", ", ".join(METHODS)),))
        found = self._find(request.url)
        if found is None:
            return Response(status=NOT_FOUND)
        mount, channel = found
        if not self._gate.admits(request, mount):
            return Response(status=UNAUTHORIZED, headers=self._gate.challenges(mount))
        try:
            return self._admitted(request, mount, channel)
        except RequestError as error:
            return Response(status=error.status)

    def _find(self, url: str) -> tuple[Mount, Channel] | None:
        try:
            return self._mounts.get(resource(url))
        except ValueError:
            return None

    def _admitted(self, request: Request, mount: Mount, channel: Channel) -> Response:
        if request.method == "DESCRIBE":
            base = request.url.rstrip("/") + "/"
            return Response(
                headers=(("Content-Type", CONTENT_TYPE), ("Content-Base", base)), body=describe(channel.media)
            )
        if request.method == "SETUP":
            return self._setup(request, mount)
        if request.headers.get("session", self._session).split(";")[0] != self._session:
            raise RequestError(NO_SESSION)
        if request.method == "PLAY":
            return self._play(request, mount, channel)
        return Response(headers=(("Session", self._session),))  # GET_PARAMETER as a sign of life, TEARDOWN

    def _setup(self, request: Request, mount: Mount) -> Response:
        if self._playing:
            raise RequestError(WRONG_STATE)
        outlet = open_outlet(request.headers.get("transport", ""), self._writer)
        if self._outlet:
            self._outlet.close()
        self._mount, self._outlet = mount, outlet
        session = f"{self._session};timeout={SESSION_TIMEOUT_S}"
        return Response(headers=(("Transport", outlet.header), ("Session", session)))

    def _play(self, request: Request, mount: Mount, channel: Channel) -> Response:
        if self._outlet is None or self._mount is not mount:
            raise RequestError(WRONG_STATE)
        headers = [("Session", self._session), ("Range", "npt=now-")]
        if not self._playing:  # a second PLAY is a client's sign of life
            viewer = Viewer(channel, self._outlet, asyncio.get_running_loop().time())
            track = request.url.rstrip("/").removesuffix(f"/{TRACK}") + f"/{TRACK}"
            headers.append(("RTP-Info", f"url={track};{viewer.info}"))
            self._playing = asyncio.create_task(self._send(viewer, mount), name=f"viewer {mount.path}")
        return Response(headers=tuple(headers))

    async def _send(self, viewer: Viewer, mount: Mount) -> None:
        try:
            await viewer.play()
        except ViewerBehind:
            self._on_behind(mount)
            self._writer.transport.abort()  # what waits for it would keep the connection open
        except ViewerGone:
            return  # whoever reads from the connection learns it too, and closes it
        except HungUp as hung_up:
            self._hang_up(hard=hung_up.hard)

    def _hang_up(self, *, hard: bool) -> None:
        """End the connection, by a reset if `hard`."""
        if hard:
            connection = self._writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
