"""How fast alerts come to the operators, and when that is a flood.

Source: ANSI/ISA-18.2, performance metrics: alarms per operator position and 10 minutes; a flood begins above 10 in 10
minutes and is over when they are under 5.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WINDOW = timedelta(minutes=10)
BEGINS_ABOVE = 10  # alerts per operator in the window
ENDS_UNDER = 5
Operators = Callable[[datetime], int]  # how many share the alerts at that moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span of time: its beginning belongs to it, its end does not."""

    begin: datetime  # UTC
    end: datetime  # UTC, after the beginning

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.end - self.begin

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in it."""
        return self.begin <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """One flood, as far as it lies in the period."""

    begin: datetime  # UTC
    end: datetime  # UTC
    over: bool  # False: it went on when the period ended
    alerts: int  # that were raised in it

    @property
    def span(self) -> timedelta:
        """How long it lasted within the period."""
        return self.end - self.begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Alerts per operator and 10 minutes."""

    last: float  # in the 10 minutes before the period's end
    mean: float
    p95: float  # of the period's tens of minutes, counted from its beginning
    most: float
    most_at: datetime | None  # UTC, when the busiest ten minutes began; None when there was nothing
    per_hour: float  # the mean for one operator and hour


def floods(raised: Sequence[datetime], period: Period, operators: Operators) -> tuple[Flood, ...]:
    """The floods of `period`, in order. `raised` may begin earlier: a flood may have begun before the period.

    An alert is in the window from its raise until 10 minutes later, so that a flood begins and ends to the second.
    """
    ordered = sorted(raised)
    spells = _spells(ordered, period.end, operators)
    return tuple(_within(period, begin, end, ordered) for begin, end in spells if end is None or end > period.begin)


def _within(period: Period, begin: datetime, end: datetime | None, ordered: Sequence[datetime]) -> Flood:
    first, last = max(begin, period.begin), end or period.end
    alerts = bisect_left(ordered, last) - bisect_left(ordered, first)
    return Flood(begin=first, end=last, over=end is not None, alerts=alerts)


def _spells(
    ordered: Sequence[datetime], until: datetime, operators: Operators
) -> Iterator[tuple[datetime, datetime | None]]:
    """Beginning and end of each flood; no end where it still lasts."""
    begun: datetime | None = None
    for at, count in _counts(ordered, until):
        people = max(1, operators(at))
        if begun is None and count > BEGINS_ABOVE * people:
            begun = at
        elif begun is not None and count < ENDS_UNDER * people:
            yield begun, at
            begun = None
    if begun is not None:
        yield begun, None


def _counts(ordered: Sequence[datetime], until: datetime) -> Iterator[tuple[datetime, int]]:
    """Every moment up to `until` at which the number of alerts in the window changes, with that number."""
    window: deque[datetime] = deque()
    for at in ordered:
        if at >= until:
            break
        yield from _leaving(window, at)
        window.append(at)
        yield at, len(window)
    yield from _leaving(window, until)


def _leaving(window: deque[datetime], until: datetime) -> Iterator[tuple[datetime, int]]:
    while window and window[0] + WINDOW <= until:
        at = window.popleft() + WINDOW
        yield at, len(window)


def rate(raised: Sequence[datetime], period: Period, operators: Operators) -> Rate:
    """How fast the alerts of `period` came; earlier ones in `raised` count for `last` alone."""
    tens = _tens(raised, period, operators)
    most_at, most = max(tens.items(), key=lambda one: one[1])
    mean = sum(tens.values()) * (WINDOW / period.span)
    last = sum(period.end - WINDOW <= at < period.end for at in raised)
    return Rate(
        last=last / max(1, operators(period.end)),
        mean=mean,
        p95=percentile(sorted(tens.values()), 0.95),
        most=most,
        most_at=most_at if most else None,
        per_hour=mean * (timedelta(hours=1) / WINDOW),
    )


def _tens(raised: Sequence[datetime], period: Period, operators: Operators) -> dict[datetime, float]:
    """Every ten minutes of the period by their beginning: alerts for each of those who were there then."""
    counts = Counter((at - period.begin) // WINDOW for at in raised if period.holds(at))
    begins = [period.begin + number * WINDOW for number in range(-(-period.span // WINDOW))]
    return {begin: counts[number] / max(1, operators(begin)) for number, begin in enumerate(begins)}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest of `ordered` that at least `share` of them do not exceed (nearest rank). At least one is needed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
