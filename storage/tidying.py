"""What comes to pass by itself: shelves and windows end, and nobody holds what he cannot answer any more.

All of it is worked out from what is on record, so it goes on after a restart, and two desks do nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from alerts.house import House
from alerts.lifecycle import SYSTEM, Act, Verdict, Wanted
from alerts.messages import Condition, Handling
from alerts.service import SHELVED
from storage.acting import act_on, apply, read_alert
from storage.messages import AlertRecord
from storage.records import alert_record
from storage.silence import Silence, read_silence
from storage.tables import alerts

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that is due."""

    alert: str
    act: Act
    why: str
    suppressed: str | None = None  # what the alert's `suppressed` becomes; None: it stays


def due(connection: Connection, house: House, now: datetime) -> tuple[Task, ...]:
    """All that is due at `now`."""
    over = connection.execute(select(alerts).where(alerts.c.shelved_until <= now)).mappings()
    tasks = [Task(alert=row["id"], act=Act.UNSHELVE, why="its time is over") for row in over]
    still_open = [
        alert_record(row)
        for row in connection.execute(select(alerts).where(alerts.c.handling != Handling.RESOLVED)).mappings()
    ]
    tasks += _gone(still_open, house)
    tasks += _silenced(still_open, read_silence(connection, house, now), now)
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


def _gone(still_open: list[AlertRecord], house: House) -> Iterator[Task]:
    for alert in still_open:
        if alert.handler and house.operators is not None and alert.handler not in house.operators:
            why = f"{alert.handler} is not in the roster any more"
            yield Task(alert=alert.id, act=Act.RELEASE, why=why)


def _silenced(still_open: list[AlertRecord], silence: Silence, now: datetime) -> Iterator[Task]:
    """What a window has begun to cover while nobody had claimed it; what goes on when one has ended."""
    shown = {alert.source for alert in still_open if not alert.suppressed}
    for alert in still_open:
        why = silence.of_alert(alert, now) if alert.camera else ""
        if why == SHELVED and not alert.suppressed:
            continue  # the shelved one itself, or one that was open before: it says so by its own shelf
        if why and not alert.suppressed and alert.handling is Handling.NEW:
            yield Task(alert=alert.id, act=Act.NOTE, why=why, suppressed=why)
        elif alert.suppressed and not why and alert.condition is Condition.ACTIVE and alert.source not in shown:
            yield Task(alert=alert.id, act=Act.NOTE, why=f"no longer {alert.suppressed}, and it goes on", suppressed="")
