"""What the record tells of a period, for the alarm load's figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, func, or_, select

from alerts.messages import TEST_RULE, Answered, Condition, Handling, Raise, Source, Told
from config.model import Ring
from storage.engine import open_engine, transaction
from storage.tables import alerts, folds, occurrences

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.sql.elements import ColumnElement

LOOKBACK = timedelta(days=1)  # a flood may have begun before the period
STANDING = timedelta(days=1)
LATEST = timedelta(days=7)  # an event that was recorded later than this after it was raised is not found
EARLIEST = timedelta(minutes=10)  # so far a worker's clock may be ahead of the desk's


class LoadRecords:
    """Any thread may call any method; each is one transaction and blocks.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def __init__(self, url: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = open_engine(url)
        self._clock = clock

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def told(self, begin: datetime, end: datetime) -> Told:
        """All that the load of this period is reckoned from."""
        with transaction(self._engine) as connection:
            return Told(
                at=self._clock(), alerts=_alerts(connection, begin, end), raises=_raises(connection, begin, end)
            )


def _alerts(connection: Connection, begin: datetime, end: datetime) -> tuple[Answered, ...]:
    lately = and_(alerts.c.raised_at >= begin - LOOKBACK, alerts.c.raised_at < end)
    open_then = or_(alerts.c.resolved_at >= end, alerts.c.handling != Handling.RESOLVED)
    standing = and_(alerts.c.raised_at < end - STANDING, open_then)
    query = select(
        *(
            alerts.c[name]
            for name in ("id", "camera", "rule", "zone", "ring", "cell", "condition", "raised_at", "late")
        ),
        *(alerts.c[name] for name in ("claimed_at", "acknowledged_at", "resolved_at", "disposition", "incident")),
    ).where(or_(lately, standing), *_shown())
    return tuple(_answered(row) for row in connection.execute(query))


def _shown() -> tuple[ColumnElement[bool], ...]:
    """What is put before operators: no test alerts, nothing that is shelved or out of service."""
    return alerts.c.rule != TEST_RULE, func.coalesce(alerts.c.suppressed, "") == ""


def _answered(row: Row[tuple[object, ...]]) -> Answered:
    return Answered(
        id=row.id,
        source=Source(camera=row.camera, rule=row.rule, zone=row.zone),
        ring=Ring(row.ring),
        cell=row.cell,
        active=row.condition == Condition.ACTIVE,
        late=bool(row.late),
        raised_at=row.raised_at,
        claimed_at=row.claimed_at,
        acknowledged_at=row.acknowledged_at,
        resolved_at=row.resolved_at,
        disposition=row.disposition or "",
        incident=row.incident or "",
    )


def _raises(connection: Connection, begin: datetime, end: datetime) -> tuple[Raise, ...]:
    """Every event's first revision, whichever alert it went into."""
    body = occurrences.c.body
    query = (
        select(alerts.c.camera, alerts.c.rule, alerts.c.zone, body["captured_at"].as_string().label("at"))
        .select_from(occurrences)
        .outerjoin(folds, folds.c.event == occurrences.c.id)
        .join(alerts, alerts.c.id == func.coalesce(folds.c.alert, occurrences.c.id))
        .where(
            occurrences.c.rev == 1,
            occurrences.c.recorded_at >= begin - EARLIEST,
            occurrences.c.recorded_at < end + LATEST,
            *_shown(),
        )
    )
    found = ((row, datetime.fromisoformat(row.at).astimezone(UTC)) for row in connection.execute(query))
    return tuple(
        Raise(source=Source(camera=row.camera, rule=row.rule, zone=row.zone), at=at)
        for row, at in found
        if begin <= at < end
    )
