"""When a rule is on: weekly hours in the network's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours; see `parse_hours` for how they are written."""

    text: str

    def cover(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether the rule is on at `at` (aware), read as local time in `zone`."""
        raise NotImplementedError
