"""From the outbox into the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest

from alerts import sender as sender_module
from alerts.codec import decode
from alerts.errors import OutboxUnavailable
from alerts.metrics import AlertMetrics
from alerts.outbox import Outbox
from alerts.queue import RECORDED, STREAM, AlertQueue
from alerts.sender import OutboxSender
from config.errors import BackendUnavailable
from tests.alerts.making import Hand, occurrence
from tests.redis_server import RedisProcess
from tests.services import eventually


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def sender(outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics, hand: Hand) -> OutboxSender:
    return OutboxSender(outbox, queue, metrics, monotonic=hand)


@pytest.fixture
def running(outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics) -> Iterator[OutboxSender]:
    sender = OutboxSender(outbox, queue, metrics)
    sender.start()
    yield sender
    assert sender.stop(5.0)


def fill(outbox: Outbox, *numbers: int) -> None:
    for number in numbers:
        outbox.add(occurrence(number))


def in_queue(queue: AlertQueue) -> list[str]:
    return [decode(entry.fields)[0].id for entry in queue.newest(1000)]


def test_rows_are_sent_in_order_with_their_origin(outbox: Outbox, queue: AlertQueue, sender: OutboxSender) -> None:
    """The desk learns which row it has put on record."""
    fill(outbox, 1, 2, 3)

    assert sender.step() == 3

    sent = [decode(entry.fields)[1] for entry in queue.newest(10)]
    assert [(origin.outbox, origin.seq) for origin in sent if origin] == [(outbox.id, seq) for seq in (1, 2, 3)]


def test_what_was_sent_is_not_sent_again_while_the_queue_has_it(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, hand: Hand
) -> None:
    """A desk that is away for a night does not fill Redis with copies."""
    fill(outbox, 1, 2)
    sender.step()

    for _ in range(5):
        hand.pass_s(3600)
        assert sender.step() == 0

    assert in_queue(queue) == ["ev-1", "ev-2"]


def test_rows_go_when_the_record_covers_them_and_not_before(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender
) -> None:
    """Being in Redis is not being on record."""
    fill(outbox, 1, 2, 3)
    sender.step()
    assert outbox.backlog().rows == 3

    queue.set_watermarks({outbox.id: 2})
    sender.step()

    assert [row.seq for row in outbox.pending()] == [3]


def test_a_wiped_queue_is_filled_again(
    outbox: Outbox,
    queue: AlertQueue,
    sender: OutboxSender,
    hand: Hand,
    metrics: AlertMetrics,
    redis_process: RedisProcess,
) -> None:
    """All that is not on record is sent once more, in order, ten seconds later at the latest."""
    fill(outbox, *range(1, 251))
    while sender.step():
        continue
    redis_process.command("flushall")

    assert sender.step() == 0, "not yet: the desk may have been about to record it"
    hand.pass_s(10)
    while sender.step():
        continue

    assert in_queue(queue) == [f"ev-{number}" for number in range(1, 251)]
    assert metrics.resent._value.get() == 250


def test_one_lost_entry_among_others_is_sent_again(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, hand: Hand, redis_process: RedisProcess
) -> None:
    """The watermark stops at the gap, so the gap is filled; what follows it may come twice."""
    fill(outbox, 1, 2, 3)
    sender.step()
    lost = queue.newest(10)[1]
    redis_process.command("xdel", STREAM, lost.id)
    queue.set_watermarks({outbox.id: 1})
    sender.step()
    hand.pass_s(10)

    assert sender.step() == 2
    assert in_queue(queue) == ["ev-1", "ev-3", "ev-2", "ev-3"]


def test_losses_are_looked_for_at_once_after_a_failure(
    outbox: Outbox, queue: AlertQueue, running: OutboxSender, redis_process: RedisProcess
) -> None:
    """A Redis that was away may have come back empty: no need to wait ten seconds."""
    fill(outbox, 1)
    eventually(lambda: in_queue(queue) == ["ev-1"], "the first is sent")
    redis_process.command("flushall")
    redis_process.kill()
    eventually(lambda: running.problem, "the sender notices")
    redis_process.start()

    eventually(lambda: in_queue(queue) == ["ev-1"], "it is sent again", timeout_s=8)


def test_a_restarted_worker_sends_again_what_is_not_on_record(
    outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics
) -> None:
    """It cannot know whether its predecessor's XADD arrived; the record tells copies apart."""
    fill(outbox, 1, 2)
    OutboxSender(outbox, queue, metrics).step()
    queue.set_watermarks({outbox.id: 1})

    OutboxSender(outbox, queue, metrics).step()

    assert in_queue(queue) == ["ev-1", "ev-2", "ev-2"]


