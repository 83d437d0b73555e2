"""A clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Hands:
    """Its hands stand until a test moves them."""

    now: datetime  # UTC

    def __call__(self) -> datetime:
        return self.now
