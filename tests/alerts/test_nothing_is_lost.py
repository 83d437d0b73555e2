"""Raised is recorded, once: through kill -9 of any process, and through a Redis that dies, is wiped or is full."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from signal import SIGKILL

import pytest
from prometheus_client import CollectorRegistry

from alerts.desk import Desk
from alerts.metrics import AlertMetrics
from alerts.outbox import Outbox
from alerts.queue import RECORDED, STREAM, AlertQueue
from alerts.sender import OutboxSender
from storage.database import Database
from tests.alerts.making import Hand, occurrence
from tests.redis_server import RedisProcess
from tests.services import REPOSITORY, eventually


def child(module: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", f"tests.alerts.{module}", *words], cwd=REPOSITORY)


def worker(path: Path, redis: RedisProcess, first: int, count: int, where: str) -> int:
    """Raise alerts in a process of its own; how it ended."""
    return child("raise_alerts", str(path), redis.url, str(first), str(count), where).wait(30)


@contextmanager
def desk_process(url: str, redis: RedisProcess, where: str) -> Iterator[subprocess.Popen[bytes]]:
    process = child("record_alerts", url, redis.url, "desk-1", where)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The record, in a file and on a server."""
    with closing(Database(url)) as database:
        database.create()
        yield database


class Way:
    """The whole way of an alert in one process, moved by hand: outbox, sender, Redis, desk, record."""

    def __init__(self, path: Path, queue: AlertQueue, database: Database) -> None:
        self.hand = Hand()
        self.outbox = Outbox(path)
        self.queue = queue
        self.database = database
        metrics = AlertMetrics(CollectorRegistry())
        self.sender = OutboxSender(self.outbox, queue, metrics, monotonic=self.hand)
        self.desk = Desk(queue, database, "desk-1", metrics, monotonic=self.hand)

    def go(self) -> None:
        """Half a minute of both, as far as there is something to do."""
        for _ in range(3):
            self.hand.pass_s(11)
            while self.sender.step():
                continue
            while self.desk.step(0):
                continue
        self.sender.step()

    def waiting(self) -> int:
        return self.outbox.backlog().rows

    def assert_recorded_once(self, count: int) -> None:
        numbers = [f"ev-{number}" for number in range(1, count + 1)]
        assert {alert.id for alert in self.database.newest(10_000)} == set(numbers)
        assert all(len(self.database.occurrences(number)) == 1 for number in numbers)


@pytest.fixture
def way(tmp_path: Path, queue: AlertQueue, database: Database) -> Iterator[Way]:
    way = Way(tmp_path / "worker.sqlite", queue, database)
    with closing(way.outbox):
        yield way


@pytest.mark.parametrize(("where", "in_redis"), [("before-xadd", 0), ("after-xadd", 3)])
def test_kill_9_around_the_xadd_loses_no_alert(
    where: str, in_redis: int, tmp_path: Path, redis_process: RedisProcess, way: Way
) -> None:
    """The worker dies with its alerts in the outbox alone, or in Redis without its knowing: its successor sends them,
    and each is on record once."""
    assert worker(tmp_path / "worker.sqlite", redis_process, 1, 3, where) == -SIGKILL
    assert (way.waiting(), len(way.queue.newest(10)), way.database.count()) == (3, in_redis, 0)

    way.go()

    way.assert_recorded_once(3)
    assert way.waiting() == 0


@pytest.mark.parametrize(("where", "on_record"), [("before-commit", 0), ("before-ack", 2)])
def test_kill_9_of_the_desk_around_its_commit_makes_one_record(
    where: str, on_record: int, url: str, tmp_path: Path, redis_process: RedisProcess, way: Way
) -> None:
    """Whether it had committed or not, its successor finds the entries pending and leaves each on record once."""
    worker(tmp_path / "worker.sqlite", redis_process, 1, 2, "never")
    with desk_process(url, redis_process, where) as desk:
        assert desk.wait(30) == -SIGKILL
    assert (way.database.count(), way.queue.unrecorded().entries) == (on_record, 2)

    way.go()

    way.assert_recorded_once(2)
    assert (way.waiting(), way.queue.unrecorded().entries) == (0, 0)


def test_a_redis_killed_between_sender_and_desk_loses_nothing(way: Way, redis_process: RedisProcess) -> None:
    """What it had answered is on its disk; the rest is in the outbox."""
    for number in range(1, 6):
        way.outbox.add(occurrence(number))
    way.sender.step()
    redis_process.restart()
    way.outbox.add(occurrence(6))

    way.go()

    way.assert_recorded_once(6)
    assert way.waiting() == 0


