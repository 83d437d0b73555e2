"""Moments as people write them: a date, then a T or a space and a time, then an offset from UTC."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, datetime

_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d|Z$)")
_BEFORE_TIME = re.compile(r"[Tt]|\s+")


def read_moment(text: str) -> datetime:
    """What `text` says; without an offset it has none, and a date alone is its first moment.

    Python takes any character between date and time: 2026-01-01+08:00 would be eight in the morning.

    Raises:
        ValueError: it is none, or has a year that some time zones do not have.
    """
    day, *after = _BEFORE_TIME.split(text.strip(), maxsplit=1)
    begins = date.fromisoformat(day)
    if not MINYEAR < begins.year < MAXYEAR:
        raise ValueError(f"the year {begins.year} is not whole in every time zone")
    return datetime.fromisoformat("T".join((day, *(_BEFORE_OFFSET.sub("", time) for time in after))))
