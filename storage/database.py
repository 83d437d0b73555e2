"""The record of alerts: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Index, Select, Update, func, insert, inspect, select, text, tuple_, update
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from alerts.house import House
from alerts.lifecycle import Act, Step, Wanted
from alerts.messages import TEST_RULE, Delivery, Origin, Receipt, RecordError
from alerts.service import ServiceWindow, check
from config.errors import BackendUnavailable, RingwatchError
from config.model import Ring
from storage.acting import act_with_children
from storage.duty_tables import metadata  # the record's, with the tables that are declared there
from storage.engine import open_engine, transaction
from storage.folding import fold
from storage.gathering import gather
from storage.messages import AlertRecord, Condition, Disposition, Handling, OccurrenceRecord
from storage.records import alert_record, occurrence_record, occurrence_row, step_record
from storage.scheduled_tests import ACTS, answer, tests_among
from storage.silence import covering, end_window, put_window, read_silence, read_windows
from storage.tables import (
    SCHEMA_VERSION,
    alerts,
    changes,
    folds,
    occurrences,
    schema_version,
    steps,
    watermarks,
)
from storage.tidying import Task, do, due
from storage.turns import take_number, take_turn
from storage.watermarks import advance

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

Clock = Callable[[], datetime]
CREATE_TRIES, CREATE_AGAIN_S = 5, 0.2
PAGE = 500  # alerts read at a time


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Database:
    """The record. Every method may be called from any thread; each is one transaction and blocks while it runs.

    After an act, and what came to pass by itself, `on_change` is called, on the same thread; it must not block. What is
    recorded, whoever records it says himself.

    Raises:
        BackendUnavailable: from every method, when the database does not answer, is locked or full.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock = utc_now,
        house: House | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = open_engine(url)
        self._clock = clock
        self._house = house or House()
        self._known_house = house  # None: of which network the record is, nobody has said
        self._on_change = on_change

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
        with transaction(self._engine) as connection:
            change = take_turn(connection, len(deliveries))
            fresh = _unrecorded(connection, deliveries)
            if fresh:
                now = self._clock()
                connection.execute(insert(occurrences), [occurrence_row(delivery, now) for delivery in fresh])
                since = min(delivery.occurrence.captured_at for delivery in fresh)
                changed = fold(connection, fresh, change, now, read_silence(connection, self._house, since))
                gather(connection, changed, self._house, lambda: take_number(connection), now)
                tests = tests_among(changed)
                if tests:
                    answer(connection, tests, take_turn(connection, len(ACTS) * len(tests)), now)
            return Receipt(recorded=len(fresh), watermarks=advance(connection, arrived))

    def act(  # noqa: PLR0913 - what an act may say, each by its name
        self,
        alert_id: str,
        act: Act,
        by: str,
        *,
        why: str = "",
        disposition: Disposition | None = None,
        until: datetime | None = None,
        level: int | None = None,
    ) -> AlertRecord:
        """What `by`, an operator or `system`, does with an alert; the alert as it stands then.

        Acts take turns: of two who claim at once, one finds that the other holds it.

        Raises:
            Refused: the lifecycle does not allow it, or somebody else holds the alert; nothing was changed.
        """
        with transaction(self._engine) as connection:
            take_turn(connection)
            now = self._clock()
            wanted = Wanted(act=act, by=by, at=now, why=why, disposition=disposition, until=until, level=level)
            alert = act_with_children(connection, alert_id, wanted, lambda: take_number(connection))
        self._on_change()
        return alert

    def tidy(self) -> tuple[Task, ...]:
        """Do what comes to pass by itself (see storage.tidying); what was done. Any number of desks may ask.

        Whoever has no house leaves to the others what ends: he does not know the windows of the configuration.
        """
        with transaction(self._engine) as connection:
            if not due(connection, self._known_house, self._clock()):
                return ()  # nearly always: nobody waits for a turn
        with transaction(self._engine) as connection:
            take_turn(connection)
            now = self._clock()
            tasks = due(connection, self._known_house, now)
            changed = [do(connection, task, take_number(connection), now) for task in tasks]
            gather(connection, changed, self._house, lambda: take_number(connection), now)
        self._on_change()
        return tasks

    def tell_of_change(self) -> None:
        """Call `on_change`, for whoever has changed the record by another way."""
        self._on_change()

    def set_out_of_service(self, window: ServiceWindow) -> ServiceWindow:
        """Put on record that cameras are out of service, as `window` says; with its number.

        Raises:
            Refused: something is missing, or it would never end.
        """
        with transaction(self._engine) as connection:
            take_turn(connection)
            now = self._clock()
            check(window, now)
            numbered = replace(window, number=take_number(connection), set_at=now)
            put_window(connection, numbered)
        self.tidy()
        return numbered

    def end_out_of_service(self, number: int, by: str) -> ServiceWindow:
        """End one before its time.

        Raises:
            Refused: there is none of that number, or it is over.
        """
        with transaction(self._engine) as connection:
            take_turn(connection)
            ended = end_window(connection, number, by, self._clock())
        self.tidy()
        return ended

    def out_of_service(self) -> tuple[ServiceWindow, ...]:
        """All that is not over, of the configuration and of operators, the first to end first."""
        now = self._clock()
        with transaction(self._engine) as connection:
            return covering((*self._house.windows, *read_windows(connection, now)), now)

    def shelved(self) -> tuple[AlertRecord, ...]:
        """The alerts whose sources are shelved, the first to end first."""
        query = select(alerts).where(alerts.c.shelved_until > self._clock())
        return self._alerts(query.order_by(alerts.c.shelved_until, alerts.c.id))

    def children(self, incident: str) -> tuple[AlertRecord, ...]:
        """The alerts of an incident, in the order they were raised."""
        query = select(alerts).where(alerts.c.incident == incident, alerts.c.incident != "")
        return self._alerts(query.order_by(alerts.c.raised_at, alerts.c.id))

    def raised_between(self, begin: datetime, end: datetime) -> Iterator[AlertRecord]:
        """Every alert that was raised from `begin` until before `end`, oldest first; read a page at a time."""
        after: tuple[datetime, str] = (begin, "")
        while True:
            beyond = (alerts.c.raised_at > after[0]) | ((alerts.c.raised_at == after[0]) & (alerts.c.id > after[1]))
            query = select(alerts).where(beyond, alerts.c.raised_at < end)
            page = self._alerts(query.order_by(alerts.c.raised_at, alerts.c.id).limit(PAGE))
            yield from page
            if len(page) < PAGE:
                return
            after = (page[-1].raised_at, page[-1].id)

    def active(self) -> int:
        """How many alerts go on that people are to deal with: neither resolved nor suppressed nor shelved."""
        wanted = (
            alerts.c.condition == Condition.ACTIVE,
            alerts.c.handling != Handling.RESOLVED,
            func.coalesce(alerts.c.suppressed, "") == "",
            alerts.c.shelved_until.is_(None),
        )
        with transaction(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(alerts).where(*wanted)) or 0

    def steps(self, alert_id: str) -> tuple[Step, ...]:
        """Every act on one alert, in order."""
        return self._steps(select(steps).where(steps.c.alert == alert_id).order_by(steps.c.number))

    def steps_since(self, number: int, limit: int = 500) -> tuple[Step, ...]:
        """Acts after the step `number`, on any alert, in order."""
        return self._steps(select(steps).where(steps.c.number > number).order_by(steps.c.number).limit(limit))

    def open_alerts(self, *, suppressed: bool = False) -> tuple[AlertRecord, ...]:
        """All that nobody has resolved, oldest first; with those that are out of service or shelved, if asked."""
        wanted = [alerts.c.handling != Handling.RESOLVED]
        if not suppressed:
            wanted.append(func.coalesce(alerts.c.suppressed, "") == "")
        return self._alerts(select(alerts).where(*wanted).order_by(alerts.c.raised_at, alerts.c.id))

    def watermarks(self) -> Mapping[str, int]:
        """Every known outbox with the number up to which all its rows are on record."""
        with transaction(self._engine) as connection:
            return {row.outbox: row.seq for row in connection.execute(select(watermarks))}

    def newest(
        self,
        limit: int = 50,
        *,
        ring: Ring | None = None,
        camera: str | None = None,
        condition: Condition | None = None,
        tests: bool = True,
    ) -> tuple[AlertRecord, ...]:
        """The alerts raised last, newest first; with scheduled tests, unless told otherwise."""
        wanted = _matching(ring=ring, camera=camera, condition=condition)
        if not tests:
            wanted.append(alerts.c.rule != TEST_RULE)
        order = (alerts.c.raised_at.desc(), alerts.c.id)
        return self._alerts(select(alerts).where(*wanted).order_by(*order).limit(limit))

    def changes_since(self, change: int, limit: int = 500) -> tuple[AlertRecord, ...]:
        """Alerts whose `change` is greater than `change`, oldest change first."""
        return self._alerts(select(alerts).where(alerts.c.change > change).order_by(alerts.c.change).limit(limit))

    def last_change(self) -> int:
        """The greatest `change` so far, 0 when there is none: where a live page begins."""
        with transaction(self._engine) as connection:
            return connection.scalar(select(func.coalesce(func.max(alerts.c.change), 0))) or 0

    def alert(self, alert_id: str) -> AlertRecord | None:
        """One alert, or None when it is not on record."""
        return next(iter(self._alerts(select(alerts).where(alerts.c.id == alert_id))), None)

    def occurrences(self, alert_id: str) -> tuple[OccurrenceRecord, ...]:
        """Every revision of every event that was folded into one alert; each event's in order."""
        folded = select(folds.c.event).where(folds.c.alert == alert_id)
        of_alert = (occurrences.c.id == alert_id) | occurrences.c.id.in_(folded)
        query = (
            select(occurrences).where(of_alert).order_by(occurrences.c.recorded_at, occurrences.c.id, occurrences.c.rev)
        )
        with transaction(self._engine) as connection:
            return tuple(occurrence_record(row) for row in connection.execute(query).mappings())

    def count(self, *, ring: Ring | None = None, condition: Condition | None = None) -> int:
        """How many alerts are on record."""
        wanted = _matching(ring=ring, camera=None, condition=condition)
        with transaction(self._engine) as connection:
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
        with transaction(self._engine) as connection:
            for table in metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
            _put_once(connection, changes.insert().values(only=1, last=0), select(changes))
            take_turn(connection)
            _add_columns(connection)
            for index in _indexes():
                connection.execute(CreateIndex(index, if_not_exists=True))
            connection.execute(_name_sources())
            _put_once(connection, schema_version.insert().values(version=SCHEMA_VERSION), select(schema_version))
            return int(connection.execute(select(func.max(schema_version.c.version))).scalar_one())

    def _alerts(self, query: Select[Any]) -> tuple[AlertRecord, ...]:
        with transaction(self._engine) as connection:
            return tuple(alert_record(row) for row in connection.execute(query).mappings())

    def _steps(self, query: Select[Any]) -> tuple[Step, ...]:
        with transaction(self._engine) as connection:
            return tuple(step_record(row) for row in connection.execute(query).mappings())


def _unrecorded(connection: Connection, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries whose revision is not on record, each revision once."""
    by_key = {(delivery.occurrence.id, delivery.occurrence.rev): delivery for delivery in deliveries}
    key = tuple_(occurrences.c.id, occurrences.c.rev)
    known = connection.execute(select(occurrences.c.id, occurrences.c.rev).where(key.in_(by_key)))
    for row in known:
        del by_key[(row.id, row.rev)]
    return list(by_key.values())


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


def _indexes() -> Iterator[Index]:
    for table in metadata.sorted_tables:
        yield from sorted(table.indexes, key=lambda index: str(index.name))


def _name_sources() -> Update:
    """Alerts of an earlier version say what they are about, so that repeats find the open ones."""
    source = alerts.c.camera + "/" + alerts.c.rule + "/" + alerts.c.zone
    return update(alerts).where(alerts.c.source.is_(None)).values(source=source)


def _put_once(connection: Connection, row: Any, present: Select[Any]) -> None:
    if connection.execute(present).first() is None:
        connection.execute(row)
