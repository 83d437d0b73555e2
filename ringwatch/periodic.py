"""Something small done again and again on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from contextlib import ExitStack

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


def repeat(stack: ExitStack, name: str, every_s: float, action: Callable[[], None]) -> None:
    """Call `action` every `every_s` seconds on the thread `name`, until `stack` closes."""
    periodic = Periodic(name, every_s, action)
    periodic.start()
    stack.callback(periodic.stop)


class Every:
    """Says once every so many seconds that it is time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next_s = time.monotonic()

    def is_due(self) -> bool:
        """Whether the time has come round again."""
        now_s = time.monotonic()
        if now_s < self._next_s:
            return False
        self._next_s = now_s + self._seconds
        return True
