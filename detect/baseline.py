"""What is usual at a place at an hour of the week: counts of earlier weeks, and robust bounds made of them.

Counts of people and vehicles scatter by their square root, a quiet night's little, a busy morning's much. Twice the
square root of a count (and 3/8) scatters by one whatever its size, so that one measure of distance fits all hours.
Median and median absolute deviation take no notice of the odd week in which something happened.
Source: F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial data", Biometrika 35, 1948.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from statistics import median
from typing import Protocol

from detect.messages import Place, Spans, Weeks, WindowCount

WEEK = timedelta(days=7)
WEEKS_KEPT = 6  # so many weeks back are looked at: what changes for good is usual within a month
KEEP = WEEKS_KEPT * WEEK + timedelta(days=1)
AROUND = timedelta(hours=1)  # windows that began so much earlier or later on their day are of the same hour
LEAST_WEEKS, LEAST_COUNTS = 3, 12  # nothing is said before so much is known
FAR = 5.0  # deviations from the median: see docs/DECISIONS.md for how often chance alone goes so far
DEVIATION = 1.4826  # of a normal distribution, in median absolute deviations
OFFSET = 3 / 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What is usual: from `least` to `most`, both included."""

    middle: int  # the median
    least: int
    most: int
    weeks: int  # of how many weeks that is known
    counts: int  # ... and of how many windows


class Baseline(Protocol):
    """What was counted before. The analysis thread calls it; neither method blocks."""

    def weeks(self, place: Place, spans: Spans) -> Weeks | None:
        """The counts of the windows that began in each of `spans`; None: they are not at hand yet, ask again."""
        ...

    def learn(self, counted: WindowCount) -> None:
        """Remember a window; one that is known already is replaced."""
        ...


class Remembered:
    """A baseline in memory: for recordings and tests. Used by one thread."""

    def __init__(self, known: Iterable[WindowCount] = ()) -> None:
        self._counts: dict[Place, dict[datetime, int]] = defaultdict(dict)
        self.learnt: list[WindowCount] = []  # since it was made
        for counted in known:
            self._counts[counted.place][counted.begins_at] = counted.count

    def weeks(self, place: Place, spans: Spans) -> Weeks:
        """The counts of the windows that began in each of `spans`."""
        known = sorted(self._counts.get(place, {}).items())
        return tuple(tuple(count for at, count in known if first <= at <= last) for first, last in spans)

    def learn(self, counted: WindowCount) -> None:
        """Remember a window."""
        self._counts[counted.place][counted.begins_at] = counted.count
        self.learnt.append(counted)


def window_begin(at: datetime, window: timedelta, zone_info: tzinfo) -> datetime:
    """When the window began that `at` lies in: windows follow one another from every full hour of local time."""
    local = at.astimezone(zone_info)
    since_the_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at - since_the_hour % window


def same_hours(begins_at: datetime, zone_info: tzinfo) -> Spans:
    """For each week kept, the last one first: between which moments the windows of the same hour of the week began.

    By the clock on the wall: eight o'clock stays eight o'clock where clocks are changed.
    """
    wall = begins_at.astimezone(zone_info).replace(tzinfo=None)
    weeks = ((wall - number * WEEK).replace(tzinfo=zone_info).astimezone(UTC) for number in range(1, WEEKS_KEPT + 1))
    return tuple((then - AROUND, then + AROUND) for then in weeks)


def usual(weeks: Sequence[Sequence[int]]) -> Usual | None:
    """What is usual by the counts of `weeks`; None while that is too little to say."""
    counts = [count for week in weeks for count in week]
    known = sum(1 for week in weeks if week)
    if known < LEAST_WEEKS or len(counts) < LEAST_COUNTS:
        return None
    evened = [2 * math.sqrt(count + OFFSET) for count in counts]
    middle = median(evened)
    reach = FAR * max(1.0, DEVIATION * median(abs(one - middle) for one in evened))
    return Usual(
        middle=round(median(counts)),
        least=max(0, math.ceil(_count(middle - reach))),
        most=math.floor(_count(middle + reach)),
        weeks=known,
        counts=len(counts),
    )


def _count(evened: float) -> float:
    """The count that lies at `evened`; below what no count can reach, less than none."""
    return (evened / 2) ** 2 - OFFSET if evened > 0 else -OFFSET
