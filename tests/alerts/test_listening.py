"""Hearing of changes, on a real redis-server."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from alerts.codec import encode
from alerts.desk import Desk
from alerts.listening import ChangeListener
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from storage.database import Database
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess
from tests.services import eventually


class Ear:
    """Counts what is heard."""

    def __init__(self) -> None:
        self.heard = 0

    def __call__(self) -> None:
        self.heard += 1


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def listener(redis_process: RedisProcess, ear: Ear) -> Iterator[ChangeListener]:
    listener = ChangeListener(redis_process.url, ear)
    listener.start()
    eventually(lambda: listener.hears, "it listens")
    yield listener
    listener.stop()


def test_a_recorded_alert_is_heard_of(
    listener: ChangeListener, ear: Ear, queue: AlertQueue, database: Database, metrics: AlertMetrics
) -> None:
    """The desk says so after its commit; a copy of what is on record already is no news."""
    desk = Desk(queue, database, "desk-1", metrics)
    eventually(lambda: ear.heard == 1, "it looks once when it begins to listen")
    queue.publish(encode(occurrence()))
    desk.step(0)
    eventually(lambda: ear.heard == 2, "the new alert")

    queue.publish(encode(occurrence()))
    queue.publish(encode(occurrence(2)))
    desk.step(0)
    desk.step(0)

    eventually(lambda: ear.heard == 3, "the second new alert")


def test_a_redis_that_was_away_is_listened_to_again(
    listener: ChangeListener, ear: Ear, queue: AlertQueue, redis_process: RedisProcess
) -> None:
    """And what was said meanwhile is looked for."""
    redis_process.kill()
    eventually(lambda: not listener.hears, "it notices")
    before = ear.heard
    redis_process.start()
    eventually(lambda: listener.hears and ear.heard > before, "it listens and looks", timeout_s=30)
    before = ear.heard

    queue.announce()

    eventually(lambda: ear.heard > before, "it hears")


def test_a_listener_can_be_stopped_while_redis_is_away(redis_process: RedisProcess, ear: Ear) -> None:
    """Nobody waits for it, and no thread is left."""
    redis_process.kill()
    listener = ChangeListener(redis_process.url, ear)
    listener.start()

    listener.stop()

    assert "change-listener" not in {thread.name for thread in threading.enumerate()}
    assert ear.heard == 0


def test_a_desk_that_may_not_say_anything_still_records(
    queue: AlertQueue, database: Database, metrics: AlertMetrics, redis_process: RedisProcess
) -> None:
    """A Redis user without the channel costs half a second, not the alert."""
    redis_process.command("acl", "setuser", "default", "-publish")

    queue.publish(encode(occurrence()))
    Desk(queue, database, "desk-1", metrics).step(0)

    assert database.count() == 1
    assert queue.unrecorded().entries == 0
