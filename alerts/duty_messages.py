"""What the duty room puts on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An open list that a shift has taken over."""

    at: datetime  # UTC, of the change of shift
    shift: str  # that came on
    accepted_at: datetime  # UTC
    accepted_by: str  # a seat
    note: str
    alerts: tuple[str, ...]  # ids of what was open
