"""The alarm load of any period, read from the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from alerts.flood import Operators, Period
from alerts.load import Larger, Load, load_of, nobody_larger
from config.errors import RingwatchError

if TYPE_CHECKING:
    from alerts.messages import Told
    from config.model import Cell, Grid

LONGEST = timedelta(days=92)


class PeriodError(RingwatchError):
    """A period that has no load: it says what to ask for instead."""


class LoadRecord(Protocol):
    """The record of alerts (storage). It blocks, and any thread may use it."""

    def told(self, begin: datetime, end: datetime) -> Told:
        """What is on record of that period; BackendUnavailable when the database does not answer."""
        ...


class LoadBook:
    """Reckons the load of a period. Any thread may use it; every call reads the record, and blocks.

    Raises:
        BackendUnavailable: from every method, when the record does not answer.
    """

    def __init__(
        self,
        record: LoadRecord,
        clock: Callable[[], datetime],
        operators: Operators = lambda _at: 1,
        larger: Larger = nobody_larger,
    ) -> None:
        self._record = record
        self._clock = clock
        self._operators = operators
        self._larger = larger

    def lately(self, span: timedelta) -> Load:
        """The load of the `span` that ends now."""
        now = self._clock()
        return self._load(Period(begin=now - span, end=now))

    def between(self, begin: datetime | None, end: datetime | None) -> Load:
        """The load from `begin` (default: a day before the end) to `end` (default, and at the latest: now).

        Raises:
            PeriodError: it ends before it begins, or is longer than `LONGEST`.
        """
        now = self._clock()
        last = min(end or now, now)
        first = begin or last - timedelta(days=1)
        if first >= last:
            raise PeriodError("the period is empty: its beginning must be before its end, and before now")
        if last - first > LONGEST:
            raise PeriodError(f"the period is longer than {LONGEST.days} days: ask for less at a time")
        return self._load(Period(begin=first, end=last))

    def _load(self, period: Period) -> Load:
        return load_of(self._record.told(period.begin, period.end), period, self._operators, self._larger)


def larger_cells(grid: Grid) -> Larger:
    """For a small cell of `grid`, the middle and the large one that it lies in."""
    small, middle = _by_id(grid.small), _by_id(grid.middle)

    def larger(cell: str) -> tuple[str, ...]:
        above = small[cell].within if cell in small else ""
        top = middle[above].within if above in middle else ""
        return tuple(one for one in (above, top) if one)

    return larger


def _by_id(cells: tuple[Cell, ...]) -> Mapping[str, Cell]:
    return {cell.id: cell for cell in cells}
