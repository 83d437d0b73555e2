"""Cameras that misbehave: TCP servers that a real camera's worst days are made of."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def tcp_server(answer: bytes | None) -> Iterator[int]:
    """A port that accepts everybody; sends `answer` and hangs up, or with None says nothing and keeps the line."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept: list[socket.socket] = []
        thread = threading.Thread(target=_serve, args=(listener, answer, kept), name="tcp-server")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(5.0)
            for line in kept:
                line.close()


def _serve(listener: socket.socket, answer: bytes | None, kept: list[socket.socket]) -> None:
    with suppress(OSError):  # the listener was shut down: the test is over
        while True:
            line, _ = listener.accept()
            if answer is None:
                kept.append(line)
                continue
            with line:
                line.recv(4096)
                line.sendall(answer)
