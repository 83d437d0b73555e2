"""How long to wait before trying a service again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Doubling waits with full jitter, so that many workers do not come back at the same moment."""

    first_s: float = 0.2
    longest_s: float = 5.0
    failures: int = 0

    def next_s(self) -> float:
        """The wait after one more failure: at least a quarter of `first_s`, at most `longest_s`."""
        ceiling = min(self.longest_s, self.first_s * 2 ** min(self.failures, 20))
        self.failures += 1
        return random.uniform(self.first_s / 4, ceiling)  # noqa: S311 - jitter, no secret

    def reset(self) -> None:
        """It answered."""
        self.failures = 0
