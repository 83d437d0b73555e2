"""The duty room: its seats and shifts, and within what time an alert must be answered for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.base import Frozen, Severity
from config.durations import SHAPE, WRITTEN, format_duration
from config.errors import Problem
from config.holidays import HolidayDays
from config.hours import DAYS, EVERY_DAY, WHOLE_DAY, Hours, WeeklyHours
from config.marked import Marked, Problems
from config.redact import quoted
from config.words import suggestion

SeatId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
LimitTime = Annotated[timedelta, Field(ge=timedelta(seconds=10), le=timedelta(days=7)), WRITTEN, SHAPE]
RESERVED = ("system", "rule")  # who acts where nobody does
MINUTES_OF_DAY = 24 * 60


class Operator(Frozen):
    """A seat of the duty room: a post, never a person's name."""

    id: SeatId
    name: str = Field(min_length=1)
    role: Literal["operator", "lead"] = "operator"  # a lead is told first of what nobody answers for


class Shift(Frozen):
    """A shift of the duty room, every week."""

    name: str = Field(min_length=1)
    hours: WeeklyHours
    seats: tuple[str, ...] = ()  # that are manned; none named: every seat

    @property
    def weekly(self) -> Hours:
        """Its hours, with spans even where they are `always`."""
        return self.hours if self.hours.spans else Hours(self.hours.text, (WHOLE_DAY,))


def _one_day(hours: Hours) -> Hours:
    if any(span.days != EVERY_DAY for span in hours.spans) or not hours.spans or hours.on_holidays is not None:
        raise ValueError(f'{hours.text!r} is not the hours of one day: write for example "07:00-19:00"')
    return hours


class Override(Frozen):
    """What holds for one shift on some dates instead: other hours, other seats, or that there is none."""

    date: HolidayDays
    shift: str
    hours: Annotated[WeeklyHours, AfterValidator(_one_day)] | None = None
    seats: tuple[str, ...] | None = None
    off: bool = Field(default=False, strict=True)


class Roster(Frozen):
    """The duty room's seats, its shifts of every week, and what is otherwise on some dates."""

    operators: tuple[Operator, ...] = ()
    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()

    def seats_of(self, shift: Shift) -> tuple[str, ...]:
        """The seats that are manned in `shift` by the weekly pattern."""
        return shift.seats or tuple(operator.id for operator in self.operators)

    def on(self, holidays: frozenset[date]) -> Roster:
        """The same roster in a network with these `holidays`."""
        shifts = tuple(shift.model_copy(update={"hours": shift.hours.on(holidays)}) for shift in self.shifts)
        return self.model_copy(update={"shifts": shifts})


class Limits(Frozen):
    """Within what time an alert must be claimed, and resolved, from when it was on record."""

    claim: LimitTime | None = None
    resolve: LimitTime | None = None


USUAL: Mapping[Severity, tuple[timedelta, timedelta]] = {
    Severity.CRITICAL: (timedelta(minutes=1), timedelta(minutes=30)),
    Severity.HIGH: (timedelta(minutes=2), timedelta(hours=1)),
    Severity.MEDIUM: (timedelta(minutes=10), timedelta(hours=4)),
    Severity.LOW: (timedelta(minutes=30), timedelta(hours=12)),
}


class Duty(Frozen):
    """When an alert that nobody answers for goes up, and to whom in what steps."""

    limits: dict[Severity, Limits] = Field(default_factory=dict)
    acknowledge_posts: LimitTime = timedelta(minutes=5)  # every alert of a post: acknowledged, with an action taken
    again: LimitTime = timedelta(minutes=10)  # one step higher so long after the last, while nothing has happened
    handover: LimitTime = timedelta(minutes=15)  # from a shift's begin until it must have accepted the open list

    def claim_within(self, severity: Severity) -> timedelta:
        """How long an alert may be nobody's."""
        return self.limits.get(severity, Limits()).claim or USUAL[severity][0]

    def resolve_within(self, severity: Severity) -> timedelta:
        """How long an alert may be unresolved."""
        return self.limits.get(severity, Limits()).resolve or USUAL[severity][1]


