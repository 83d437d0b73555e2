"""Hears that the record has changed, the moment it does. Whoever hears nothing still looks from time to time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from redis.client import PubSub

from alerts.backoff import Backoff
from alerts.connection import Connection
from alerts.queue import CHANGED
from config.errors import BackendUnavailable

log = structlog.get_logger()
HEAR_S = 0.5  # how long a stop may have to wait


class ChangeListener:
    """The thread `change-listener`: calls `on_change` on it. Its owner starts and stops it.

    It costs nothing while nothing changes. A Redis that is away is tried again; after each connection `on_change` is
    called once, for what was said meanwhile.
    """

    def __init__(self, url: str, on_change: Callable[[], None]) -> None:
        self._connection = Connection(url)
        self._on_change = on_change
        self._backoff = Backoff()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="change-listener", daemon=True)
        self.hears = False

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has ended."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)
        self._connection.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except BackendUnavailable as error:
                if self.hears or not self._backoff.failures:
                    log.warning("changes are looked for instead of heard", reason=str(error))
            except Exception:  # a supervisor: pages would hear of alerts half a second later for ever
                log.exception("listening for changes failed")
            self.hears = False
            self._stopping.wait(self._backoff.next_s())

    def _listen(self) -> None:
        with self._connection.speaking() as redis, PubSub(redis.connection_pool) as subscription:
            subscription.subscribe(CHANGED)
            while not self._stopping.is_set():
                heard = subscription.get_message(timeout=HEAR_S)
                if heard is not None:  # the first is that the subscription has begun
                    self.hears = True
                    self._backoff.reset()
                    self._on_change()
