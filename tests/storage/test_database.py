"""The record of alerts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from alerts.messages import Delivery, Occurrence, Origin, Receipt, RecordError
from config.errors import BackendUnavailable, RingwatchError
from config.model import Ring, Severity
from detect.messages import Phase, Position
from storage.database import Database
from storage.messages import Condition, Handling
from storage.records import advanced
from storage.tables import UtcDateTime, changes, metadata
from tests.alerts.making import START, occurrence
from tests.postgres_server import run_sql

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


@contextmanager
def holding_the_turn(url: str) -> Iterator[None]:
    """Another writer is in the middle of its transaction."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(update(changes).values(last=changes.c.last))
            yield
            connection.rollback()
    finally:
        engine.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url, clock=lambda: NOW)
    database.create()
    with closing(database):
        yield database


def delivery(one: Occurrence, origin: Origin | None = None, entry: str = "1-0") -> Delivery:
    return Delivery(entry=entry, occurrence=one, origin=origin)


def record(database: Database, *occurrences: Occurrence) -> Receipt:
    return database.record([delivery(one) for one in occurrences])


def arrive(database: Database, *seqs: int, outbox: str = "a") -> int:
    deliveries = [delivery(occurrence(seq), Origin(outbox=outbox, seq=seq)) for seq in seqs]
    return database.record(deliveries).watermarks[outbox]


def test_a_recorded_alert_is_read_back_whole(database: Database) -> None:
    """Everything the page shows, in the types it was recorded in."""
    record(database, occurrence(1))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.camera, alert.camera_name, alert.ring, alert.cell) == ("inner-01", "东门卡口", Ring.INNER, "s-017")
    assert (alert.rule, alert.zone, alert.severity) == ("post.absent", "post", Severity.HIGH)
    assert (alert.condition, alert.handling, alert.rev) == (Condition.ACTIVE, Handling.NEW, 1)
    assert (alert.started_at, alert.raised_at) == (START, START + timedelta(seconds=61))
    assert (alert.cleared_at, alert.recorded_at) == (None, NOW)
    assert alert.detail == {"present": 0, "min_guards": 1}
    assert alert.evidence == "2026-01-01/ev-1"


def test_an_alert_that_is_not_on_record_is_none(database: Database) -> None:
    """The page answers 404."""
    assert database.alert("ev-9") is None
    assert database.occurrences("ev-9") == ()


def test_every_revision_keeps_its_row(database: Database) -> None:
    """What came is never changed, to the microsecond."""
    first = occurrence(1, 1, captured_at=START + timedelta(microseconds=123_456))
    second = occurrence(1, 2)
    database.record([delivery(first, entry="5-0"), delivery(second, entry="6-0")])

    rows = database.occurrences("ev-1")
    assert [(row.occurrence, row.entry, row.recorded_at) for row in rows] == [
        (first, "5-0", NOW),
        (second, "6-0", NOW),
    ]


def test_clearing_ends_the_condition_and_leaves_the_handling(database: Database) -> None:
    """The rule says that the cause has ended; that somebody dealt with it, only people say."""
    record(database, occurrence(1, 1))
    record(database, occurrence(1, 2, phase=Phase.CLEARED, detail={"absent_s": 12.5}))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.condition, alert.handling) == (Condition.CLEARED, Handling.NEW)
    assert alert.raised_at == START + timedelta(seconds=61)
    assert alert.cleared_at == START + timedelta(seconds=62)
    assert alert.detail == {"absent_s": 12.5}


def test_a_revision_is_recorded_once_however_often_it_comes(database: Database) -> None:
    """In one batch, or in many; the receipt says how many were new."""
    assert record(database, occurrence(1), occurrence(1), occurrence(2)).recorded == 2
    change = database.last_change()

    assert record(database, occurrence(1)).recorded == 0
    assert (database.count(), database.last_change()) == (2, change)


LIFE = [
    occurrence(1, 1),
    occurrence(1, 2, severity=Severity.CRITICAL),
    occurrence(1, 3, phase=Phase.CLEARED, detail={}),
    occurrence(1, 4, phase=Phase.RAISED),
]


