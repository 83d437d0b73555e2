"""Connections that stand in a door, with little or nothing to say."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

LOOPBACK = "127.0.0.1"


@contextmanager
def crowd(port: int, many: int, says: bytes = b"", *, source: str = LOOPBACK) -> Iterator[list[socket.socket]]:
    """So many connections, each with so much said."""
    with ExitStack() as open_ones:
        made = []
        for _ in range(many):
            one = socket.create_connection((LOOPBACK, port), timeout=10, source_address=(source, 0))
            made.append(open_ones.enter_context(one))
            made[-1].sendall(says)
        yield made


def ended(connections: list[socket.socket]) -> int:
    """How many of them the other end has ended."""
    readable, _, _ = select.select(connections, [], [], 0)
    return sum(_is_ended(one) for one in readable)


def _is_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True


def read_to_the_end(connection: socket.socket) -> bytes:
    """All that comes, until the other end ends it."""
    heard = b""
    while more := connection.recv(65536):
        heard += more
    return heard