def check_duty(tree: Marked, duty: Duty | None, problems: Problems) -> None:
    """An alert is claimed before it is resolved."""
    for severity in duty.limits if duty else ():
        assert duty is not None  # noqa: S101 - for the type checker
        claim, resolve = duty.claim_within(severity), duty.resolve_within(severity)
        if claim >= resolve:
            said = f"claim ({format_duration(claim)}) must be less than resolve ({format_duration(resolve)})"
            problems.add(tree.at(("duty", "limits", severity.value)), f"{said}: an alert is claimed first")


def check_roster(tree: Marked, roster: Roster | None, problems: Problems) -> None:
    """Names stand once, and every name that is used is one."""
    if roster is None:
        return
    ids = [operator.id for operator in roster.operators]
    for index, operator in enumerate(roster.operators):
        place = tree.at(("roster", "operators", index, "id"))
        if operator.id in RESERVED:
            problems.add(place, f"{operator.id!r} is ringwatch's own: call the seat for example desk-1")
        if operator.id in ids[:index]:
            problems.add(place, f"seat {operator.id!r} stands twice: give each its own id")
    names = [shift.name for shift in roster.shifts]
    for index, shift in enumerate(roster.shifts):
        if shift.name in names[:index]:
            problems.add(tree.at(("roster", "shifts", index, "name")), f"shift {shift.name!r} stands twice: rename one")
        _check_seats(tree, ("roster", "shifts", index), shift.seats, ids, problems)
    _check_overrides(tree, roster, ids, problems)


def _check_seats(
    tree: Marked, path: tuple[str | int, ...], seats: tuple[str, ...], ids: list[str], problems: Problems
) -> None:
    for number, seat in enumerate(seats):
        if seat not in ids:
            place = tree.at((*path, "seats", number))
            problems.add(place, f"no operator is called {quoted(seat)}: {suggestion(seat, ids) if ids else 'list it'}")


def _check_overrides(tree: Marked, roster: Roster, ids: list[str], problems: Problems) -> None:
    names = [shift.name for shift in roster.shifts]
    taken: set[tuple[date, str]] = set()
    for index, override in enumerate(roster.overrides):
        path = ("roster", "overrides", index)
        if override.shift not in names:
            message = f"no shift is called {quoted(override.shift)}: {suggestion(override.shift, names)}"
            problems.add(tree.at((*path, "shift")), message)
        if (override.hours is None and override.seats is None) != override.off:
            message = "an override says what is otherwise: hours, seats, or off: true alone"
            problems.add(tree.at(path), message)
        for day in override.date:
            if (day, override.shift) in taken:
                message = f"{override.shift} of {day} is overridden already: keep one of the two"
                problems.add(tree.at((*path, "date")), message)
            taken.add((day, override.shift))
        _check_seats(tree, path, override.seats or (), ids, problems)


def unmanned(tree: Marked, roster: Roster) -> Iterator[Problem]:
    """A note where the weekly pattern leaves the duty room empty."""
    gap = _first_gap(roster)
    if gap is not None:
        begins, ends = _clock(gap[0]), _clock(gap[1])
        message = f"nobody is on duty from {begins} to {ends}: close the gap, or nobody will claim what comes then"
        yield tree.at(("roster", "shifts")).problem(message)


def _first_gap(roster: Roster) -> tuple[int, int] | None:
    """The first minutes of the week, begin and end, that no shift covers; None where all are covered."""
    week = bytearray(7 * MINUTES_OF_DAY)
    for shift in roster.shifts:
        for span in shift.weekly.spans:
            for day in span.days:
                begins = day * MINUTES_OF_DAY + int(span.begins.total_seconds() // 60)
                long = int((span.ends - span.begins).total_seconds() // 60) % MINUTES_OF_DAY or MINUTES_OF_DAY
                for minute in range(begins, begins + long):
                    week[minute % len(week)] = 1
    if not roster.shifts or 0 not in week:
        return None
    begins = week.index(0)
    ends = week.find(1, begins)
    return begins, ends if ends >= 0 else len(week)


def _clock(minute: int) -> str:
    day, of_day = divmod(minute, MINUTES_OF_DAY)
    return f"{DAYS[day % 7]} {of_day // 60:02}:{of_day % 60:02}"
