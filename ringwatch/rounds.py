"""Whether a worker's analysis still comes round: a thread that hangs can say nothing of itself."""

from __future__ import annotations

import time
from collections.abc import Callable

LATE_S = 10.0  # without a turn: the worker is not ready
HOPELESS_S = 120.0  # ... it must be replaced; longer than a model takes to get ready for its first picture


class Rounds:
    """Turned by the thread that analyses, asked by another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turned_s = clock()

    def turn(self) -> None:
        """Say that it has come round."""
        self._turned_s = self._clock()

    @property
    def problem(self) -> str:
        """What is wrong, in words; "" while it comes round."""
        late_s = self._clock() - self._turned_s
        return f"the analysis has not come back for {late_s:.0f} s" if late_s > LATE_S else ""

    @property
    def is_hopeless(self) -> bool:
        """Whether it will not come back."""
        return self._clock() - self._turned_s > HOPELESS_S
