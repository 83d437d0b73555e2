"""What comes to pass by itself: shelves and windows end, and nobody holds what he cannot answer any more.

All of it is worked out from what is on record, so it goes on after a restart, and two desks do nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from alerts.house import House
from alerts.incidents import CAUSES
from alerts.lifecycle import SYSTEM, Act, Verdict, Wanted
from alerts.messages import Condition, Handling
from alerts.service import NO_LONGER, OUT_OF_SERVICE
from storage.acting import act_on, apply, read_alert
from storage.messages import AlertRecord
from storage.records import alert_record
from storage.silence import Silence, read_silence
from storage.tables import alerts

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.elements import ColumnElement


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that is due."""

    alert: str
    act: Act
    why: str
    suppressed: str | None = None  # what the alert's `suppressed` becomes; None: it stays


def due(connection: Connection, house: House | None, now: datetime) -> tuple[Task, ...]:
    """All that is due at `now`. Reads no more of the open alerts than may be concerned.

    Without a `house` nobody can say what is over: only what operators' windows have begun is due then.
    """
    if house is None:
        return tuple(_begun(connection, read_silence(connection, House(), now), now))
    over = connection.execute(select(alerts.c.id).where(alerts.c.shelved_until <= now))
    tasks = [Task(alert=row.id, act=Act.UNSHELVE, why="its time is over") for row in over]
    silence = read_silence(connection, house, now)
    tasks += _gone(connection, house)
    tasks += _begun(connection, silence, now)
    tasks += _over(connection, silence, now)
    return tuple(tasks)


def do(connection: Connection, task: Task, number: int, now: datetime) -> AlertRecord:
    """Do one of them, by `system`."""
    wanted = Wanted(act=task.act, by=SYSTEM, at=now, why=task.why)
    if task.suppressed is None:
        return act_on(connection, task.alert, wanted, number)
    alert = read_alert(connection, task.alert)
    assert alert is not None  # noqa: S101 - alerts are never deleted, and the turn is ours
    verdict = Verdict(after=alert.handling, fields={"suppressed": task.suppressed}, detail={})
    return apply(connection, alert, wanted, verdict, number)


def _gone(connection: Connection, house: House) -> Iterator[Task]:
    """Alerts whose handler is in the roster no longer."""
    if house.operators is None:
        return
    for alert in _open(connection, alerts.c.handler != "", alerts.c.handler.not_in(sorted(house.operators))):
        yield Task(alert=alert.id, act=Act.RELEASE, why=f"{alert.handler} is not in the roster any more")


def _begun(connection: Connection, silence: Silence, now: datetime) -> Iterator[Task]:
    """What has gone out of service while nobody had claimed it. What somebody works on stays his."""
    cameras = silence.cameras_out_of_service(now)
    new = alerts.c.handling == Handling.NEW
    for alert in _open(connection, new, _is_shown(), alerts.c.camera.in_(sorted(cameras))) if cameras else ():
        if silence.of_alert(alert, now) == OUT_OF_SERVICE:
            yield Task(alert=alert.id, act=Act.NOTE, why=OUT_OF_SERVICE, suppressed=OUT_OF_SERVICE)


def _over(connection: Connection, silence: Silence, now: datetime) -> Iterator[Task]:
    """What still goes on after its silence has ended, unless another alert of its source is shown already.

    An incident is shown again with the first of its alerts.
    """
    going_on = (alerts.c.condition == Condition.ACTIVE, alerts.c.rule.not_in(CAUSES))
    freed = [one for one in _open(connection, *going_on, ~_is_shown()) if not silence.of_alert(one, now)]
    if not freed:
        return
    shown = {one.source for one in _open(connection, _is_shown(), alerts.c.source.in_({one.source for one in freed}))}
    for alert in freed:
        if alert.source not in shown:
            shown.add(alert.source)
            why = f"{NO_LONGER}{alert.suppressed}, and it goes on"
            yield Task(alert=alert.id, act=Act.NOTE, why=why, suppressed="")


def _is_shown() -> ColumnElement[bool]:
    return func.coalesce(alerts.c.suppressed, "") == ""


def _open(connection: Connection, *wanted: ColumnElement[bool]) -> list[AlertRecord]:
    query = select(alerts).where(alerts.c.handling != Handling.RESOLVED, *wanted).order_by(alerts.c.raised_at.desc())
    return [alert_record(row) for row in connection.execute(query).mappings()]
