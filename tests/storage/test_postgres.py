"""What is PostgreSQL's own: it goes away and comes back, other writers are beside us, and every wait has an end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import make_url, text

from alerts.errors import Refused
from alerts.lifecycle import Act
from alerts.messages import Watch
from config.errors import BackendUnavailable
from config.load import load
from storage.database import Database
from storage.engine import open_engine
from storage.watch_records import WatchRecords
from tests.alerts.making import occurrence
from tests.postgres_server import PostgresServer, run_sql, running_postgres
from tests.storage.deliveries import record

NOW = datetime(2026, 1, 1, 8, 2, tzinfo=UTC)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that the test may kill."""
    with running_postgres() as server:
        yield server


def ask(url: str, question: str) -> object:
    """What a connection of ours is told."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(question)).scalar()
    finally:
        engine.dispose()


def test_a_server_that_goes_away_is_waited_for(own_server: PostgresServer) -> None:
    """Meanwhile every call says so; afterwards it goes on by itself, and what was answered is there."""
    with closing(Database(own_server.url)) as database:
        database.create()
        record(database, occurrence(1))
        database.act("ev-1", Act.CLAIM, "desk-1")
        own_server.kill()
        for call in (
            database.count,
            lambda: record(database, occurrence(2)),
            lambda: database.act("ev-1", Act.RELEASE, "desk-1"),
        ):
            with pytest.raises(BackendUnavailable, match="the database postgresql"):
                call()
        own_server.start()

        assert [step.act for step in database.steps("ev-1")] == [Act.CLAIM]
        record(database, occurrence(2))
        assert [alert.id for alert in database.changes_since(0)] == ["ev-1", "ev-2"]


def test_a_server_that_nobody_reaches_is_unavailable() -> None:
    """Whatever its address; the password is not told."""
    url = "postgresql://duty:hunter2@127.0.0.1:1/ringwatch"
    with closing(Database(url)) as database, pytest.raises(BackendUnavailable) as caught:
        database.count()

    assert "hunter2" not in str(caught.value)


def test_every_wait_of_a_connection_has_an_end(postgres_url: str) -> None:
    """Waiting for a turn, for a statement; times are in UTC, and each statement sees what was committed before it."""
    assert ask(postgres_url, "SHOW lock_timeout") == "5s"
    assert ask(postgres_url, "SHOW statement_timeout") == "1min"
    assert ask(postgres_url, "SHOW TimeZone") == "UTC"
    assert ask(postgres_url, "SHOW application_name") == "ringwatch"
    assert ask(postgres_url, "SHOW transaction_isolation") == "read committed"


def test_what_the_address_says_itself_stands(postgres_url: str) -> None:
    """An administrator's own limits, and a name for the connections of this node."""
    url = f"{postgres_url}%20-c%20statement_timeout%3D7s&application_name=node-2"

    assert ask(url, "SHOW statement_timeout") == "7s"
    assert ask(url, "SHOW lock_timeout") == "5s"
    assert ask(url, "SHOW application_name") == "node-2"
    assert ask(url, "SELECT current_schema()") == ask(postgres_url, "SELECT current_schema()")


def test_a_server_with_another_isolation_does_not_lose_turns(postgres_url: str) -> None:
    """Two who claim at once: one finds that the other holds it, and no error of the database comes between."""
    run_sql(postgres_url, "ALTER ROLE ringwatch SET default_transaction_isolation = 'repeatable read'")
    try:
        with closing(Database(postgres_url)) as one, closing(Database(postgres_url)) as other:
            one.create()
            for number in range(1, 21):
                record(one, occurrence(number))
            barrier = Barrier(2)

            def claim_all(who: tuple[Database, str]) -> int:
                database, seat = who
                won = 0
                for number in range(1, 21):
                    barrier.wait(30)
                    try:
                        database.act(f"ev-{number}", Act.CLAIM, seat)
                        won += 1
                    except Refused as refusal:
                        assert refusal.handler not in {"", seat}
                return won

            with ThreadPoolExecutor(2) as pool:
                won = list(pool.map(claim_all, ((one, "desk-1"), (other, "desk-2"))))
            assert sum(won) == 20
            assert all(len(one.steps(f"ev-{number}")) == 1 for number in range(1, 21))
    finally:
        run_sql(postgres_url, "ALTER ROLE ringwatch RESET default_transaction_isolation")


def test_two_desks_and_two_consoles_write_the_same_row_at_once(url: str) -> None:
    """Signs of presence and watches are replaced by whoever looks: nobody finds the other's row in his way."""
    with closing(Database(url)) as database:
        database.create()
    with closing(WatchRecords(url)) as one, closing(WatchRecords(url)) as other:
        barrier = Barrier(2)

        def look(records: WatchRecords) -> None:
            for number in range(15):
                at = NOW + timedelta(seconds=number)
                barrier.wait(30)
                records.note_presence({"connected": at, "touched": at})
                records.keep_watches({"test alerts": Watch(begun_at=NOW, looked_at=at)})

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(look, (one, other)))

        last = NOW + timedelta(seconds=14)
        assert one.presence().connected_at == one.presence().touched_at == last
        assert one.watches() == {"test alerts": Watch(begun_at=NOW, looked_at=last)}


def test_a_server_that_has_stopped_answering_holds_nobody_for_ever(own_server: PostgresServer) -> None:
    """A frozen machine: whoever connects anew gives up after five seconds."""
    with closing(Database(own_server.url)) as database:
        database.create()
    with (
        own_server.frozen(),
        closing(Database(own_server.url)) as database,
        pytest.raises(BackendUnavailable, match="timeout"),
    ):
        database.count()


def test_the_password_stands_in_the_secrets_file(tmp_path: Path) -> None:
    """Whatever letters it has: what the driver is given is what was written there."""
    (tmp_path / "secrets.yaml").write_text('record: "duty:p@ss/w:rd%?"\n', "utf-8")
    (tmp_path / "secrets.yaml").chmod(0o600)
    config = tmp_path / "network.yaml"
    camera = 'cameras: [{id: gate, name: 东门卡口, ring: inner, stream: {sub: "rtsp://192.0.2.1/sub"}}]\n'
    database = 'storage: {database: "postgresql://{record}@db.example:5433/ringwatch?sslmode=verify-full"}\n'
    config.write_text(f"secrets: secrets.yaml\n{database}{camera}", "utf-8")

    url = make_url(load(config, {}).storage.database or "")

    assert (url.username, url.password, url.host, url.port) == ("duty", "p@ss/w:rd%?", "db.example", 5433)
    assert (url.database, url.query["sslmode"]) == ("ringwatch", "verify-full")
