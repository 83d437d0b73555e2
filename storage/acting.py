"""Acts on alerts, inside one transaction whose writer has its turn: what is read stays true until the commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from alerts.incidents import is_incident
from alerts.lifecycle import TABLE, Act, Step, Verdict, Wanted, decided
from alerts.messages import Handling, Refused
from storage.messages import AlertRecord
from storage.records import alert_record, alert_row, step_row
from storage.tables import alerts, steps

if TYPE_CHECKING:
    from sqlalchemy import Connection


CARRIED = frozenset({Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE})  # what is done with an incident is done with its alerts


def act_with_children(connection: Connection, alert_id: str, wanted: Wanted, take: Callable[[], int]) -> AlertRecord:
    """`act_on`, and what is done with an incident is done with those of its alerts that nobody else holds.

    Raises:
        Refused: nothing was changed.
    """
    alert = act_on(connection, alert_id, wanted, take())
    if is_incident(alert.rule) and wanted.act in CARRIED:
        for child in _children(connection, alert_id):
            if (child.handling, wanted.act) in TABLE and child.handler in {"", wanted.by}:
                _carry(connection, child.id, replace(wanted, why=wanted.why or f"with {alert_id}"), take)
    return alert


def _carry(connection: Connection, child: str, wanted: Wanted, take: Callable[[], int]) -> None:
    try:
        act_on(connection, child, wanted, take())
    except Refused:
        return  # it stays as it is, and open: what people see is the child itself


def _children(connection: Connection, incident: str) -> list[AlertRecord]:
    query = select(alerts).where(alerts.c.incident == incident).order_by(alerts.c.raised_at, alerts.c.id)
    return [alert_record(row) for row in connection.execute(query).mappings()]


def act_on(connection: Connection, alert_id: str, wanted: Wanted, number: int) -> AlertRecord:
    """Do what is `wanted`, as the change `number`; the alert as it stands then.

    Raises:
        Refused: nothing was changed.
    """
    alert = read_alert(connection, alert_id)
    if alert is None:
        raise Refused("no such alert is on record", reason="unknown")
    if wanted.act is Act.REOPEN:
        _check_alone(connection, alert)
    verdict = decided(alert, wanted)
    return apply(connection, alert, wanted, verdict, number)


def apply(connection: Connection, alert: AlertRecord, wanted: Wanted, verdict: Verdict, number: int) -> AlertRecord:
    """Write `verdict` down: the alert as it is now, and the step for good."""
    changes: dict[str, object] = {**verdict.fields, "handling": verdict.after, "change": number}
    changed = replace(alert, **changes)  # type: ignore[arg-type]  # the lifecycle names fields of this very record
    write_alert(connection, changed)
    step = Step(
        number=number,
        alert=alert.id,
        at=wanted.at,
        by=wanted.by,
        act=wanted.act,
        before=alert.handling,
        after=verdict.after,
        why=wanted.why,
        detail=verdict.detail,
    )
    connection.execute(insert(steps).values(step_row(step)))
    return changed


def read_alert(connection: Connection, alert_id: str) -> AlertRecord | None:
    """One alert."""
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().first()
    return None if row is None else alert_record(row)


def write_alert(connection: Connection, alert: AlertRecord) -> None:
    """`alert` in place of what stood there."""
    connection.execute(update(alerts).where(alerts.c.id == alert.id).values(alert_row(alert)))


def _check_alone(connection: Connection, alert: AlertRecord) -> None:
    """Two open alerts of one source would both wait for its next repeat."""
    open_ones: Sequence[str] = connection.scalars(
        select(alerts.c.id).where(
            alerts.c.source == alert.source,
            alerts.c.source != "",
            alerts.c.handling != Handling.RESOLVED,
            alerts.c.id != alert.id,
        )
    ).all()
    if open_ones:
        raise Refused(f"{open_ones[0]} is open for the same cause: go on there", reason="double")
