"""What is on record about the watching itself: test alerts that came, and signs of somebody at the console."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, delete, func, insert, or_, select

from alerts.lifecycle import RESERVED
from alerts.messages import OF_WATCHING, TEST_RULE, Handling, Presence, Proof, Waiting, Watch
from storage.anew import begins_anew
from storage.engine import open_engine, transaction
from storage.records import alert_record
from storage.tables import alerts, steps
from storage.turns import take_turn
from storage.watch_tables import presence, watches

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

    from storage.messages import AlertRecord


CONNECTED, TOUCHED = "connected", "touched"


class WatchRecords:
    """Any thread may call any method; each is one transaction and blocks.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def watches(self) -> Mapping[str, Watch]:
        """What is watched, and since when without a break."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(watches)).all()
        return {row.name: Watch(begun_at=row.begun_at, looked_at=row.looked_at) for row in rows}

    def keep_watches(self, kept: Mapping[str, Watch]) -> None:
        """Remember these in place of all there were."""
        with transaction(self._engine) as connection:
            take_turn(connection)  # or two desks would put the same rows
            connection.execute(delete(watches))
            if kept:
                rows = [{"name": n, "begun_at": one.begun_at, "looked_at": one.looked_at} for n, one in kept.items()]
                connection.execute(insert(watches), rows)

    def newest_proof(self, camera: str) -> Proof | None:
        """The test alert of `camera` that was recorded last, by the order of the record, not by a clock."""
        query = (
            select(alerts.c.raised_at, alerts.c.recorded_at)
            .where(alerts.c.rule == TEST_RULE, alerts.c.camera == camera)
            .order_by(alerts.c.change.desc())
            .limit(1)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else Proof(raised_at=row.raised_at, recorded_at=row.recorded_at)

    def newest_alarm(self, rule: str, camera: str) -> AlertRecord | None:
        """The alert of `rule` about `camera` that changed last."""
        query = (
            select(alerts)
            .where(alerts.c.rule == rule, alerts.c.camera == camera)
            .order_by(alerts.c.change.desc())
            .limit(1)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else alert_record(row)

    def presence(self) -> Presence:
        """The newest signs of anybody: pages, and acts of operators, from wherever they came."""
        by_people = select(steps.c.at).where(steps.c.by.not_in(RESERVED)).order_by(steps.c.number.desc()).limit(1)
        with transaction(self._engine) as connection:
            signs: dict[str, datetime] = {row.sign: row.at for row in connection.execute(select(presence))}
            acted_at: datetime | None = connection.scalar(by_people)
        return Presence(connected_at=signs.get(CONNECTED), touched_at=signs.get(TOUCHED), acted_at=acted_at)

    def note_presence(self, signs: Mapping[str, datetime]) -> None:
        """Somebody was there: `connected` and `touched`, each as of when."""
        if not signs:
            return
        with transaction(self._engine) as connection:
            take_turn(connection)
            connection.execute(delete(presence).where(presence.c.sign.in_(signs)))
            connection.execute(insert(presence), [{"sign": sign, "at": at} for sign, at in signs.items()])

    def waiting(self) -> Waiting:
        """Since when alerts are open that somebody should see to."""
        unanswered = alerts.c.handling.in_((Handling.NEW, Handling.CLAIMED))
        with transaction(self._engine) as connection:
            return Waiting(open_since=_oldest(connection), unanswered_since=_oldest(connection, unanswered))


def _oldest(connection: Connection, *wanted: ColumnElement[bool]) -> datetime | None:
    """Since when the oldest open alert waits; not those about the watching, nor those that nobody is to see to now."""
    anew = select(func.max(steps.c.at)).where(steps.c.alert == alerts.c.id, begins_anew()).scalar_subquery()
    waits_since = case((anew > alerts.c.recorded_at, anew), else_=alerts.c.recorded_at)
    query = select(func.min(waits_since)).where(
        alerts.c.handling != Handling.RESOLVED,
        or_(alerts.c.suppressed.is_(None), alerts.c.suppressed == ""),
        alerts.c.shelved_until.is_(None),
        alerts.c.rule.not_like(f"{OF_WATCHING}%"),
        *wanted,
    )
    found: datetime | None = connection.scalar(query)
    return found
