"""Something small done again and again on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Periodic:
    """Calls `action` every `every_s` seconds until stopped. A failure is logged and does not end it."""

    def __init__(self, name: str, every_s: float, action: Callable[[], None]) -> None:
        self._every_s = every_s
        self._action = action
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first call comes at once."""
        self._thread.start()

    def request_stop(self) -> None:
        """Let no further call begin, and do not wait."""
        self._stop.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End; returns when a call under way has ended, or `timeout_s` have passed."""
        self.request_stop()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while True:
            try:
                self._action()
            except Exception:
                log.exception("periodic work failed", work=self._thread.name)
            if self._stop.wait(self._every_s):
                return