@pytest.mark.parametrize(
    "order", list(itertools.permutations(LIFE)), ids=lambda order: "".join(str(o.rev) for o in order)
)
def test_the_order_of_arrival_makes_no_difference(order: Sequence[Occurrence]) -> None:
    """An older revision that arrives late never overwrites a newer state."""
    with closing(Database("sqlite://", clock=lambda: NOW)) as database:
        database.create()
        for one in order:
            record(database, one)
        alert = database.alert("ev-1")

    assert alert is not None
    assert (alert.rev, alert.condition, alert.severity) == (4, Condition.ACTIVE, Severity.HIGH)
    assert (alert.raised_at, alert.cleared_at) == (LIFE[0].captured_at, None)
    assert alert.detail == LIFE[3].detail


def test_evidence_named_by_one_revision_stays(database: Database) -> None:
    """A clear that names no pictures does not take away those of the raise."""
    record(database, occurrence(1, 1), occurrence(1, 2, phase=Phase.CLEARED, evidence=""))

    alert = database.alert("ev-1")
    assert alert is not None
    assert alert.evidence == "2026-01-01/ev-1"


def test_the_watermark_moves_through_gapless_numbers_alone(database: Database) -> None:
    """What lies beyond a gap is remembered, over restarts too, until the gap is filled."""
    assert arrive(database, 1, 2) == 2
    assert arrive(database, 5, 4) == 2
    assert arrive(database, 7) == 2
    assert arrive(database, 3) == 5
    assert arrive(database, 1, 3) == 5
    assert arrive(database, 6) == 7


def test_a_new_record_does_not_wait_for_what_an_old_one_held(database: Database) -> None:
    """After the database was replaced, outboxes go on at their own numbers; what they have settled never comes."""
    origin = Origin(outbox="a", seq=1002, settled=1000)

    assert database.record([delivery(occurrence(2), origin)]).watermarks == {"a": 1000}
    assert arrive(database, 1001) == 1002


def test_each_outbox_has_its_own_watermark(database: Database) -> None:
    """One worker's gap does not hold another's rows."""
    arrive(database, 2, outbox="a")
    arrive(database, 1, outbox="b")

    assert database.watermarks() == {"a": 0, "b": 1}


def test_a_copy_under_another_origin_counts_for_that_outbox_too(database: Database) -> None:
    """The same revision from a renamed outbox is no new record, but nobody needs to send it again."""
    database.record([delivery(occurrence(1), Origin(outbox="a", seq=1))])

    receipt = database.record([delivery(occurrence(1), Origin(outbox="b", seq=1))])

    assert (receipt.recorded, receipt.watermarks) == (0, {"b": 1})


def test_what_was_set_aside_elsewhere_counts_as_arrived(database: Database) -> None:
    """A dead letter must not hold its outbox for ever."""
    arrive(database, 1, 3)

    assert database.record((), [Origin(outbox="a", seq=2)]).watermarks == {"a": 3}
    assert database.count() == 2


@given(st.lists(st.lists(st.integers(1, 12), max_size=5), max_size=12))
def test_the_watermark_is_the_longest_gapless_run(batches: list[list[int]]) -> None:
    """Whatever the batches, as if all had come at once."""
    watermark, beyond, seen = 0, frozenset[int](), set[int]()
    for batch in batches:
        seen |= set(batch)
        watermark, beyond = advanced(watermark, beyond | set(batch))

    assert set(range(1, watermark + 1)) <= seen
    assert watermark + 1 not in seen
    assert beyond == {seq for seq in seen if seq > watermark}


@pytest.mark.parametrize(
    "impossible",
    [
        {"started_at": START.replace(tzinfo=None)},
        {"camera_name": "\udcff"},
        {"rev": 2**70, "captured_at": START, "raised_at": START},
    ],
    ids=["a time without a zone", "bytes that are no text", "a number beyond 64 bits"],
)
def test_a_refused_batch_leaves_nothing_behind(database: Database, impossible: dict[str, Any]) -> None:
    """One transaction: neither rows, nor watermarks, nor changes."""
    with pytest.raises(RecordError, match=r"the database (cannot hold|refuses) a value"):
        database.record(
            [delivery(occurrence(1), Origin(outbox="a", seq=1)), delivery(replace(occurrence(2), **impossible))]
        )

    assert (database.count(), database.watermarks(), database.last_change()) == (0, {}, 0)


