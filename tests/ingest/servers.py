"""Cameras that misbehave: TCP servers that a real camera's worst days are made of."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest


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


@contextmanager
def unanswering() -> Iterator[int]:
    """A port where nothing is answered, as of a host that is not there: its queue is full, and the kernel is silent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        port = int(listener.getsockname()[1])
        for _ in range(16):
            line = stack.enter_context(socket.socket())
            line.settimeout(0.5)
            try:
                line.connect(("127.0.0.1", port))
            except TimeoutError:
                break
        else:
            pytest.fail("this machine answers whoever connects, however many wait")
        yield port
