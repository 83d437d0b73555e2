"""Who is on duty at an instant, and when that changes next. Pure: a roster, a time zone and an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from config.hours import DAY, Span

if TYPE_CHECKING:
    from config.duty import Override, Roster, Shift

FAR_DAYS = 40  # as far as one looks for a change: longer than any holiday
EDGE_DAYS = 3  # and this much further, so that where one stops looking is not taken for a change


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Turn:
    """One shift of one day."""

    begins: datetime  # UTC
    ends: datetime  # UTC
    shift: str
    seats: tuple[str, ...]  # that are manned

    def covers(self, at: datetime) -> bool:
        """Whether it is on at `at`."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A moment at which somebody comes on, or everybody goes."""

    at: datetime  # UTC
    going: tuple[str, ...]  # shifts that end
    coming: tuple[str, ...]  # shifts that begin


class DutyRoster:
    """A roster in its time zone.

    A local time that clocks pass twice is meant the first time; one that they leave out is as long after the last
    that there was. So a shift that ends where another begins leaves no gap, whatever the clocks do.
    """

    def __init__(self, roster: Roster, zone: tzinfo) -> None:
        self._roster = roster
        self._zone = zone
        self._overrides: dict[tuple[date, str], Override] = {
            (day, override.shift): override for override in roster.overrides for day in override.date
        }

    @property
    def seats(self) -> tuple[str, ...]:
        """Every seat there is."""
        return tuple(operator.id for operator in self._roster.operators)

    def leads(self, seats: Iterable[str]) -> tuple[str, ...]:
        """Those of `seats` that lead."""
        leading = {operator.id for operator in self._roster.operators if operator.role == "lead"}
        return tuple(seat for seat in seats if seat in leading)

    def name_of(self, seat: str) -> str:
        """What people call `seat`; its id where the roster no longer has it."""
        return next((operator.name for operator in self._roster.operators if operator.id == seat), seat)

    def on(self, at: datetime) -> tuple[Turn, ...]:
        """The shifts that are on at `at`, in the roster's order of beginning."""
        return tuple(turn for turn in self._around(at, 1) if turn.covers(at))

    def seats_on(self, at: datetime) -> tuple[str, ...]:
        """The seats that are manned at `at`, each once."""
        return tuple(dict.fromkeys(seat for turn in self.on(at) for seat in turn.seats))

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after `at` at which others are on; None when that never changes."""
        turns = self._around(at, FAR_DAYS + EDGE_DAYS)
        ends = at + FAR_DAYS * DAY
        later = sorted({moment for turn in turns for moment in (turn.begins, turn.ends) if at < moment < ends})
        now = _who(turns, at)
        return next((moment for moment in later if _who(turns, moment) != now), None)

    def last_change(self, at: datetime) -> Change | None:
        """The newest change at or before `at` that brought somebody; None when nobody ever changes."""
        turns = self._around(at, FAR_DAYS + EDGE_DAYS)
        begins = at - FAR_DAYS * DAY
        for moment in sorted({turn.begins for turn in turns if begins < turn.begins <= at}, reverse=True):
            before, after = _who(turns, moment - timedelta(microseconds=1)), _who(turns, moment)
            if after - before:
                going = sorted({shift for shift, _ in before - after})
                return Change(
                    at=moment, going=tuple(going), coming=tuple(sorted({shift for shift, _ in after - before}))
                )
        return None

    def turns_of(self, day: date) -> tuple[Turn, ...]:
        """The turns that begin on the local date `day`, by their begin."""
        turns = (turn for shift in self._roster.shifts for turn in self._turns(shift, day))
        return tuple(sorted(turn for turn in turns if turn.ends > turn.begins))

    def _turns(self, shift: Shift, day: date) -> Iterator[Turn]:
        override = self._overrides.get((day, shift.name))
        if override is not None and override.off:
            return
        spans: Sequence[Span] = shift.weekly.spans_of(day)
        seats = self._roster.seats_of(shift)
        if override is not None:
            spans = override.hours.spans if override.hours is not None else spans
            seats = override.seats if override.seats is not None else seats
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local time; the zone comes with _utc
        for span in spans:
            ends = midnight + span.ends + (DAY if span.goes_over_midnight else timedelta())
            yield Turn(begins=self._utc(midnight + span.begins), ends=self._utc(ends), shift=shift.name, seats=seats)

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone, fold=0).astimezone(UTC)

    def _around(self, at: datetime, days: int) -> list[Turn]:
        """Turns from two days before `at`, for one may last into the day after it began, to `days` after."""
        today = at.astimezone(self._zone).date()
        return [turn for number in range(-days - 1, days + 1) for turn in self.turns_of(today + number * DAY)]


def _who(turns: Iterable[Turn], at: datetime) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((turn.shift, turn.seats) for turn in turns if turn.covers(at))
