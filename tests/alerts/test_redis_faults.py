"""Each fault of Redis ends with every alert on record once; those that came late are known as such."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.codec import encode
from alerts.desk import Desk
from alerts.lateness import came_late
from alerts.metrics import AlertMetrics
from alerts.outbox import Outbox
from alerts.queue import STREAM, AlertQueue
from config.errors import BackendUnavailable
from storage.database import Database
from tests.alerts.making import Hand, occurrence
from tests.alerts.test_nothing_is_lost import Way
from tests.redis_server import RedisProcess, debian_binary, running_redis

RAISED_AT = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
AWAY = timedelta(minutes=10)


class Clock:
    """The desk's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = RAISED_AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[RedisProcess]:
    """The distribution's server, whose append-only file is a folder."""
    with running_redis(binary=debian_binary()) as process:
        yield process


@pytest.fixture
def way(tmp_path: Path, queue: AlertQueue, clock: Clock) -> Iterator[Way]:
    with closing(Database(f"sqlite:///{tmp_path / 'record.sqlite'}", clock=clock)) as database:
        database.create()
        way = Way(tmp_path / "worker.sqlite", queue, database)
        with closing(way.outbox):
            yield way


def raise_alerts(way: Way, *numbers: int) -> None:
    for number in numbers:
        way.outbox.add(occurrence(number, raised_at=RAISED_AT))


def late(way: Way) -> list[str]:
    rows = [way.database.occurrences(alert.id)[0] for alert in way.database.newest(100)]
    return sorted(row.occurrence.id for row in rows if came_late(row.occurrence, row.recorded_at))


def nothing_moves(way: Way, complaint: str) -> None:
    """Sender and desk both say what they wait for."""
    with pytest.raises(BackendUnavailable, match=complaint):
        while way.sender.step():
            continue
    assert way.waiting()


def test_away_at_the_start(way: Way, redis_process: RedisProcess, clock: Clock) -> None:
    """Nothing has ever been sent; the desk starts without a group, a stream, or a server."""
    redis_process.kill()
    raise_alerts(way, 1, 2, 3)
    nothing_moves(way, "does not answer")
    with pytest.raises(BackendUnavailable, match="does not answer"):
        way.desk.step(0)

    clock.now += AWAY
    redis_process.start()
    way.go()

    way.assert_recorded_once(3)
    assert way.waiting() == 0
    assert late(way) == ["ev-1", "ev-2", "ev-3"]


def test_away_in_mid_run(way: Way, redis_process: RedisProcess, clock: Clock) -> None:
    """What was recorded before is not late, what waited meanwhile is."""
    raise_alerts(way, 1, 2)
    way.go()
    redis_process.kill()
    raise_alerts(way, 3)
    nothing_moves(way, "does not answer")

    clock.now += AWAY
    redis_process.start()
    way.go()

    way.assert_recorded_once(3)
    assert way.waiting() == 0
    assert late(way) == ["ev-3"]


def test_full(way: Way, redis_process: RedisProcess, clock: Clock) -> None:
    """The desk goes on recording what is in; what did not fit is late."""
    raise_alerts(way, 1)
    way.go()
    raise_alerts(way, 2)
    way.sender.step()
    redis_process.command("config", "set", "maxmemory", "1")
    raise_alerts(way, 3)
    nothing_moves(way, "is full")
    assert way.desk.step(0) == 1
    assert way.database.count() == 2

    clock.now += AWAY
    redis_process.command("config", "set", "maxmemory", "0")
    way.go()

    way.assert_recorded_once(3)
    assert way.waiting() == 0
    assert late(way) == ["ev-3"]


