"""What is logged of a detector that fails: a line a camera and minute, however many frames it fails on."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from config.errors import RingwatchError

log = structlog.get_logger()
EVERY_S = 60.0


class Complaints:
    """One camera's. The first is told at once, those of the next minute are counted. One thread."""

    def __init__(self, camera: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera = camera
        self._clock = clock
        self._untold = 0
        self._next_s = float("-inf")

    def note(self, error: Exception) -> None:
        """The detector failed on a frame: called where `error` is handled, so that a mistake of ours has its trace."""
        self._untold += 1
        now_s = self._clock()
        if now_s < self._next_s:
            return
        ours = not isinstance(error, RingwatchError)
        log.warning(
            "the detector failed on a frame", camera=self._camera, error=str(error), times=self._untold, exc_info=ours
        )
        self._untold, self._next_s = 0, now_s + EVERY_S
