"""A simulator in this process, and clients that know nothing of its code."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.stream import VideoStream

from sample_streams.media import Library
from sample_streams.mount import Mount
from sample_streams.rtsp_server import HOST, Address, RtspServer
from sample_streams.variants import spoiled

QUICKLY = {"fpsprobesize": "0", "analyzeduration": "100000"}  # what FFmpeg waits for before it gives a packet out


@contextmanager
def serving(*mounts: Mount) -> Iterator[RtspServer]:
    """A server of `mounts` on a free port, on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="rtsp-server")
    thread.start()
    server = RtspServer(Address(HOST, 0), mounts, Library(spoiled))
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)  # its pictures are made first
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def watching(url: str, transport: str = "tcp") -> Iterator[Iterator[av.Packet[VideoStream]]]:
    """FFmpeg's client on `url`: its packets as they come."""
    with av.open(url, options={"rtsp_transport": transport, **QUICKLY}, timeout=(10, 10)) as container:
        yield container.demux(container.streams.video[0])


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def challenges(self) -> str:
        """Every WWW-Authenticate header."""
        return self.headers.get("www-authenticate", "")


class RawClient:
    """Writes any bytes to a server, and reads its answers one by one."""

    def __init__(self, server: RtspServer) -> None:
        self.base = f"rtsp://{server.address}"
        self._socket = socket.create_connection((server.address.host, server.address.port), timeout=10)
        self._file = self._socket.makefile("rb")
        self._cseq = 0

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        """One request and its answer; `_` in a header's name stands for `-`."""
        self._cseq += 1
        lines = [f"{method} {self.base}{path} RTSP/1.0", f"CSeq: {self._cseq}"]
        lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
        self.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        answer = self.read()
        assert answer.headers["cseq"] == str(self._cseq)
        return answer

    def write(self, sent: bytes) -> None:
        """Any bytes."""
        self._socket.sendall(sent)

    def read(self) -> Answer:
        """The next answer."""
        status = int(self._file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._file.readline().decode().strip():
            name, _, text = line.partition(": ")
            headers[name.lower()] = f"{headers[name.lower()]}, {text}" if name.lower() in headers else text
        body = self._file.read(int(headers.get("content-length", 0)))
        return Answer(status=status, headers=headers, body=body)

    def frame(self) -> tuple[int, bytes]:
        """The next interleaved packet: its channel and its bytes."""
        assert self._file.read(1) == b"$"
        channel, size = self._file.read(1)[0], int.from_bytes(self._file.read(2), "big")
        return channel, self._file.read(size)

    def ended(self) -> bool:
        """Whether the server has hung up, after whatever it still sent."""
        try:
            while self._file.read(4096):
                pass
        except ConnectionResetError:
            pass
        return True

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


@contextmanager
def raw(server: RtspServer) -> Iterator[RawClient]:
    """A client that is closed afterwards."""
    client = RawClient(server)
    try:
        yield client
    finally:
        client.close()


def nal_types(path: Path) -> list[int]:
    """The types of the NAL units of the clip at `path`, from its length-prefixed packets."""
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            rest = bytes(packet)
            while rest:
                size = int.from_bytes(rest[:4], "big")
                found.append(rest[4] & 0x1F)
                rest = rest[4 + size :]
    return found