def test_a_read_only_replica(way: Way, redis_process: RedisProcess, clock: Clock) -> None:
    """After a failover to a replica nothing can be written until it is made the master."""
    raise_alerts(way, 1)
    way.go()
    redis_process.command("replicaof", "127.0.0.1", "1")
    raise_alerts(way, 2, 3)
    nothing_moves(way, "read only replica")
    with pytest.raises(BackendUnavailable, match="read only replica"):
        way.desk.step(0)

    clock.now += AWAY
    redis_process.command("replicaof", "no", "one")
    way.go()

    way.assert_recorded_once(3)
    assert way.waiting() == 0
    assert late(way) == ["ev-2", "ev-3"]


@pytest.mark.parametrize("wiped", ["flushall", "empty restart"])
def test_wiped(wiped: str, way: Way, redis_process: RedisProcess, clock: Clock) -> None:
    """With alerts in it that the desk had not seen, and others on record already."""
    raise_alerts(way, 1, 2)
    way.go()
    raise_alerts(way, 3, 4)
    way.sender.step()
    if wiped == "flushall":
        redis_process.command("flushall")
    else:
        redis_process.kill()
        shutil.rmtree(append_only_files(redis_process))
        redis_process.start()
    assert way.queue.newest(10) == ()

    clock.now += AWAY
    way.go()

    way.assert_recorded_once(4)
    assert way.waiting() == 0
    assert late(way) == ["ev-3", "ev-4"]


def test_restarted_with_an_older_append_only_file(
    way: Way, redis_process: RedisProcess, clock: Clock, tmp_path: Path
) -> None:
    """It knows of entries that have been acknowledged since, and nothing of those that came since."""
    raise_alerts(way, 1, 2)
    way.sender.step()
    while not way.desk._queue.read("desk-1", 1, 0):  # one is given to the desk, and pending in the older file
        continue
    redis_process.kill()
    shutil.copytree(append_only_files(redis_process), tmp_path / "older")
    redis_process.start()
    way.go()
    raise_alerts(way, 3, 4)
    way.sender.step()
    way.desk.step(0)
    raise_alerts(way, 5)
    way.sender.step()
    redis_process.kill()
    shutil.rmtree(append_only_files(redis_process))
    shutil.copytree(tmp_path / "older", append_only_files(redis_process))
    redis_process.start()

    clock.now += AWAY
    way.go()

    way.assert_recorded_once(5)
    assert way.waiting() == 0
    assert late(way) == ["ev-5"]


def test_a_clock_that_jumps_loses_nothing(tmp_path: Path, queue: AlertQueue, database: Database) -> None:
    """The node's clock falls back by a day and leaps ahead by two: numbers, not times, say what is on record."""
    now = [RAISED_AT]
    with closing(Outbox(tmp_path / "worker.sqlite", clock=lambda: now[0])) as outbox:
        way = Way(tmp_path / "other.sqlite", queue, database)
        way.outbox.close()
        way.outbox = outbox
        way.sender._outbox = outbox
        for number, at in enumerate((RAISED_AT, RAISED_AT - timedelta(days=1), RAISED_AT + timedelta(days=2)), 1):
            now[0] = at
            outbox.add(occurrence(number, raised_at=at))
            way.go()

        way.assert_recorded_once(3)
        assert way.waiting() == 0


def test_an_idle_integration_shows_in_the_age_of_its_group(
    queue: AlertQueue, database: Database, metrics: AlertMetrics, redis_process: RedisProcess
) -> None:
    """It keeps everything from being trimmed: operations see which, while the desk's own is at nothing."""
    hand = Hand()
    desk = Desk(queue, database, "desk-1", metrics, monotonic=hand)
    words = [word for field in encode(occurrence()).items() for word in field]
    redis_process.command("xadd", STREAM, "1000-0", *words)
    redis_process.command("xgroup", "create", STREAM, "webhook", "0")
    desk.step(0)
    desk.step(0)
    hand.pass_s(60)
    desk.step(0)

    assert metrics.group_age.labels("webhook")._value.get() > 1e9
    assert metrics.group_age.labels("desk")._value.get() == 0


def append_only_files(redis: RedisProcess) -> Path:
    return redis.server._folder / "appendonlydir"
