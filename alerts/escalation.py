"""When an alert that nobody answers for goes up, and whom that tells. Pure: the record, the limits, and now.

Nothing is remembered between two looks: how far an alert has to be up follows from the times on record, so that a
restart, or an hour without a desk, changes nothing but when it is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from alerts.messages import Handling
from config.model import Severity

if TYPE_CHECKING:
    from config.duty import Duty
    from config.model import Cell, Grid

STEPS = 3  # one limit sends an alert up so often: small, middle, large cell
POST = "post."
SIZES = ("small", "middle", "large")


class Limit(StrEnum):
    """What has not been done in time."""

    CLAIM = "claim"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Open(Protocol):
    """An alert that is not resolved, as the record has it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def rule(self) -> str:
        """Which rule found it."""
        ...

    @property
    def severity(self) -> Severity:
        """How urgent it is."""
        ...

    @property
    def handling(self) -> Handling:
        """What people have done about it."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When the duty room could first see it."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """When somebody took it."""
        ...

    @property
    def acknowledged_at(self) -> datetime | None:
        """When somebody had acted on it."""
        ...

    @property
    def shelved_until(self) -> datetime | None:
        """Until when its source is silenced."""
        ...

    @property
    def suppressed(self) -> str:
        """Why nobody is to see to it; "" when somebody is."""
        ...

    @property
    def incident(self) -> str:
        """The id of the alert that stands for it and others of one cause."""
        ...

    @property
    def escalation(self) -> int:
        """How far up it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDue:
    """An alert that has to go up."""

    alert: str
    was: int
    level: int  # what it has to be
    limit: Limit  # the newest that was not kept
    missed_at: datetime  # UTC, when it had run out


def due(alerts: Iterable[Open], duty: Duty, now: datetime, anew: Mapping[str, datetime]) -> tuple[StepDue, ...]:
    """The steps up that are due at `now`, the longest missed first.

    `alerts` are all that are open, incidents among them; `anew` says from when the times count of those that were
    opened again after they had been resolved, or whose silence has ended.
    """
    listed = tuple(alerts)
    known = {alert.id for alert in listed}
    steps = [
        step
        for alert in listed
        if not is_quiet(alert, now, known) and (step := _step(alert, duty, now, anew.get(alert.id)))
    ]
    return tuple(sorted(steps, key=lambda step: step.missed_at))


def is_quiet(alert: Open, now: datetime, known: Iterable[str]) -> bool:
    """Whether nobody has to see to it now: shelved, suppressed, or below an incident that is open (one of `known`)."""
    shelved = alert.shelved_until is not None and now < alert.shelved_until
    return bool(alert.suppressed) or shelved or (alert.incident != alert.id and alert.incident in known)


def next_due(alert: Open, duty: Duty, now: datetime, anew: datetime | None = None) -> datetime | None:
    """When it will next go up if nothing happens; None when it has gone up as far as it can."""
    moments = (moment for limit in _open_limits(alert) for moment in _moments(alert, duty, limit, anew))
    return min((moment for moment in moments if moment > now), default=None)


def _step(alert: Open, duty: Duty, now: datetime, anew: datetime | None) -> StepDue | None:
    moments = ((moment, limit) for limit in _open_limits(alert) for moment in _moments(alert, duty, limit, anew))
    missed = [one for one in moments if one[0] <= now]
    level = len(missed) + _missed_before(alert, duty, anew)
    if not missed or level <= alert.escalation:
        return None
    moment, limit = max(missed)
    return StepDue(alert=alert.id, was=alert.escalation, level=level, limit=limit, missed_at=moment)


def _open_limits(alert: Open) -> Iterator[Limit]:
    """What is still to be done within a time."""
    if alert.handling is Handling.NEW:
        yield Limit.CLAIM
    if alert.rule.startswith(POST) and alert.handling in {Handling.NEW, Handling.CLAIMED}:
        yield Limit.ACKNOWLEDGE
    if alert.handling is not Handling.RESOLVED:
        yield Limit.RESOLVE


def _missed_before(alert: Open, duty: Duty, anew: datetime | None) -> int:
    """How often it went up for want of what has been done since: those steps stay taken."""
    done = {Limit.CLAIM: alert.claimed_at, Limit.ACKNOWLEDGE: alert.acknowledged_at}
    late = (
        moment
        for limit, at in done.items()
        if at is not None and limit not in _open_limits(alert) and _applies(alert, limit)
        for moment in _moments(alert, duty, limit, anew)
        if moment <= at
    )
    return min(alert.escalation, len(list(late)))


def _applies(alert: Open, limit: Limit) -> bool:
    return limit is not Limit.ACKNOWLEDGE or alert.rule.startswith(POST)


def _moments(alert: Open, duty: Duty, limit: Limit, anew: datetime | None) -> Iterator[datetime]:
    """When `limit` sends the alert up, again and again while nothing is done: counted from when it could be seen."""
    later = (alert.shelved_until, anew)
    begins = max([alert.recorded_at, *(at for at in later if at is not None)])
    first = begins + within(alert, duty, limit)
    yield from (first + number * duty.again for number in range(STEPS))


def within(alert: Open, duty: Duty, limit: Limit) -> timedelta:
    """How long there is for `limit`."""
    if limit is Limit.CLAIM:
        return duty.claim_within(alert.severity)
    return duty.acknowledge_posts if limit is Limit.ACKNOWLEDGE else duty.resolve_within(alert.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Who is told at one level: the cells of one size, from the camera's own to those that hold it."""

    size: str
    cells: tuple[Cell, ...]

    @property
    def responsible(self) -> tuple[str, ...]:
        """Posts and offices, each once."""
        return tuple(dict.fromkeys(cell.responsible for cell in self.cells))


def chain(grid: Grid, cells: Iterable[str]) -> tuple[Rung, ...]:
    """The chain of responsibility over the small `cells`: small, middle, large; cells that the grid lacks are left out.

    An alert of one camera has one cell; an incident has those of all its cameras, and each larger one once.
    """
    rungs: list[Rung] = []
    names = list(dict.fromkeys(cells))
    for size in SIZES:
        listed: dict[str, Cell] = {cell.id: cell for cell in getattr(grid, size)}
        found = tuple(listed[name] for name in names if name in listed)
        if found:
            rungs.append(Rung(size=size, cells=found))
        names = list(dict.fromkeys(cell.within for cell in found))
    return tuple(rungs)


def rungs_told(rungs: tuple[Rung, ...], was: int, level: int) -> tuple[Rung, ...]:
    """Who is told when an alert goes from level `was` to `level`; above the last rung it is the last one again."""
    if not rungs:
        return ()
    return rungs[min(was, len(rungs) - 1) : max(1, min(level, len(rungs)))]
