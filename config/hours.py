"""When a rule is on: weekly hours in the network's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
GROUPS = {"daily": EVERY_DAY, "weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}
_SPAN = re.compile(r"(?:(?P<days>[a-z][a-z-]*)\s+)?(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})")
DAY = timedelta(days=1)
SHOW = 'write for example always, "22:00-06:00" or "mon-fri 08:00-18:00, sat 09:00-12:00"'


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of some days of the week; an end at or before the start lies on the next day."""

    days: frozenset[int]  # 0 is Monday
    begins: timedelta  # since midnight
    ends: timedelta

    def covers(self, weekday: int, time: timedelta) -> bool:
        """Whether `time` since midnight of `weekday` lies in the span."""
        if self.begins < self.ends:
            return weekday in self.days and self.begins <= time < self.ends
        begun_today = weekday in self.days and time >= self.begins
        begun_yesterday = (weekday - 1) % 7 in self.days and time < self.ends
        return begun_today or begun_yesterday


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours as they were written, and as they are evaluated; no span at all is always."""

    text: str = "always"
    spans: tuple[Span, ...] = ()

    def cover(self, at: datetime, zone: tzinfo) -> bool:
        """Whether the rule is on at `at` (aware), read as local time in `zone`."""
        if not self.spans:
            return True
        local = at.astimezone(zone)
        time = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return any(span.covers(local.weekday(), time) for span in self.spans)


def parse_hours(value: object) -> Hours:
    """`value` as weekly hours.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, Hours):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not hours: {SHOW}")  # noqa: TRY004 - pydantic collects ValueError
    if value.strip().lower() == "always":
        return Hours()
    return Hours(value, tuple(_span(part.strip().lower()) for part in value.split(",")))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not hours: {SHOW}")
    begins, ends = _time(found["from"]), _time(found["to"])
    if begins == ends:
        raise ValueError(f"{text!r} begins and ends at the same time: write 00:00-24:00 for the whole day")
    return Span(_days(found["days"]) if found["days"] else EVERY_DAY, begins, ends)


def _time(text: str) -> timedelta:
    hour, minute = map(int, text.split(":"))
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError(f"{text} is not a time of day: write 00:00 to 24:00")
    return timedelta(hours=hour, minutes=minute)


def _days(text: str) -> frozenset[int]:
    if text in GROUPS:
        return GROUPS[text]
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"{text!r} is not a day: write mon tue wed thu fri sat sun, mon-fri, weekdays or weekend")
    begins, ends = DAYS.index(first), DAYS.index(last or first)
    return frozenset((begins + step) % 7 for step in range((ends - begins) % 7 + 1))


WeeklyHours = Annotated[
    Hours,
    BeforeValidator(parse_hours),
    WithJsonSchema({"type": "string", "examples": ["always", "22:00-06:00", "mon-fri 08:00-18:00"]}),
]