def test_times_of_any_zone_come_back_in_utc(database: Database) -> None:
    """SQLite keeps no zone: what it keeps is UTC."""
    local = START.astimezone(timezone(timedelta(hours=8)))
    record(database, occurrence(1, started_at=local))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.started_at, alert.started_at.tzinfo) == (START, UTC)


def test_newest_begins_with_the_alert_raised_last(database: Database) -> None:
    """Whenever it was recorded."""
    for number, minutes in ((1, 5), (2, 9), (3, 1)):
        record(database, occurrence(number, captured_at=START + timedelta(minutes=minutes)))

    assert [alert.id for alert in database.newest()] == ["ev-2", "ev-1", "ev-3"]
    assert [alert.id for alert in database.newest(1)] == ["ev-2"]


def test_newest_can_be_narrowed(database: Database) -> None:
    """By ring, by camera, by condition, or by all of them."""
    record(database, occurrence(1), occurrence(2, ring=Ring.OUTER, camera="outer-03"))
    record(database, occurrence(3), occurrence(3, 2, phase=Phase.CLEARED))

    def ids(**narrowed: object) -> set[str]:
        return {alert.id for alert in database.newest(**narrowed)}  # type: ignore[arg-type]

    assert ids(ring=Ring.INNER) == {"ev-1", "ev-3"}
    assert ids(camera="outer-03") == {"ev-2"}
    assert ids(condition=Condition.ACTIVE) == {"ev-1", "ev-2"}
    assert ids(condition=Condition.ACTIVE, ring=Ring.INNER) == {"ev-1"}
    assert (database.count(), database.count(ring=Ring.OUTER), database.count(condition=Condition.CLEARED)) == (3, 1, 1)


def test_changes_since_gives_every_alert_that_changed(database: Database) -> None:
    """A live page that asks from its last change misses nothing, and sees each alert as it now is."""
    record(database, occurrence(1), occurrence(2))
    seen = database.last_change()
    assert [alert.id for alert in database.changes_since(0)] == ["ev-1", "ev-2"]
    assert database.changes_since(seen) == ()

    record(database, occurrence(1, 2), occurrence(3))

    changed = database.changes_since(seen)
    assert [(alert.id, alert.rev) for alert in changed] == [("ev-1", 2), ("ev-3", 1)]
    assert database.last_change() == changed[-1].change
    assert [alert.id for alert in database.changes_since(0, limit=1)] == ["ev-2"]


def test_an_empty_record_has_no_change(database: Database) -> None:
    """A live page begins at 0."""
    assert (database.last_change(), database.newest(), database.count()) == (0, (), 0)


def test_two_processes_record_at_once_and_changes_stay_in_order(url: str, database: Database) -> None:
    """Writers take turns: every alert once, every change number once, no watermark lost."""
    with closing(Database(url)) as other, ThreadPoolExecutor(4) as pool:
        batches = [[seq, seq + 1, seq + 2] for seq in range(1, 60)]
        writers = itertools.cycle((database, other))
        list(pool.map(lambda pair: arrive(pair[0], *pair[1]), zip(writers, batches, strict=False)))

    changes = [alert.change for alert in database.changes_since(0)]
    assert database.count() == len(set(changes)) == 61
    assert database.watermarks() == {"a": 61}
    assert all(len(database.occurrences(f"ev-{seq}")) == 1 for seq in range(1, 62))


def test_creating_again_keeps_what_is_there(url: str, database: Database) -> None:
    """Every process of a node creates at its start."""
    record(database, occurrence(1))
    with closing(Database(url)) as other:
        other.create()
        assert other.count() == 1


def test_many_processes_create_at_once(url: str) -> None:
    """The desk and the console start together on a new data folder."""

    def create(_: int) -> None:
        with closing(Database(url)) as database:
            database.create()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(create, range(4)))


