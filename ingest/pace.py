"""Plays recordings at the speed they were made."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Holds a reader back until media time and real time agree."""

    def __init__(
        self, monotonic_s: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self._monotonic_s = monotonic_s
        self._sleep = sleep
        self._zero_s: float | None = None  # the monotonic time of media time 0

    def wait_until(self, media_s: float) -> None:
        """Return when `media_s` is due. The first call sets the zero."""
        now_s = self._monotonic_s()
        if self._zero_s is None:
            self._zero_s = now_s - media_s
        early_s = self._zero_s + media_s - now_s
        if early_s > 0:
            self._sleep(early_s)
