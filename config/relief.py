"""Relief: the time round a shift change in which nobody is accused of having left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator

from config.durations import SHAPE, format_duration, parse_duration
from config.hours import DAY, Hours

LONGEST = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """From `grace` before every change of `shifts` until `grace` after it no time counts against a guard."""

    grace: timedelta
    shifts: tuple[Hours, ...] = ()  # of the network's roster

    def windows(self, day: date, zone: tzinfo) -> list[tuple[datetime, datetime]]:
        """The windows round the changes of the shifts that begin on `day`, in UTC, in their order.

        Where clocks are set back, a change at a time that comes twice has a window each time.
        """
        local = {change for shift in self.shifts for change in shift.changes_of(day)}
        changes = {change.replace(tzinfo=zone, fold=fold).astimezone(UTC) for change in local for fold in (0, 1)}
        return [(change - self.grace, change + self.grace) for change in sorted(changes)]

    def counted_until(self, since: datetime, span: timedelta, zone: tzinfo) -> datetime:
        """When `span` will have passed since `since` outside every window: just `since + span` far from any change."""
        cursor, left = since, span
        for begins, ends in self._windows_from(since, zone):
            if begins - cursor >= left:
                break
            left -= max(timedelta(), begins - cursor)
            cursor = max(cursor, ends)
        return cursor + left

    def _windows_from(self, since: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """Those that end after `since`, over the following days: longer than any post's time, were they all to count.

        A shift may end on the day after the one it begins on, so two days before are looked at too.
        """
        today = since.astimezone(zone).date()
        days = [self.windows(today + number * DAY, zone) for number in range(-2, 3)]
        yield from sorted({window for windows in days for window in windows if window[1] > since})


def parse_relief(value: object) -> Relief:
    """`value`, a duration, as relief at changes that are not known yet.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, Relief):
        return value
    grace = parse_duration(value)
    if not timedelta() < grace <= LONGEST:
        raise ValueError(f"{format_duration(grace)} is out of range: it must be more than 0s, at most 2 hours")
    return Relief(grace=grace)


ReliefTime = Annotated[Relief, BeforeValidator(parse_relief), SHAPE]
