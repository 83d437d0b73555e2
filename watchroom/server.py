"""The console on a port: its door, started, and stopped without waiting for pages that stay open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from config.door import EVER, Door, Limits
from config.errors import BackendUnavailable

if TYPE_CHECKING:
    from fastapi import FastAPI

    from watchroom.feed import ChangeFeed

GRACE_S = 3  # for answers that are being sent; open pages are told at once
MOST = 256  # connections at once; as many again may be on their way out
ANSWERED = 128  # of which so many may be answered at once: the rest have time to ask, whatever the others fetch
ASK_S = 10.0  # from coming in, or from the last answer, to a request


def serve(
    app: FastAPI,
    host: str,
    port: int,
    stop: threading.Event,
    *,
    ready: Callable[[int], None] = lambda _port: None,
    closed: Callable[[str], None] = lambda _reason: None,
) -> None:
    """Serve `app` on this thread until `stop` is set. `ready` is called with the port when it takes requests.

    Port 0 takes any free one. Signals stay the caller's. `closed` is told why a connection is ended: `silent`, `full`
    or `long`. An answer takes as long as it takes.

    Raises:
        BackendUnavailable: the port cannot be listened on.
    """
    limits = Limits(most=MOST, answered=ANSWERED, ask_s=ASK_S, answer_s=EVER)
    door = Door(_listen(host, port), limits, closed)
    config = uvicorn.Config(
        door.watched(app),
        log_config=None,  # the composition root has set logging up
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http="h11",  # bounds a request's head, as httptools, which uvicorn would choose where it is there, does not
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
    )
    with door:
        ConsoleServer(config, door, app.state.feed, stop, ready).run(sockets=[door])


class ConsoleServer(uvicorn.Server):
    """uvicorn, stopped by an event instead of a signal, behind a door that is looked after."""

    def __init__(
        self, config: uvicorn.Config, door: Door, feed: ChangeFeed, stop: threading.Event, ready: Callable[[int], None]
    ) -> None:
        super().__init__(config)
        self._door = door
        self._feed = feed
        self._stop = stop
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take requests, and say so."""
        await super().startup(sockets)
        if self.started and sockets:
            self._ready(sockets[0].getsockname()[1])

    async def on_tick(self, counter: int) -> bool:
        """Asked ten times a second whether to stop."""
        if counter % 10 == 0:
            self._door.send_off()
        return await super().on_tick(counter) or self._stop.is_set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the pages' streams first: they never end by themselves."""
        self._feed.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise BackendUnavailable(f"the console cannot listen on {host}:{port}: {error.strerror}") from error
