"""Whether a worker's detector still answers: one that fails on every frame leaves all of its cameras blind."""

from __future__ import annotations

import time
from collections.abc import Callable

LATE_S = 10.0  # of nothing but failures: the worker is not ready
HOPELESS_S = 60.0  # ... it must be replaced: what a device or its driver has lost comes back with another process alone
FEW = 5  # failures say nothing yet, however far apart they are: a quiet worker asks seldom


class Answers:
    """Told by the thread that analyses, asked by another too. One answer, to whichever camera, makes all well."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0  # in a row
        self._since_s = 0.0
        self._failing_s = 0.0  # from the first of them to the newest

    def note(self, *, answered: bool) -> None:
        """The detector was asked about a frame."""
        if answered:
            self._failures, self._failing_s = 0, 0.0
            return
        now_s = self._clock()
        if not self._failures:
            self._since_s = now_s
        self._failures += 1
        self._failing_s = now_s - self._since_s if self._failures > FEW else 0.0

    @property
    def problem(self) -> str:
        """What is wrong, in words; "" while frames are answered."""
        failing_s = self._failing_s
        return f"the detector has failed on every frame for {failing_s:.0f} s" if failing_s > LATE_S else ""

    @property
    def is_hopeless(self) -> bool:
        """Whether it will not come back by itself."""
        return self._failing_s > HOPELESS_S
