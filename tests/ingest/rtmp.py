"""The least of an RTMP server: enough of the protocol for a client to pull one clip, once.

Source: Adobe's RTMP 1.0 (handshake 5.2, chunks 5.3, commands 7.2) and FLV 10.1 (tags E.4).
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av

HANDSHAKE = 1536  # bytes
APART_MS = 100  # of two clips
CHUNK = 1 << 20  # one chunk a message: larger than any here
SET_CHUNK_SIZE, COMMAND, VIDEO = 1, 20, 9  # message types
NOTHING, OBJECT_END = b"\x05", b"\x00\x00\x09"  # AMF0


@contextmanager
def rtmp_server(clip: Path, flv: Path, *then: Path) -> Iterator[str]:
    """Serve `clip`, remuxed to `flv`, to the first client that plays, and after it the clips `then`; yields the URL."""
    tags = list(rtmp_tags((clip, *then), flv))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, tags), name="rtmp-server")
        thread.start()
        try:
            yield f"rtmp://east:hunter2@127.0.0.1:{listener.getsockname()[1]}/live/gate"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5.0)


def rtmp_tags(clips: tuple[Path, ...], flv: Path) -> Iterator[tuple[int, bytes]]:
    """The video tags of all `clips`, each remuxed to `flv`, one after another in time."""
    began_ms = ended_ms = 0
    for clip in clips:
        remux(clip, flv)
        for stamp_ms, body in video_tags(flv.read_bytes()):
            ended_ms = began_ms + stamp_ms
            yield ended_ms, body
        began_ms = ended_ms + APART_MS


def remux(clip: Path, flv: Path) -> None:
    with av.open(str(clip)) as source, av.open(str(flv), "w", format="flv") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)


def video_tags(flv: bytes) -> Iterator[tuple[int, bytes]]:
    """The milliseconds and the body of each video tag."""
    at = 13
    while at + 11 <= len(flv):
        kind, size = flv[at], int.from_bytes(flv[at + 1 : at + 4], "big")
        stamp_ms = int.from_bytes(flv[at + 4 : at + 7], "big")
        if kind == VIDEO:
            yield stamp_ms, flv[at + 11 : at + 11 + size]
        at += 11 + size + 4


def message(kind: int, body: bytes, *, stamp_ms: int = 0, stream: int = 0) -> bytes:
    """One message in one chunk with a full header, on chunk stream 3."""
    return (
        b"\x03"
        + stamp_ms.to_bytes(3, "big")
        + len(body).to_bytes(3, "big")
        + bytes([kind])
        + stream.to_bytes(4, "little")
        + body
    )


def text(value: str) -> bytes:
    return b"\x02" + struct.pack(">H", len(value)) + value.encode()


def number(value: float) -> bytes:
    return b"\x00" + struct.pack(">d", value)


def status(code: str) -> bytes:
    """An AMF object that says how it went."""
    pairs = {"level": "status", "code": code}
    return b"\x03" + b"".join(text(key)[1:] + text(value) for key, value in pairs.items()) + OBJECT_END


def _serve(listener: socket.socket, tags: list[tuple[int, bytes]]) -> None:
    with suppress(OSError):  # the test is over, or the client has gone
        line, _ = listener.accept()
        with line:
            _shake_hands(line)
            line.sendall(message(SET_CHUNK_SIZE, CHUNK.to_bytes(4, "big")))
            _answer(line, "connect", text("_result") + number(1) + NOTHING + status("NetConnection.Connect.Success"))
            transaction = _wait_for(line, "createStream")
            line.sendall(message(COMMAND, text("_result") + number(transaction) + NOTHING + number(1)))
            _answer(line, "play", text("onStatus") + number(0) + NOTHING + status("NetStream.Play.Start"))
            for stamp_ms, body in tags:
                line.sendall(message(VIDEO, body, stamp_ms=stamp_ms, stream=1))
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                continue


def _shake_hands(line: socket.socket) -> None:
    _read(line, 1 + HANDSHAKE)
    line.sendall(b"\x03" + bytes(HANDSHAKE) + bytes(HANDSHAKE))
    _read(line, HANDSHAKE)


def _answer(line: socket.socket, command: str, body: bytes) -> None:
    _wait_for(line, command)
    line.sendall(message(COMMAND, body))


def _wait_for(line: socket.socket, command: str) -> float:
    """Read on until the client has sent `command`; its transaction number."""
    name, came = text(command), b""
    while name not in came or len(came) < came.index(name) + len(name) + 9:
        more = line.recv(1)
        if not more:
            raise ConnectionResetError(f"the client left before {command}")
        came += more
    after = came.index(name) + len(name) + 1
    return float(struct.unpack(">d", came[after : after + 8])[0])


def _read(line: socket.socket, size: int) -> bytes:
    came = b""
    while len(came) < size:
        more = line.recv(size - len(came))
        if not more:
            raise ConnectionResetError("the client left in the handshake")
        came += more
    return came
