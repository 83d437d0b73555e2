"""Which periods have a load, and what is asked of the record for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from alerts.load_book import LoadBook, PeriodError, larger_cells
from alerts.messages import Answered, Told
from config.model import Cell, Grid
from tests.alerts.loads import NOON, after, answered, told

DAY = timedelta(days=1)


@dataclass
class Record:
    """A record that remembers what it was asked."""

    alerts: tuple[Answered, ...] = ()
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def told(self, begin: datetime, end: datetime) -> Told:
        self.asked.append((begin, end))
        return told(*self.alerts, at=NOON)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def book(record: Record) -> LoadBook:
    return LoadBook(record, lambda: NOON)


@pytest.mark.parametrize(
    ("begin", "end", "asked"),
    [
        pytest.param(None, None, (NOON - DAY, NOON), id="the last day"),
        pytest.param(NOON - 3 * DAY, None, (NOON - 3 * DAY, NOON), id="until now"),
        pytest.param(None, NOON - DAY, (NOON - 2 * DAY, NOON - DAY), id="the day before an end"),
        pytest.param(NOON - 2 * DAY, NOON - DAY, (NOON - 2 * DAY, NOON - DAY), id="any"),
        pytest.param(NOON - DAY, NOON + DAY, (NOON - DAY, NOON), id="what is to come has no load yet"),
    ],
)
def test_a_period_is_a_day_and_ends_now_unless_told(
    record: Record, book: LoadBook, begin: datetime | None, end: datetime | None, asked: tuple[datetime, datetime]
) -> None:
    """Both ends may be given."""
    load = book.between(begin, end)

    assert record.asked == [asked]
    assert (load.period.begin, load.period.end) == asked


@pytest.mark.parametrize(
    ("begin", "end", "said"),
    [
        (NOON - DAY, NOON - DAY, "the period is empty"),
        (NOON, NOON - DAY, "the period is empty"),
        (NOON + DAY, None, "must be before its end, and before now"),
        (NOON - 93 * DAY, NOON, "the period is longer than 92 days: ask for less at a time"),
        (datetime(1, 1, 1, tzinfo=UTC), None, "longer than 92 days"),
    ],
)
def test_a_period_without_a_load_is_refused(
    record: Record, book: LoadBook, begin: datetime, end: datetime | None, said: str
) -> None:
    """In words, and the record is not asked."""
    with pytest.raises(PeriodError, match=said):
        book.between(begin, end)
    assert record.asked == []


def test_the_last_hour_is_the_one_that_ends_now(record: Record, book: LoadBook) -> None:
    """For the page's line and the metrics."""
    book.lately(timedelta(hours=1))

    assert record.asked == [(NOON - timedelta(hours=1), NOON)]


def test_operators_and_cells_are_those_of_the_network() -> None:
    """As many as share the alerts, and the larger cells a small one lies in."""
    record = Record((answered(after(-30)), answered(after(-29))))

    load = LoadBook(record, lambda: NOON, lambda _at: 2, lambda _cell: ("m-1",)).lately(DAY)

    assert load.rate.most == 1
    assert list(load.answers.by_cell) == ["m-1", "s-017"]


def test_a_small_cell_lies_within_a_middle_and_a_large_one() -> None:
    """By the grid; one that the grid does not know lies in none."""
    grid = Grid(
        large=(Cell(id="l-1", responsible="片长"),),
        middle=(Cell(id="m-1", responsible="片长", within="l-1"),),
        small=(Cell(id="s-017", responsible="网格员", within="m-1"),),
    )

    assert larger_cells(grid)("s-017") == ("m-1", "l-1")
    assert larger_cells(grid)("s-999") == ()
    assert larger_cells(Grid())("s-017") == ()