def test_a_wiped_redis_loses_nothing(way: Way, redis_process: RedisProcess) -> None:
    """Sent and wiped before the desk saw it; recorded and wiped before the outbox heard of it; and then wiped idle."""
    for number in range(1, 4):
        way.outbox.add(occurrence(number))
    way.sender.step()
    redis_process.command("flushall")
    way.go()
    way.assert_recorded_once(3)

    way.outbox.add(occurrence(4))
    way.sender.step()
    way.desk.step(0)
    redis_process.command("flushall")
    way.go()
    redis_process.command("flushall")
    way.go()
    way.assert_recorded_once(4)
    assert way.waiting() == 0


def test_an_entry_lost_between_others_is_sent_again(way: Way, redis_process: RedisProcess) -> None:
    """The record notices the gap by the row's number, and the outbox keeps what lies beyond it until it is filled."""
    for number in range(1, 8):
        way.outbox.add(occurrence(number))
    way.sender.step()
    redis_process.command("xdel", STREAM, way.queue.newest(10)[4].id)

    way.desk.step(0)
    assert (way.database.count(), way.queue.watermark(way.outbox.id)) == (6, 4)

    way.go()
    way.assert_recorded_once(7)
    assert way.waiting() == 0


def test_a_redis_that_forgot_its_watermark_deletes_nothing_early(way: Way, redis_process: RedisProcess) -> None:
    """An older append-only file knows less than the record: everything comes twice, and is on record once."""
    for number in range(1, 4):
        way.outbox.add(occurrence(number))
    way.sender.step()
    way.desk.step(0)
    redis_process.command("del", RECORDED)
    way.outbox.add(occurrence(4))

    way.go()

    way.assert_recorded_once(4)
    assert way.waiting() == 0


def test_a_replaced_database_does_not_stop_the_outboxes(way: Way, tmp_path: Path) -> None:
    """With the record gone, the outbox goes on at its own numbers, and still empties."""
    way.outbox.add(occurrence(1))
    way.go()
    with closing(Database(f"sqlite:///{tmp_path / 'new.sqlite'}")) as replaced:
        replaced.create()
        way.desk = Desk(way.queue, replaced, "desk-1", AlertMetrics(CollectorRegistry()), monotonic=way.hand)
        way.outbox.add(occurrence(2))
        way.go()

        assert replaced.count() == 1
        assert way.waiting() == 0


def test_a_full_redis_loses_nothing(url: str, tmp_path: Path, redis_process: RedisProcess, database: Database) -> None:
    """With the real sender and the real desk at work: what does not fit waits, and comes when there is room."""
    redis_process.command("config", "set", "maxmemory", "1")
    with closing(AlertQueue(redis_process.url)) as queue, closing(Outbox(tmp_path / "worker.sqlite")) as outbox:
        sender = OutboxSender(outbox, queue, AlertMetrics(CollectorRegistry()))
        sender.start()
        try:
            for number in range(1, 21):
                outbox.add(occurrence(number))
            eventually(lambda: "is full" in sender.problem, "the sender says so")
            redis_process.command("config", "set", "maxmemory", "0")
            with desk_process(url, redis_process, "never"):
                eventually(lambda: database.count() == 20, "all are recorded", timeout_s=20)
                eventually(lambda: outbox.backlog().rows == 0, "and the outbox knows")
        finally:
            assert sender.stop(5.0)


def test_raised_is_recorded_once_through_everything_at_once(
    url: str, tmp_path: Path, redis_process: RedisProcess, way: Way
) -> None:
    """Workers die at any moment, Redis is killed and wiped, the desk is killed: 120 raised, 120 on record."""
    luck = random.Random(4)  # noqa: S311 - a throw of dice that can be repeated
    for round_number in range(4):
        where = luck.choice(["before-xadd", "after-xadd", "never"])
        first = 1 + round_number * 30
        with desk_process(url, redis_process, luck.choice(["before-commit", "before-ack", "never"])):
            worker(tmp_path / "worker.sqlite", redis_process, first, 30, where)
            redis_process.restart()
            if luck.random() < 0.5:
                redis_process.command("flushall")

    way.go()

    way.assert_recorded_once(120)
    assert way.waiting() == 0
