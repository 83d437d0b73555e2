"""From the queue onto the record."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry

from alerts.codec import encode
from alerts.desk import Desk
from alerts.messages import Delivery, Origin, Receipt, RecordError
from alerts.metrics import AlertMetrics
from alerts.queue import STREAM, AlertQueue
from config.errors import BackendUnavailable
from detect.messages import Phase
from storage.database import Database
from storage.messages import Condition
from tests.alerts.making import Hand, occurrence
from tests.redis_server import RedisProcess
from tests.services import eventually

NOW_S = 0.0  # do not wait for entries


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def desk(queue: AlertQueue, database: Database, metrics: AlertMetrics, hand: Hand) -> Desk:
    return Desk(queue, database, "desk-1", metrics, monotonic=hand)


class Interrupted:
    """A record that fails a number of times: away before it stores, or, `after`, when it has committed."""

    def __init__(self, database: Database, *, after: bool = False, times: int = 1) -> None:
        self._database = database
        self._after = after
        self._times = times

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Receipt:
        if self._after:
            receipt = self._database.record(deliveries, passed_over)
        if self._times:
            self._times -= 1
            raise BackendUnavailable("the database is away")
        return receipt if self._after else self._database.record(deliveries, passed_over)

    def watermarks(self) -> Mapping[str, int]:
        return self._database.watermarks()


class Refusing:
    """A record that can never hold one of the alerts."""

    def __init__(self, database: Database, refused: str) -> None:
        self._database = database
        self._refused = refused

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Receipt:
        if any(delivery.occurrence.id == self._refused for delivery in deliveries):
            raise RecordError("no room for this one")
        return self._database.record(deliveries, passed_over)

    def watermarks(self) -> Mapping[str, int]:
        return self._database.watermarks()


def publish(queue: AlertQueue, *numbers: int, outbox: str = "0b") -> None:
    for number in numbers:
        queue.publish(encode(occurrence(number), Origin(outbox=outbox, seq=number)))


def on_record(database: Database) -> set[str]:
    return {alert.id for alert in database.newest(1000)}


def test_what_is_in_the_queue_goes_on_record_and_is_acknowledged(
    queue: AlertQueue, database: Database, desk: Desk
) -> None:
    """One step, and nothing waits any more."""
    publish(queue, 1, 2, 3)

    assert desk.step(NOW_S) == 3

    assert on_record(database) == {"ev-1", "ev-2", "ev-3"}
    assert queue.unrecorded().entries == 0
    assert queue.watermark("0b") == 3


def test_the_record_knows_the_entry_and_the_origin(queue: AlertQueue, database: Database, desk: Desk) -> None:
    """Every revision keeps its own row, as it came."""
    entry = queue.publish(encode(occurrence(1, 1)))
    queue.publish(encode(occurrence(1, 2, phase=Phase.CLEARED)))
    desk.step(NOW_S)

    first, second = database.occurrences("ev-1")
    assert (first.entry, first.occurrence) == (entry, occurrence(1, 1))
    assert second.occurrence.phase is Phase.CLEARED
    assert [(alert.rev, alert.condition) for alert in database.newest()] == [(2, Condition.CLEARED)]


def test_the_same_revision_twice_is_on_record_once(
    queue: AlertQueue, database: Database, desk: Desk, metrics: AlertMetrics
) -> None:
    """Delivery is at least once; the record is exactly once, and counts what it left out."""
    publish(queue, 1, 1, 2)
    desk.step(NOW_S)
    publish(queue, 1)
    desk.step(NOW_S)

    assert len(database.occurrences("ev-1")) == 1
    assert metrics.recorded._value.get() == 2
    assert metrics.duplicates._value.get() == 2


def test_an_older_revision_that_arrives_late_changes_no_newer_state(
    queue: AlertQueue, database: Database, desk: Desk
) -> None:
    """A cleared alert stays cleared."""
    queue.publish(encode(occurrence(1, 3, phase=Phase.CLEARED)))
    desk.step(NOW_S)
    queue.publish(encode(occurrence(1, 1)))
    desk.step(NOW_S)

    (alert,) = database.newest()
    assert (alert.rev, alert.condition) == (3, Condition.CLEARED)
    assert alert.raised_at == occurrence(1, 1).captured_at


def test_a_gap_holds_the_watermark_back(queue: AlertQueue, desk: Desk) -> None:
    """Rows beyond a lost one are recorded, but the outbox keeps all until the gap is filled."""
    publish(queue, 1, 2, 4, 5)
    desk.step(NOW_S)
    assert queue.watermark("0b") == 2

    publish(queue, 3)
    desk.step(NOW_S)
    assert queue.watermark("0b") == 5


def test_a_poison_entry_is_set_aside_and_the_others_are_recorded(
    queue: AlertQueue, database: Database, desk: Desk, metrics: AlertMetrics
) -> None:
    """An alert of a newer schema keeps its payload; its outbox need not wait for it."""
    publish(queue, 1)
    queue.publish(encode(occurrence(2), Origin(outbox="0b", seq=2)) | {"v": "9"})
    queue.publish({"hello": "world"})
    publish(queue, 3)
    desk.step(NOW_S)

    newer, foreign = queue.dead_letters()
    assert newer.fields["error"] == "the entry has schema version '9', this ringwatch reads 1"
    assert newer.fields["field:body"] == encode(occurrence(2))["body"]
    assert foreign.fields["field:hello"] == "world"
    assert on_record(database) == {"ev-1", "ev-3"}
    assert queue.unrecorded().entries == 0
    assert queue.watermark("0b") == 3
    assert metrics.dead_letters._value.get() == 2


def test_an_entry_the_record_refuses_is_set_aside_alone(
    queue: AlertQueue, database: Database, metrics: AlertMetrics
) -> None:
    """One alert that cannot be stored does not take its batch with it, nor stop the desk for ever."""
    publish(queue, 1, 2, 3)

    Desk(queue, Refusing(database, "ev-2"), "desk-1", metrics).step(NOW_S)

    (letter,) = queue.dead_letters()
    assert (letter.fields["field:id"], letter.fields["error"]) == ("ev-2", "no room for this one")
    assert on_record(database) == {"ev-1", "ev-3"}
    assert queue.watermark("0b") == 3


def test_nothing_is_acknowledged_while_the_database_is_away(
    queue: AlertQueue, database: Database, metrics: AlertMetrics
) -> None:
    """The same entries are tried again, before any newer one."""
    publish(queue, 1, 2)
    desk = Desk(queue, Interrupted(database), "desk-1", metrics)
    with pytest.raises(BackendUnavailable):
        desk.step(NOW_S)
    assert queue.unrecorded().entries == 2
    publish(queue, 3)

    assert desk.step(NOW_S) == 2
    assert desk.step(NOW_S) == 1
    assert on_record(database) == {"ev-1", "ev-2", "ev-3"}


def test_dying_between_commit_and_acknowledgement_makes_no_second_record(
    queue: AlertQueue, database: Database, desk: Desk, metrics: AlertMetrics
) -> None:
    """The next desk of that name finds the entry pending, records nothing new, and acknowledges."""
    publish(queue, 1)
    with pytest.raises(BackendUnavailable):
        Desk(queue, Interrupted(database, after=True), "desk-1", metrics).step(NOW_S)
    assert (on_record(database), queue.unrecorded().entries) == ({"ev-1"}, 1)

    desk.step(NOW_S)

    assert queue.unrecorded().entries == 0
    assert queue.watermark("0b") == 1
    assert len(database.occurrences("ev-1")) == 1


def test_what_a_dead_desk_took_is_recorded_by_another(
    queue: AlertQueue, database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name never comes back; its entries do not wait for it."""
    monkeypatch.setattr("alerts.desk.RECLAIM_AFTER_S", 0)
    publish(queue, 1, 2)
    queue.ensure_group()
    queue.read("gone-for-ever", 10, NOW_S)

    desk.step(NOW_S)

    assert on_record(database) == {"ev-1", "ev-2"}
    assert queue.unrecorded().entries == 0


