"""The database of the record: how it is made, brought up to date, and what is said of one that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from config.errors import BackendUnavailable, RingwatchError
from detect.messages import Position
from storage.database import Database
from storage.tables import UtcDateTime, changes, metadata
from tests.alerts.making import START, occurrence
from tests.postgres_server import run_sql
from tests.storage.deliveries import record


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


def test_a_record_of_an_earlier_version_gets_the_columns_it_lacks(url: str) -> None:
    """Its alerts stay, and new ones have all that this version knows."""
    here = Position(lat=30.66, lon=104.06, speed_m_s=None, at=START)
    with closing(Database(url)) as earlier:
        earlier.create()
        record(earlier, occurrence(1))
    run_sql(url, "ALTER TABLE alerts DROP COLUMN position")

    with closing(Database(url)) as database:
        database.create()
        record(database, occurrence(2, position=here))
        placed = {alert.id: alert.position for alert in database.newest()}

    assert placed == {"ev-1": None, "ev-2": here}


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
