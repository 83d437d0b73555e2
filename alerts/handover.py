"""The open list goes from one shift to the next: who has to accept it, who may, and what they accept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from alerts.duty_messages import Accepted
from alerts.errors import Refused
from alerts.roster import DutyRoster
from alerts.shift_report import ShiftReport, shift_report
from alerts.wording import check_words

if TYPE_CHECKING:
    from alerts.lifecycle import Step
    from alerts.roster import Change, Turn
    from alerts.shift_report import Reported
    from config.model import Network

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How it stands with the handover at one moment."""

    now: datetime  # UTC
    turns: tuple[Turn, ...]  # that are on
    seats: tuple[str, ...]  # that are manned
    next_change: datetime | None  # UTC
    change: Change | None  # the last that brought somebody; None where nobody ever changes
    accepted: Accepted | None  # of that change
    overdue: timedelta  # for how long it should have been accepted; 0 when there is time, or it was

    @property
    def pending(self) -> bool:
        """Whether the shift that came on has yet to accept."""
        return self.change is not None and self.accepted is None


class HeldAlert(Protocol):
    """An open alert, as far as a handover asks."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def incident(self) -> str:
        """The alert that stands for it and others; "" when it stands for itself."""
        ...


class OpenList(Protocol):
    """The record (storage.database)."""

    def open_alerts(self) -> Sequence[HeldAlert]:
        """All that nobody has resolved."""
        ...

    def tell_of_change(self) -> None:
        """Let whoever waits for changes look."""
        ...


class Book(Protocol):
    """Where acceptances stand (storage.handovers)."""

    def accepted(self, at: datetime) -> Accepted | None:
        """That of the change at `at`."""
        ...

    def accept(self, accepted: Accepted, seats: Collection[str]) -> Accepted | None:
        """Put it on record, and give its seat what none of `seats` holds; what stands there, when somebody was first.

        All of it, or nothing.
        """
        ...

    def of_shift(self, begin: datetime, end: datetime) -> Sequence[Reported]:
        """The alerts that a shift had to do with."""
        ...

    def steps_between(self, begin: datetime, end: datetime) -> Sequence[Step]:
        """Every act in that time."""
        ...


class Handovers:
    """Handing over in one network. Every method asks the record and blocks; any thread may call it."""

    def __init__(
        self,
        network: Network,
        record: OpenList,
        book: Book,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._roster = DutyRoster(network.roster, network.zone_info)
        self._grace = network.duty.handover
        self._record = record
        self._book = book
        self._clock = clock

    @property
    def roster(self) -> DutyRoster:
        """Who is on when."""
        return self._roster

    def standing(self) -> Standing:
        """How it stands now."""
        now = self._clock()
        change = self._roster.last_change(now)
        accepted = self._book.accepted(change.at) if change else None
        overdue = now - change.at - self._grace if change and accepted is None else timedelta()
        return Standing(
            now=now,
            turns=self._roster.on(now),
            seats=self._roster.seats_on(now),
            next_change=self._roster.next_change(now),
            change=change,
            accepted=accepted,
            overdue=max(overdue, timedelta()) if self._roster.on(now) else timedelta(),
        )

    def open_alerts(self) -> Sequence[HeldAlert]:
        """The open list: an incident stands there for all that is below it."""
        return _for_themselves(self._record.open_alerts())

    def accept(self, by: str, note: str = "") -> Accepted:
        """The seat `by` accepts the open list for its shift; what seats that have gone held, it holds now.

        Raises:
            Refused: there is nothing to accept, somebody else has, or `by` is not on duty; in words.
        """
        standing = self.standing()
        change = standing.change
        if change is None:
            raise Refused("the roster knows no change of shift: there is nothing to hand over", reason="unneeded")
        if standing.accepted is not None:
            raise _taken(standing.accepted, self._roster)
        if by not in standing.seats:
            on = ", ".join(standing.seats) or "nobody"
            raise Refused(f"{by} is not on duty now: on duty is {on}", reason="off_duty")
        check_words(note.strip())
        accepted = Accepted(
            at=change.at,
            shift=", ".join(change.coming),
            accepted_at=standing.now,
            accepted_by=by,
            note=note.strip(),
            alerts=tuple(alert.id for alert in self.open_alerts()),
        )
        first = self._book.accept(accepted, standing.seats)
        if first is not None:
            raise _taken(first, self._roster)
        self._record.tell_of_change()
        return accepted

    def report(self, *, last: bool) -> ShiftReport:
        """On the shift that is on, as far as it has come, or on the `last` one, which handed over to it.

        Raises:
            Refused: there is no such shift.
        """
        now = self._clock()
        change = self._roster.last_change(now)
        before = self._roster.last_change(change.at - MOMENT) if change and last else change
        if change is None or before is None:
            raise Refused("the roster knows no change of shift: there is no shift to report on", reason="unneeded")
        end = change.at if last else now
        begin = before.at
        turns = self._roster.on(begin)
        return shift_report(
            self._book.of_shift(begin, end),
            self._book.steps_between(begin, end),
            shift=", ".join(dict.fromkeys(turn.shift for turn in turns)),
            seats=self._roster.seats_on(begin),
            begin=begin,
            end=end,
            made_at=now,
            accepted=self._book.accepted(end) if last else None,
        )


def _for_themselves(listed: Iterable[HeldAlert]) -> tuple[HeldAlert, ...]:
    known = {alert.id: alert for alert in listed}
    return tuple(alert for alert in known.values() if alert.incident == alert.id or alert.incident not in known)


def _taken(accepted: Accepted, roster: DutyRoster) -> Refused:
    who = roster.name_of(accepted.accepted_by)
    return Refused(
        f"{who} ({accepted.accepted_by}) has accepted the open list of this shift already",
        reason="accepted",
        handler=accepted.accepted_by,
        since=accepted.accepted_at,
    )
