"""`ringwatch alerts dead-letters`: what was set aside is seen, and comes back after an update."""

from __future__ import annotations

import json

import pytest

from alerts import codec
from alerts.codec import encode
from alerts.desk import Desk
from alerts.messages import Origin
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from ringwatch.cli import run
from storage.database import Database
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess

pytestmark = pytest.mark.usefixtures("logs_left_alone")


@pytest.fixture
def desk(queue: AlertQueue, database: Database, metrics: AlertMetrics) -> Desk:
    """It has met an alert of a newer schema, and rubbish."""
    desk = Desk(queue, database, "desk-1", metrics)
    queue.publish(encode(occurrence(1), Origin(outbox="0b", seq=1)) | {"v": "2"})
    queue.publish({"hello": "world"})
    desk.step(0)
    desk.step(0)
    return desk


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_dead_letters_are_listed_with_payload_and_reason(
    desk: Desk, redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """Oldest first; looking changes nothing."""
    for _ in range(2):
        assert run(["alerts", "dead-letters", "--url", redis_process.url, "--json"]) == 0
        newer, rubbish = lines(capsys)
        assert newer["error"] == "the entry has schema version '2', this ringwatch reads 1"
        assert newer["fields"] == encode(occurrence(1), Origin(outbox="0b", seq=1)) | {"v": "2"}
        assert rubbish["fields"] == {"hello": "world"}

    assert run(["alerts", "dead-letters", "--url", redis_process.url]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "ev-1  the entry has schema version '2'" in first
    assert "?  the entry has no field v" in second


def test_what_cannot_be_read_yet_is_not_put_back(
    desk: Desk, queue: AlertQueue, redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would only come again."""
    assert run(["alerts", "dead-letters", "--requeue", "--json", "--url", redis_process.url]) == 0

    assert [line["done"] for line in lines(capsys)] == [
        "stays: the entry has schema version '2', this ringwatch reads 1",
        "stays: the entry has no field v",
    ]
    assert len(queue.dead_letters()) == 2


def test_after_an_update_a_newer_alert_is_put_back_and_recorded_once(
    desk: Desk,
    queue: AlertQueue,
    database: Database,
    redis_process: RedisProcess,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The updated ringwatch reads version 2: the alert comes on record with all that it said."""
    monkeypatch.setattr(codec, "VERSION", 2)

    assert run(["alerts", "dead-letters", "--requeue", "--json", "--url", redis_process.url]) == 0

    assert [line["done"] for line in lines(capsys)] == ["requeued", "stays: the entry has no field v"]
    desk.step(0)
    assert [row.occurrence for row in database.occurrences("ev-1")] == [occurrence(1)]
    assert len(queue.dead_letters()) == 1
    assert run(["alerts", "dead-letters", "--requeue", "--url", redis_process.url]) == 0
    assert desk.step(0) == 0


def test_a_full_queue_keeps_the_dead_letter(
    desk: Desk, queue: AlertQueue, redis_process: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both or neither: it is never taken from the one without standing in the other."""
    monkeypatch.setattr(codec, "VERSION", 2)
    redis_process.command("config", "set", "maxmemory", "1")

    assert run(["alerts", "dead-letters", "--requeue", "--url", redis_process.url]) == 3

    assert len(queue.dead_letters()) == 2
