"""A real webhook: an HTTP server that takes messages, and fails as it is told."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Taken:
    """One request, as it came."""

    path: str
    headers: dict[str, str]  # by small letters
    body: bytes
    status: int  # that it was answered with; 0 for none

    @property
    def told(self) -> dict[str, Any]:
        """Its JSON."""
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def id(self) -> str:
        """Of the message."""
        return self.headers["webhook-id"]


@dataclass(slots=True)
class Hook:
    """What the server does next, and what it has taken."""

    port: int = 0
    fault: str = ""  # "", a status, "reset", "silent", "drip"
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b"{}"
    taken: list[Taken] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hooks/ringwatch"

    @property
    def accepted(self) -> list[Taken]:
        """What it has said yes to."""
        return [one for one in self.taken if 200 <= one.status < 300]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hook: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        fault = self.hook.fault
        status = int(fault) if fault.isdigit() else 0 if fault else 200
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hook.taken.append(Taken(self.path, headers, body, status))
        if status:
            self._answer(status)
        else:
            self._fail(fault)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        for name, value in self.hook.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.hook.answer)))
        self.end_headers()
        self.wfile.write(self.hook.answer)

    def _fail(self, fault: str) -> None:
        self.close_connection = True
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault == "silent":
            self.hook.over.wait(30)
        elif fault == "drip":
            for letter in b"HTTP/1.1 200 OK\r\nx-slow: " + b"z" * 1000:
                try:
                    self.connection.send(bytes([letter]))
                except OSError:
                    return
                time.sleep(0.1)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that a test breaks is none of our business."""


@contextmanager
def webhook() -> Iterator[Hook]:
    """A webhook that listens until the block ends."""
    hook = Hook()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hook": hook}))
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="webhook")
    thread.start()
    try:
        yield hook
    finally:
        hook.over.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
