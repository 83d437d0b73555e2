"""The record of alerts: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, func, insert, inspect, select, text, tuple_, update
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from alerts.messages import Delivery, Origin, Receipt, RecordError
from config.errors import BackendUnavailable, RingwatchError
from config.model import Ring
from storage.engine import open_engine, speaking_of
from storage.messages import AlertRecord, Condition, OccurrenceRecord
from storage.records import alert_record, alert_row, occurrence_record, occurrence_row, opened, revised
from storage.tables import SCHEMA_VERSION, alerts, changes, metadata, occurrences, schema_version, watermarks
from storage.watermarks import advance

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

Clock = Callable[[], datetime]
CREATE_TRIES, CREATE_AGAIN_S = 5, 0.2


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Database:
    """The record. Every method may be called from any thread; each is one transaction and blocks while it runs.

    Raises:
        BackendUnavailable: from every method, when the database does not answer, is locked or full.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        self._engine = open_engine(url)
        self._clock = clock

    def create(self) -> None:
        """Make the tables that are missing. Safe to call from several processes at once.

        Raises:
            RingwatchError: a newer ringwatch made the tables.
        """
        found = self._created()
        if found > SCHEMA_VERSION:
            raise RingwatchError(f"the database has schema {found}, this ringwatch knows {SCHEMA_VERSION}: update it")

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Receipt:
        """Put `deliveries` on record, each (id, rev) once, in one transaction.

        `passed_over` are rows that were set aside elsewhere: they count as arrived, so that no outbox waits for them.

        Raises:
            RecordError: one of them cannot be stored; nothing was.
        """
        arrived = [*passed_over, *(delivery.origin for delivery in deliveries if delivery.origin)]
        with self._transaction() as connection:
            change = _take_turn(connection, len(deliveries))
            fresh = _unrecorded(connection, deliveries)
            if fresh:
                now = self._clock()
                connection.execute(insert(occurrences), [occurrence_row(delivery, now) for delivery in fresh])
                _revise(connection, fresh, change, now)
            return Receipt(recorded=len(fresh), watermarks=advance(connection, arrived))

    def watermarks(self) -> Mapping[str, int]:
        """Every known outbox with the number up to which all its rows are on record."""
        with self._transaction() as connection:
            return {row.outbox: row.seq for row in connection.execute(select(watermarks))}

    def newest(
        self,
        limit: int = 50,
        *,
        ring: Ring | None = None,
        camera: str | None = None,
        condition: Condition | None = None,
    ) -> tuple[AlertRecord, ...]:
        """The alerts raised last, newest first."""
        wanted = _matching(ring=ring, camera=camera, condition=condition)
        order = (alerts.c.raised_at.desc(), alerts.c.id)
        return self._alerts(select(alerts).where(*wanted).order_by(*order).limit(limit))

    def changes_since(self, change: int, limit: int = 500) -> tuple[AlertRecord, ...]:
        """Alerts whose `change` is greater than `change`, oldest change first."""
        return self._alerts(select(alerts).where(alerts.c.change > change).order_by(alerts.c.change).limit(limit))

    def last_change(self) -> int:
        """The greatest `change` so far, 0 when there is none: where a live page begins."""
        with self._transaction() as connection:
            return connection.scalar(select(func.coalesce(func.max(alerts.c.change), 0))) or 0

    def alert(self, alert_id: str) -> AlertRecord | None:
        """One alert, or None when it is not on record."""
        return next(iter(self._alerts(select(alerts).where(alerts.c.id == alert_id))), None)

    def occurrences(self, alert_id: str) -> tuple[OccurrenceRecord, ...]:
        """Every revision of one alert, in order."""
        query = select(occurrences).where(occurrences.c.id == alert_id).order_by(occurrences.c.rev)
        with self._transaction() as connection:
            return tuple(occurrence_record(row) for row in connection.execute(query).mappings())

    def count(self, *, ring: Ring | None = None, condition: Condition | None = None) -> int:
        """How many alerts are on record."""
        wanted = _matching(ring=ring, camera=None, condition=condition)
        with self._transaction() as connection:
            return connection.scalar(select(func.count()).select_from(alerts).where(*wanted)) or 0

    def _created(self) -> int:
        """Create; again when another process was first, or holds a new file to itself for a moment."""
        for _ in range(CREATE_TRIES - 1):
            try:
                return self._create()
            except (RecordError, BackendUnavailable):
                time.sleep(CREATE_AGAIN_S)
        return self._create()

    def _create(self) -> int:
        with self._transaction() as connection:
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
            _put_once(connection, changes.insert().values(only=1, last=0), select(changes))
            _take_turn(connection, 0)
            _add_columns(connection)
            _put_once(connection, schema_version.insert().values(version=SCHEMA_VERSION), select(schema_version))
            return int(connection.execute(select(func.max(schema_version.c.version))).scalar_one())

    def _alerts(self, query: Select[Any]) -> tuple[AlertRecord, ...]:
        with self._transaction() as connection:
            return tuple(alert_record(row) for row in connection.execute(query).mappings())

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with speaking_of(self._engine), self._engine.begin() as connection:
            yield connection


def _take_turn(connection: Connection, count: int) -> int:
    """The last change before this transaction's own `count`; other writers wait until it ends.

    Being the first statement, it makes all that is read later in the transaction stay true until the commit.
    """
    taken = update(changes).values(last=changes.c.last + count).returning(changes.c.last)
    return int(connection.execute(taken).scalar_one()) - count


def _unrecorded(connection: Connection, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries whose revision is not on record, each revision once."""
    by_key = {(delivery.occurrence.id, delivery.occurrence.rev): delivery for delivery in deliveries}
    key = tuple_(occurrences.c.id, occurrences.c.rev)
    known = connection.execute(select(occurrences.c.id, occurrences.c.rev).where(key.in_(by_key)))
    for row in known:
        del by_key[(row.id, row.rev)]
    return list(by_key.values())


def _revise(connection: Connection, fresh: Sequence[Delivery], change: int, now: datetime) -> None:
    touched = {delivery.occurrence.id for delivery in fresh}
    before = {
        row["id"]: alert_record(row)
        for row in connection.execute(select(alerts).where(alerts.c.id.in_(touched))).mappings()
    }
    after = dict(before)
    for number, delivery in enumerate(fresh, change + 1):
        occurrence = delivery.occurrence
        after[occurrence.id] = (
            revised(after[occurrence.id], occurrence, change=number)
            if occurrence.id in after
            else opened(occurrence, change=number, recorded_at=now)
        )
    for alert_id, alert in after.items():
        if alert_id not in before:
            connection.execute(insert(alerts).values(alert_row(alert)))
        elif alert != before[alert_id]:
            connection.execute(update(alerts).where(alerts.c.id == alert_id).values(alert_row(alert)))


def _matching(*, ring: Ring | None, camera: str | None, condition: Condition | None) -> list[ColumnElement[bool]]:
    wanted = {alerts.c.ring: ring, alerts.c.camera: camera, alerts.c.condition: condition}
    return [column == value for column, value in wanted.items() if value is not None]


def _add_columns(connection: Connection) -> None:
    """Give tables that an earlier ringwatch made the columns that have come since. They may be empty."""
    for table in metadata.sorted_tables:
        there = {column["name"] for column in inspect(connection).get_columns(table.name)}
        for column in table.columns:
            if column.name not in there and column.nullable:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))


def _put_once(connection: Connection, row: Any, present: Select[Any]) -> None:
    if connection.execute(present).first() is None:
        connection.execute(row)