def test_two_desks_at_once_do_nothing_twice(queue: AlertQueue, database: Database) -> None:
    """Whoever takes an entry, and however often it was sent, it is on record once and changes the alert once."""
    publish(queue, *range(1, 301), *range(1, 301))
    desks = [Desk(queue, database, name, AlertMetrics(CollectorRegistry())) for name in ("desk-1", "desk-2")]

    def drain(desk: Desk) -> None:
        while desk.step(NOW_S):
            continue

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(drain, desks))

    assert database.count() == 300
    assert all(len(database.occurrences(f"ev-{number}")) == 1 for number in (1, 150, 300))
    assert queue.watermark("0b") == 300 or database.watermarks() == {"0b": 300}


def test_a_wiped_redis_gets_its_group_and_its_watermarks_back(
    queue: AlertQueue, desk: Desk, hand: Hand, redis_process: RedisProcess
) -> None:
    """Outboxes that nobody adds to any more learn that all they hold is on record."""
    publish(queue, 1, 2)
    desk.step(NOW_S)
    redis_process.command("flushall")
    desk.step(NOW_S)
    publish(queue, 3)

    assert desk.step(NOW_S) == 1
    redis_process.command("flushall")
    hand.pass_s(10)
    desk.step(NOW_S)
    assert queue.watermark("0b") == 3


