"""Says that the record has changed, to whoever listens, so that nobody who changed it waits for that."""

from __future__ import annotations

import threading

import structlog

from alerts.queue import AlertQueue
from config.errors import BackendUnavailable

log = structlog.get_logger()
FAREWELL_S = 1.0  # how long a stop waits for what is still to be said


class ChangeTeller:
    """The thread `change-teller`: `tell` returns at once, from any thread; several tellings may be said as one.

    Where Redis is away nothing is said, and nothing is kept: consoles look twice a second anyway.
    """

    def __init__(self, url: str) -> None:
        self._queue = AlertQueue(url)
        self._changed = threading.Event()
        self._stopping = False
        self._away = False
        self._thread = threading.Thread(target=self._run, name="change-teller", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def tell(self) -> None:
        """The record has changed."""
        self._changed.set()

    def stop(self) -> None:
        """Say what is still to be said, if that is quick, and end."""
        self._stopping = True
        self._changed.set()
        self._thread.join(FAREWELL_S)
        self._queue.close()

    def _run(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            last = self._stopping  # before saying it: what is told meanwhile gets a round of its own
            self._say()
            if last:
                return

    def _say(self) -> None:
        try:
            self._queue.announce()
        except BackendUnavailable as error:
            if not self._away:
                log.info("acts are seen half a second later on other pages", reason=str(error))
            self._away = True
        else:
            self._away = False
