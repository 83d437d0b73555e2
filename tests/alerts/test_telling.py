"""Saying that the record has changed, on a real redis-server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alerts.lifecycle import Act
from alerts.listening import ChangeListener
from alerts.telling import ChangeTeller
from ringwatch.cli import run
from ringwatch.layout import Layout
from storage.database import Database
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess
from tests.storage.deliveries import record


@contextmanager
def listening(url: str) -> Iterator[threading.Event]:
    """Another console: the event is set when it hears."""
    heard = threading.Event()
    listener = ChangeListener(url, heard.set)
    listener.start()
    try:
        assert heard.wait(10), "it listens"  # it looks once when it begins to
        heard.clear()
        yield heard
    finally:
        listener.stop()


@contextmanager
def telling(url: str) -> Iterator[ChangeTeller]:
    teller = ChangeTeller(url)
    teller.start()
    try:
        yield teller
    finally:
        teller.stop()


def recorded(url: str, teller: ChangeTeller | None = None) -> Database:
    """A record with one alert."""
    database = Database(url, on_change=teller.tell if teller else lambda: None)
    database.create()
    record(database, occurrence(1))
    return database


def test_an_act_is_heard_by_other_consoles(redis_process: RedisProcess, sqlite_url: str) -> None:
    """Each one, not only the first."""
    with listening(redis_process.url) as heard, telling(redis_process.url) as teller:
        database = recorded(sqlite_url, teller)
        for act in (Act.CLAIM, Act.RELEASE, Act.CLAIM):
            database.act("ev-1", act, "desk-1")
            assert heard.wait(10)
            heard.clear()
        database.close()


def test_a_redis_that_is_away_holds_no_act_up(redis_process: RedisProcess, sqlite_url: str) -> None:
    """The act is done; and when Redis is back, the next one is heard."""
    with telling(redis_process.url) as teller:
        database = recorded(sqlite_url, teller)
        redis_process.kill()
        database.act("ev-1", Act.CLAIM, "desk-1")
        redis_process.start()
        with listening(redis_process.url) as heard:
            database.act("ev-1", Act.RELEASE, "desk-1")
            assert heard.wait(10)
        database.close()


def test_what_was_done_last_is_said_before_the_end(redis_process: RedisProcess) -> None:
    """And no thread is left."""
    with listening(redis_process.url) as heard:
        with telling(redis_process.url) as teller:
            teller.tell()
        assert heard.wait(10)
    assert "change-teller" not in {thread.name for thread in threading.enumerate()}


def test_an_act_in_a_terminal_is_heard_by_consoles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the redis-server of the data folder; where none runs, it is done all the same."""
    monkeypatch.setattr("ringwatch.cli.configure_logs", lambda **_: None)
    layout = Layout(tmp_path)
    recorded(layout.record_url).close()
    words = ["--by", "desk-1", "--data", str(tmp_path)]
    assert run(["alerts", "claim", "ev-1", *words]) == 0

    redis = RedisProcess(layout.redis)
    redis.start()
    try:
        with listening(redis.url) as heard:
            assert run(["alerts", "release", "ev-1", *words]) == 0
            assert heard.wait(10)
    finally:
        redis.kill()
