"""How long to wait before a camera is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from ingest.errors import Fault

FIRST, LONGEST = timedelta(seconds=1), timedelta(seconds=30)
FIRST_REFUSED, LONGEST_REFUSED = timedelta(minutes=2), timedelta(minutes=10)
UNIFORM = random.SystemRandom().uniform


class Backoff:
    """Waits that double up to a cap, with jitter, so that cameras behind one switch do not all come back at once.

    Full jitter (anywhere from nothing to the doubled time) spreads them best. After a refused password the wait is at
    least half of the doubled time, and begins at minutes: cameras lock an account after a few wrong tries.
    """

    def __init__(
        self,
        uniform: Callable[[float, float], float] = UNIFORM,
        *,
        first: timedelta = FIRST,
        longest: timedelta = LONGEST,
    ) -> None:
        self._uniform = uniform
        self._first, self._longest = first, longest
        self._failures = 0

    def next_wait(self, fault: Fault) -> timedelta:
        """How long to wait after one more failure."""
        refused = fault is Fault.REFUSED
        first, longest = (FIRST_REFUSED, LONGEST_REFUSED) if refused else (self._first, self._longest)
        ceiling = min(longest, first * (1 << min(self._failures, 16)))
        self._failures += 1
        return ceiling * self._uniform(0.5 if refused else 0.0, 1.0)

    def reset(self) -> None:
        """The camera is well: the next failure is a first one."""
        self._failures = 0