def test_a_database_of_a_newer_ringwatch_is_refused(url: str, database: Database) -> None:
    """An older one would not know what it leaves out."""
    run_sql(url, "UPDATE schema_version SET version = 99")

    with closing(Database(url)) as older, pytest.raises(RingwatchError, match="the database has schema 99"):
        older.create()


def test_a_locked_database_is_unavailable(database: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk keeps the entries and tries again; readers go on meanwhile."""
    monkeypatch.setattr("storage.engine.LOCK_WAIT_S", 0.05)
    with closing(Database(url)) as impatient:
        with holding_the_turn(url):
            with pytest.raises(BackendUnavailable, match=r"database is locked|due to lock timeout"):
                record(impatient, occurrence(1))
            assert impatient.count() == 0
        record(impatient, occurrence(1))
        assert impatient.count() == 1


def test_a_database_without_tables_is_unavailable(url: str) -> None:
    """A console that is up before the desk has created them says so and tries again."""
    with (
        closing(Database(url)) as database,
        pytest.raises(BackendUnavailable, match=r"no such table|relation \"alerts\" does not exist"),
    ):
        database.newest()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """A damaged record is never replaced silently."""
    (tmp_path / "record.sqlite").write_bytes(b"this is a text file, and not a short one" * 100)
    with (
        closing(Database(f"sqlite:///{tmp_path / 'record.sqlite'}")) as database,
        pytest.raises(BackendUnavailable, match="file is not a database"),
    ):
        database.create()


@pytest.mark.parametrize("url", ["rubbish", "nosuch://ops:hunter2@host/db", "postgresql+nosuch://ops:hunter2@host/db"])
def test_a_url_that_is_no_database_says_what_to_write(url: str) -> None:
    """Without its password."""
    with pytest.raises(RingwatchError, match="is not a database: write sqlite") as caught:
        Database(url)

    assert "hunter2" not in str(caught.value)


def test_a_missing_driver_is_named() -> None:
    """Only psycopg is."""
    with pytest.raises(RingwatchError, match="the driver for postgresql") as caught:
        Database("postgresql+pg8000://ops:hunter2@host/db")

    assert "hunter2" not in str(caught.value)


def test_the_folder_is_made_and_the_log_is_written_ahead(tmp_path: Path) -> None:
    """Readers never wait for the writer, and what is committed survives a power cut."""
    path = tmp_path / "deep" / "record.sqlite"
    with closing(Database(f"sqlite:///{path}")) as database:
        database.create()
        with database._engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -512  # KiB, of each of many connections


def test_postgresql_takes_the_same_tables() -> None:
    """Every table and index compiles for it, and its times keep their zone."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))

    assert UtcDateTime().process_bind_param(START.astimezone(timezone(timedelta(hours=8))), dialect) == START
    assert "TIMESTAMP WITH TIME ZONE" in str(CreateTable(metadata.tables["alerts"]).compile(dialect=dialect))


HERE = Position(lat=30.66, lon=104.06, speed_m_s=None, at=START)


def test_where_a_vehicle_was_is_on_record(database: Database) -> None:
    """By the newest revision that knows: one that does not, does not take it away, and a late one fills the gap."""
    there = replace(HERE, lat=31.0, speed_m_s=12.5)
    record(database, occurrence(1, 1, position=HERE), occurrence(1, 2, position=there), occurrence(1, 3))
    record(database, occurrence(2, 2))
    record(database, occurrence(2, 1, position=HERE))
    record(database, occurrence(3, 1))

    placed = {alert.id: alert.position for alert in database.newest()}

    assert placed == {"ev-1": there, "ev-2": HERE, "ev-3": None}
    assert [one.occurrence.position for one in database.occurrences("ev-1")] == [HERE, there, None]


def test_a_record_of_an_earlier_version_gets_the_columns_it_lacks(url: str) -> None:
    """Its alerts stay, and new ones have all that this version knows."""
    with closing(Database(url)) as earlier:
        earlier.create()
        record(earlier, occurrence(1))
    run_sql(url, "ALTER TABLE alerts DROP COLUMN position")

    with closing(Database(url)) as database:
        database.create()
        record(database, occurrence(2, position=HERE))
        placed = {alert.id: alert.position for alert in database.newest()}

    assert placed == {"ev-1": None, "ev-2": HERE}