def test_a_redis_that_is_away_at_the_start_is_waited_for(
    outbox: Outbox, queue: AlertQueue, running: OutboxSender, redis_process: RedisProcess
) -> None:
    """Alerts go into the outbox all the while, and leave when it comes."""
    redis_process.kill()
    fill(outbox, 1, 2)
    eventually(lambda: "does not answer" in running.problem, "the sender says what it waits for")

    redis_process.start()

    eventually(lambda: in_queue(queue) == ["ev-1", "ev-2"], "both are sent")
    eventually(lambda: not running.problem, "and the sender is content")


def test_a_full_redis_is_waited_for(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, redis_process: RedisProcess
) -> None:
    """With noeviction nothing that is in goes, and nothing that waits is lost."""
    redis_process.command("config", "set", "maxmemory", "1")
    fill(outbox, 1, 2)
    with pytest.raises(BackendUnavailable, match="is full"):
        sender.step()

    redis_process.command("config", "set", "maxmemory", "0")
    sender.step()

    assert in_queue(queue) == ["ev-1", "ev-2"]


def test_the_queue_never_holds_more_than_a_window_of_one_outbox(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the desk is away the rest waits on disk, where there is more room."""
    monkeypatch.setattr(sender_module, "WINDOW", 5)
    fill(outbox, *range(1, 9))

    assert [sender.step(), sender.step()] == [5, 0]
    queue.set_watermarks({outbox.id: 4})
    assert sender.step() == 3


def test_a_wiped_watermark_does_not_close_the_window(
    outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row numbers far beyond the window are sent although nothing is known of those before."""
    monkeypatch.setattr(sender_module, "WINDOW", 5)
    fill(outbox, *range(1, 21))
    outbox.forget_up_to(18)

    assert OutboxSender(outbox, queue, metrics).step() == 2


def test_an_outbox_restored_from_an_old_copy_loses_nothing(
    tmp_path: Path, queue: AlertQueue, metrics: AlertMetrics
) -> None:
    """The record covers numbers that the copy would give to new alerts: they must not be taken for recorded."""
    with closing(Outbox(tmp_path / "now.sqlite")) as outbox:
        fill(outbox, 1)
        outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copyfile(tmp_path / "now.sqlite", tmp_path / "copy.sqlite")
        queue.set_watermarks({outbox.id: 40})

    with closing(Outbox(tmp_path / "copy.sqlite")) as restored:
        fill(restored, 2)
        sender = OutboxSender(restored, queue, metrics)
        while not sender.step():
            continue

        assert in_queue(queue) == ["ev-1", "ev-2"]
        assert restored.backlog().rows == 2


def test_rows_that_arrived_without_an_answer_do_not_make_the_outbox_an_old_copy(
    outbox: Outbox, redis_process: RedisProcess, metrics: AlertMetrics
) -> None:
    """Redis died between taking them and saying so; the desk recorded them: that is no other outbox's past."""
    name = outbox.id
    with closing(Unanswered(redis_process.url)) as queue:
        sender = OutboxSender(outbox, queue, metrics)
        fill(outbox, 1, 2)
        with pytest.raises(BackendUnavailable):
            sender.step()
        queue.set_watermarks({name: 2})

        sender.step()

    assert outbox.id == name
    assert outbox.backlog().rows == 0


class Unanswered(AlertQueue):
    """A queue that takes entries and dies before it says so."""

    def publish_all(self, batch: Sequence[Mapping[str, str]]) -> list[str]:
        super().publish_all(batch)
        raise BackendUnavailable("it does not answer")


def test_an_old_copy_is_noticed_even_when_its_numbers_have_caught_up(
    outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics
) -> None:
    """A watermark above all that was ever sent is another outbox's past, however much was raised meanwhile."""
    sender = OutboxSender(outbox, queue, metrics)
    name = outbox.id
    fill(outbox, *range(1, 51))
    queue.set_watermarks({name: 40})

    while not sender.step():
        continue

    assert outbox.id != name
    assert outbox.backlog().rows == 50


def test_a_full_disk_does_not_keep_recorded_rows_for_ever(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting needs room too: what could not be deleted is deleted at the next look."""
    fill(outbox, 1, 2)
    sender.step()
    queue.set_watermarks({outbox.id: 2})
    with monkeypatch.context() as full:
        full.setattr(outbox, "forget_up_to", failing("database or disk is full"))
        with pytest.raises(OutboxUnavailable):
            sender.step()

    sender.step()

    assert outbox.backlog().rows == 0


def failing(message: str) -> Callable[[int], int]:
    def fail(_seq: int) -> int:
        raise OutboxUnavailable(message)

    return fail


def test_an_added_alert_leaves_at_once(outbox: Outbox, queue: AlertQueue, running: OutboxSender) -> None:
    """Nothing waits for the next look."""
    eventually(running._thread.is_alive, "the thread runs")

    fill(outbox, 1)

    eventually(lambda: in_queue(queue) == ["ev-1"], "it is sent", timeout_s=2)


def test_stopping_sends_what_waits(outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics) -> None:
    """A worker that stops in order leaves nothing behind."""
    sender = OutboxSender(outbox, queue, metrics)
    fill(outbox, *range(300))
    sender.start()

    assert sender.stop(5.0)
    assert len(in_queue(queue)) == 300


def test_stopping_does_not_wait_for_a_queue_that_is_away(
    outbox: Outbox, queue: AlertQueue, metrics: AlertMetrics, redis_process: RedisProcess
) -> None:
    """What was not sent stays in the outbox for the next start."""
    redis_process.kill()
    sender = OutboxSender(outbox, queue, metrics)
    fill(outbox, 1)
    sender.start()

    assert sender.stop(5.0)
    assert outbox.backlog().rows == 1


def test_a_sender_that_was_never_started_can_be_stopped(sender: OutboxSender) -> None:
    """A start that failed half-way is cleaned up like any other."""
    assert sender.stop(0.1)


def test_operations_can_see_the_backlog(
    outbox: Outbox, queue: AlertQueue, sender: OutboxSender, metrics: AlertMetrics, redis_process: RedisProcess
) -> None:
    """How much waits and since when, also while Redis is away; how much was sent, and how often again."""
    fill(outbox, 1, 2)
    redis_process.kill()
    with pytest.raises(BackendUnavailable):
        sender.step()
    assert metrics.outbox_rows._value.get() == 2
    assert metrics.outbox_age._value.get() > 0

    redis_process.start()
    sender.step()
    queue.set_watermarks({outbox.id: 2})
    sender.step()
    sender.step()
    assert metrics.sent._value.get() == 2
    assert metrics.outbox_rows._value.get() == 0


def test_nothing_is_asked_of_redis_while_nothing_waits(
    queue: AlertQueue, sender: OutboxSender, redis_process: RedisProcess
) -> None:
    """Idle costs nothing, and a quiet node does not complain about a Redis it does not need."""
    redis_process.kill()

    assert sender.step() == 0


def test_a_watermark_that_is_rubbish_is_no_watermark(
    outbox: Outbox, sender: OutboxSender, redis_process: RedisProcess
) -> None:
    """Whatever somebody wrote there, nothing is deleted for it."""
    redis_process.command("hset", RECORDED, outbox.id, "all of it")
    fill(outbox, 1)

    sender.step()

    assert outbox.backlog().rows == 1