def test_an_entry_deleted_by_hand_is_passed(queue: AlertQueue, desk: Desk, redis_process: RedisProcess) -> None:
    """It is acknowledged, so that it is not looked for at every start."""
    queue.ensure_group()
    entry = queue.publish(encode(occurrence()))
    queue.read("desk-1", 1, NOW_S)
    redis_process.command("xdel", STREAM, entry)

    assert desk.step(NOW_S) == 1
    assert desk.step(NOW_S) == 0
    assert queue.dead_letters() == ()


def test_a_full_redis_is_emptied_of_what_is_on_record(
    queue: AlertQueue, database: Database, desk: Desk, hand: Hand, redis_process: RedisProcess
) -> None:
    """The desk acknowledges although it cannot publish, and makes room for what waits in the outboxes."""
    publish(queue, *range(1, 51))
    queue.ensure_group()
    redis_process.command("config", "set", "maxmemory", "1")

    desk.step(NOW_S)
    assert (database.count(), queue.unrecorded().entries, len(queue.newest(100))) == (50, 0, 50)
    desk.step(NOW_S)
    assert queue.newest(100) == ()

    redis_process.command("config", "set", "maxmemory", "0")
    hand.pass_s(10)
    desk.step(NOW_S)
    assert queue.watermark("0b") == 50


def test_the_desk_runs_until_it_is_told_to_stop_whatever_goes_away(
    queue: AlertQueue, database: Database, metrics: AlertMetrics, redis_process: RedisProcess
) -> None:
    """It says what it waits for, and goes on by itself."""
    desk = Desk(queue, database, "desk-1", metrics)
    stop = threading.Event()
    thread = threading.Thread(target=desk.run, args=(stop,), name="desk")
    thread.start()
    try:
        publish(queue, 1)
        eventually(lambda: database.count() == 1, "the first is recorded")
        redis_process.kill()
        eventually(lambda: "does not answer" in desk.problem, "the desk says so")
        redis_process.start()
        publish(queue, 2)
        eventually(lambda: database.count() == 2, "the second is recorded")
        eventually(lambda: not desk.problem, "the desk is content")
    finally:
        stop.set()
        thread.join(5.0)
    assert not thread.is_alive()
    assert metrics.failures.labels("desk")._value.get() > 0


def test_the_desk_outlives_what_nobody_thought_of(queue: AlertQueue, database: Database, metrics: AlertMetrics) -> None:
    """A mistake in the record's code is logged with its traceback and tried again; it does not end the desk."""

    class Mistaken(Refusing):
        def watermarks(self) -> Mapping[str, int]:
            if metrics.failures.labels("desk")._value.get() == 0:
                raise ZeroDivisionError
            return super().watermarks()

    stop = threading.Event()
    desk = Desk(queue, Mistaken(database, "none"), "desk-1", metrics)
    thread = threading.Thread(target=desk.run, args=(stop,), name="desk")
    thread.start()
    publish(queue, 1)
    try:
        eventually(lambda: database.count() == 1, "the alert is recorded all the same")
    finally:
        stop.set()
        thread.join(5.0)


def test_operations_can_see_what_waits_for_the_desk(
    queue: AlertQueue, database: Database, metrics: AlertMetrics
) -> None:
    """A growing queue shows before the duty room misses an alert."""
    publish(queue, *range(1, 201))
    desk = Desk(queue, database, "desk-1", metrics)

    desk.step(NOW_S)

    assert metrics.queue_entries._value.get() == 200
    assert metrics.queue_age._value.get() > 0
