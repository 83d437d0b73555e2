"""How packets reach a viewer: between the requests of its connection, or as datagrams.

Source: RFC 2326, sections 10.12 and 12.39.
"""

from __future__ import annotations

import re
import socket
from asyncio import StreamWriter
from contextlib import suppress
from typing import Protocol

from sample_streams.errors import RequestError
from sample_streams.rtsp_messages import INTERLEAVED

MAX_BEHIND_BYTES = 4 << 20  # what waits for a slow viewer before it is dropped: a few seconds of a good camera
UNSUPPORTED = 461
_CHANNELS = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")
_PORTS = re.compile(r"client_port=(\d{1,5})-(\d{1,5})")


class ViewerBehind(Exception):  # noqa: N818 - what happened, not whose mistake it is
    """A viewer takes packets more slowly than they come."""


class ViewerGone(Exception):  # noqa: N818 - likewise
    """A viewer's connection is lost: there is nobody to send to."""


class Outlet(Protocol):
    """Takes one viewer's packets; never blocks. Whatever sends raises ViewerBehind, or ViewerGone."""

    @property
    def header(self) -> str:
        """The Transport header that tells the client what was agreed."""

    def rtp(self, packet: bytes) -> None:
        """Send a media packet."""

    def rtcp(self, packet: bytes) -> None:
        """Send a control packet."""

    def half(self, packet: bytes) -> None:
        """Send the first half of a media packet: nothing fit to be read comes after it."""

    def close(self) -> None:
        """Give back what it holds; at once."""


def open_outlet(asked: str, writer: StreamWriter) -> Outlet:
    """The first way of those that `asked`, a Transport header, lists that can be served.

    Raises:
        RequestError: none can, with status 461.
    """
    for offer in asked.split(","):
        protocol = offer.strip().split(";")[0].upper()
        if protocol == "RTP/AVP/TCP":
            return _interleaved(offer, writer)
        if protocol in {"RTP/AVP", "RTP/AVP/UDP"} and "multicast" not in offer and (ports := _PORTS.search(offer)):
            return UdpOutlet(writer.get_extra_info("peername")[0], int(ports[1]), int(ports[2]))
    raise RequestError(UNSUPPORTED)


def _interleaved(offer: str, writer: StreamWriter) -> Outlet:
    channels = _CHANNELS.search(offer)
    first, second = (int(channels[1]), int(channels[2])) if channels else (0, 1)
    if max(first, second) > 255:
        raise RequestError(UNSUPPORTED)
    return InterleavedOutlet(writer, first, second)


class InterleavedOutlet:
    """Packets between the responses on the connection itself."""

    def __init__(self, writer: StreamWriter, rtp_channel: int, rtcp_channel: int) -> None:
        self.header = f"RTP/AVP/TCP;unicast;interleaved={rtp_channel}-{rtcp_channel}"
        self._writer = writer
        self._channels = bytes((INTERLEAVED, rtp_channel)), bytes((INTERLEAVED, rtcp_channel))

    def rtp(self, packet: bytes) -> None:
        """Raises ViewerBehind when too much waits for the connection, ViewerGone when it is lost."""
        self._write(self._channels[0], packet)

    def rtcp(self, packet: bytes) -> None:
        """Raises ViewerBehind when too much waits for the connection, ViewerGone when it is lost."""
        self._write(self._channels[1], packet)

    def half(self, packet: bytes) -> None:
        """A connection that stops within a packet."""
        self._write(self._channels[0], packet, part=len(packet) // 2)

    def close(self) -> None:
        """Nothing of its own: the connection belongs to the server."""

    def _write(self, prefix: bytes, packet: bytes, part: int | None = None) -> None:
        if self._writer.transport.is_closing():  # asyncio would complain of every write
            raise ViewerGone
        if self._writer.transport.get_write_buffer_size() > MAX_BEHIND_BYTES:
            raise ViewerBehind
        self._writer.write(prefix + len(packet).to_bytes(2, "big") + packet[:part])


class UdpOutlet:
    """Datagrams from a pair of ports of its own. What the network does not take is lost, as with a real camera."""

    def __init__(self, host: str, rtp_port: int, rtcp_port: int) -> None:
        self._to = (host, rtp_port), (host, rtcp_port)
        self._sockets = _pair(host)
        first = self._sockets[0].getsockname()[1]
        self.header = f"RTP/AVP;unicast;client_port={rtp_port}-{rtcp_port};server_port={first}-{first + 1}"

    def rtp(self, packet: bytes) -> None:
        """Send it, or lose it."""
        self._send(0, packet)

    def rtcp(self, packet: bytes) -> None:
        """Send it, or lose it."""
        self._send(1, packet)

    def half(self, packet: bytes) -> None:
        """A datagram that lost its end."""
        self._send(0, packet[: len(packet) // 2])

    def close(self) -> None:
        """Close both ports."""
        for end in self._sockets:
            end.close()

    def _send(self, which: int, packet: bytes) -> None:
        with suppress(OSError):  # a full buffer, or nobody there any more: the connection's end says so
            self._sockets[which].sendto(packet, self._to[which])


def _pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Two neighbouring ports, the lower one even, on the address the viewer is reached from.

    Raises:
        RequestError: none are free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    local = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    for _ in range(64):
        first, second = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        first.setblocking(False)
        second.setblocking(False)
        try:
            first.bind((local, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((local, port + 1))
                return first, second
        except OSError:
            pass  # the neighbour is taken: another pair
        first.close()
        second.close()
    raise RequestError(UNSUPPORTED)
