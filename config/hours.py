"""When a rule is on: weekly hours in the network's time zone, and what holds on its holidays instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from config.redact import holds_url, quoted

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
GROUPS = {"daily": EVERY_DAY, "weekdays": frozenset(range(5)), "weekend": frozenset({5, 6})}
HOLIDAYS = "holidays"
_SPAN = re.compile(r"(?:(?P<days>[a-z][a-z-]*)\s+)?(?P<from>\d{1,2}:\d{2})-(?P<to>\d{1,2}:\d{2})")
DAY = timedelta(days=1)
SHOW = 'write for example always, "22:00-06:00" or "mon-fri 08:00-18:00, sat 09:00-12:00, holidays off"'


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of some days of the week; an end at or before the start lies on the next day."""

    days: frozenset[int]  # 0 is Monday
    begins: timedelta  # since midnight
    ends: timedelta

    @property
    def goes_over_midnight(self) -> bool:
        """Whether it ends on the day after the one it begins on."""
        return self.ends <= self.begins

    def covers(self, time: timedelta) -> bool:
        """Whether `time` since midnight lies in the span, on the day it begins on."""
        return self.begins <= time and (self.goes_over_midnight or time < self.ends)


WHOLE_DAY = Span(EVERY_DAY, timedelta(), DAY)


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours as they were written, and as they are evaluated; no span at all is always.

    A span belongs to the day it begins on: the night before a holiday goes on into it, and where a holiday has hours of
    its own, its weekday's do not begin.
    """

    text: str = "always"
    spans: tuple[Span, ...] = ()
    on_holidays: tuple[Span, ...] | None = None  # what holds on a holiday; None when it is a day like any other
    holidays: frozenset[date] = frozenset()  # the network's, known where `on_holidays` asks for them

    def cover(self, at: datetime, zone: tzinfo) -> bool:
        """Whether the rule is on at `at` (aware), read as local time in `zone`."""
        if not self.spans:
            return True
        local = at.astimezone(zone)
        today, time = local.date(), _since_midnight(local)
        if any(span.covers(time) for span in self.spans_of(today)):
            return True
        return any(span.goes_over_midnight and time < span.ends for span in self.spans_of(today - DAY))

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on `day`."""
        if self.on_holidays is not None and day in self.holidays:
            return self.on_holidays
        return tuple(span for span in self.spans if day.weekday() in span.days)

    def changes_of(self, day: date) -> Iterator[datetime]:
        """When the spans that begin on `day` begin and end, in local time without a zone; always has none."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local time, of whichever zone
        for span in self.spans_of(day):
            yield midnight + span.begins
            yield midnight + span.ends + (DAY if span.goes_over_midnight else timedelta())

    def on(self, holidays: frozenset[date]) -> Hours:
        """The same hours in a network with these `holidays`."""
        return self if self.on_holidays is None else replace(self, holidays=holidays)


def parse_hours(value: object) -> Hours:
    """`value` as weekly hours.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, Hours):
        return value
    if not isinstance(value, str) or holds_url(value):
        raise ValueError(f"{quoted(value)} is not hours: {SHOW}")
    parts = [part.strip().lower() for part in value.split(",")]
    if parts == ["always"]:
        return Hours()
    weekly = [part for part in parts if part.split()[:1] != [HOLIDAYS]]
    festive = [part for part in parts if part not in weekly]
    if not weekly:
        raise ValueError(f'{value!r} says nothing of the other days: write for example "always, {festive[0]}"')
    spans = (WHOLE_DAY,) if weekly == ["always"] else tuple(_span(part) for part in weekly)
    return Hours(value, spans, _on_holidays(festive))


def _on_holidays(parts: list[str]) -> tuple[Span, ...] | None:
    if not parts:
        return None
    if parts == [f"{HOLIDAYS} off"]:
        return ()
    times = [part.removeprefix(HOLIDAYS).strip() for part in parts]
    for time in times:
        if not time[:1].isdigit():
            said = f"{HOLIDAYS} {time}".strip()
            raise ValueError(f'{said!r} is not hours: write holidays off, or for example "holidays 10:00-14:00"')
    return tuple(_span(time) for time in times)


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


def _since_midnight(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


WeeklyHours = Annotated[
    Hours,
    BeforeValidator(parse_hours),
    WithJsonSchema(
        {"type": "string", "examples": ["always", "22:00-06:00", "mon-fri 08:00-18:00", "always, holidays off"]}
    ),
]
