"""Handovers on record, and what a shift's report is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, or_, select

from alerts.duty_messages import Accepted
from alerts.lifecycle import Act, Step, Wanted
from alerts.messages import Handling
from storage.acting import act_on
from storage.anew import begins_anew
from storage.duty_tables import handovers
from storage.engine import open_engine, transaction
from storage.records import alert_record, step_record
from storage.tables import alerts, steps
from storage.turns import take_number, take_turn

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from storage.messages import AlertRecord

CHUNK = 500  # names in one question


class HandoverBook:
    """The record's part about the duty room. Any thread may call any method; each is one transaction and blocks.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def accepted(self, at: datetime) -> Accepted | None:
        """The acceptance of the change at `at`."""
        with transaction(self._engine) as connection:
            return _accepted(connection, at)

    def accept(self, accepted: Accepted, seats: Collection[str]) -> Accepted | None:
        """Put `accepted` on record, once for each change; what stands there instead, when somebody was first.

        With it, in one transaction, goes to its seat what is open and held by none of `seats`, which are on duty.
        """
        with transaction(self._engine) as connection:
            take_turn(connection)
            before = _accepted(connection, accepted.at)
            if before is None:
                connection.execute(insert(handovers).values(_row(accepted)))
                _hand_over(connection, accepted, seats)
            return before

    def newest(self, limit: int = 20) -> tuple[Accepted, ...]:
        """The handovers of before, newest first."""
        query = select(handovers).order_by(handovers.c.at.desc()).limit(limit)
        with transaction(self._engine) as connection:
            return tuple(_handover(row) for row in connection.execute(query).mappings())

    def begun_anew(self, names: Iterable[str]) -> Mapping[str, datetime]:
        """When those of the alerts `names` were last opened again, or silent no longer: their times begin anew."""
        wanted = list(names)
        found: dict[str, datetime] = {}
        with transaction(self._engine) as connection:
            for begin in range(0, len(wanted), CHUNK):
                these = (steps.c.alert.in_(wanted[begin : begin + CHUNK]), begins_anew())
                query = select(steps.c.alert, func.max(steps.c.at).label("at")).where(*these).group_by(steps.c.alert)
                found |= {row.alert: row.at for row in connection.execute(query)}
        return found

    def of_shift(self, begin: datetime, end: datetime) -> tuple[AlertRecord, ...]:
        """The alerts that a shift had to do with: raised in it, open at its begin, or acted on in it; oldest first."""
        touched = select(steps.c.alert).where(steps.c.at >= begin, steps.c.at < end)
        still_open = (alerts.c.handling != Handling.RESOLVED) | (alerts.c.resolved_at >= begin)
        wanted = or_(
            (alerts.c.raised_at >= begin) & (alerts.c.raised_at < end),
            (alerts.c.raised_at < begin) & still_open,
            alerts.c.id.in_(touched),
        )
        query = select(alerts).where(wanted).order_by(alerts.c.raised_at, alerts.c.id)
        with transaction(self._engine) as connection:
            return tuple(alert_record(row) for row in connection.execute(query).mappings())

    def steps_between(self, begin: datetime, end: datetime) -> tuple[Step, ...]:
        """Every act from `begin` until before `end`, in order."""
        query = select(steps).where(steps.c.at >= begin, steps.c.at < end).order_by(steps.c.number)
        with transaction(self._engine) as connection:
            return tuple(step_record(row) for row in connection.execute(query).mappings())


def _accepted(connection: Connection, at: datetime) -> Accepted | None:
    row = connection.execute(select(handovers).where(handovers.c.at == at)).mappings().first()
    return None if row is None else _handover(row)


def _hand_over(connection: Connection, accepted: Accepted, seats: Collection[str]) -> None:
    held = select(alerts.c.id).where(
        alerts.c.handling != Handling.RESOLVED,
        func.coalesce(alerts.c.suppressed, "") == "",
        alerts.c.handler != "",
        alerts.c.handler.not_in(sorted(seats)),
    )
    wanted = Wanted(act=Act.HAND_OVER, by=accepted.accepted_by, at=accepted.accepted_at, why="shift change")
    for alert in connection.scalars(held.order_by(alerts.c.raised_at, alerts.c.id)).all():
        act_on(connection, alert, wanted, take_number(connection))


def _row(accepted: Accepted) -> dict[str, Any]:
    return {
        "at": accepted.at,
        "shift": accepted.shift,
        "accepted_at": accepted.accepted_at,
        "accepted_by": accepted.accepted_by,
        "note": accepted.note,
        "open_alerts": list(accepted.alerts),
    }


def _handover(row: RowMapping) -> Accepted:
    names = ("at", "shift", "accepted_at", "accepted_by", "note")
    return Accepted(alerts=tuple(row["open_alerts"]), **{name: row[name] for name in names})
