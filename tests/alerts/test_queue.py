"""The queue on a real redis-server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alerts import connection
from alerts.codec import decode, encode
from alerts.errors import QueueFull
from alerts.local_redis import find_binary
from alerts.queue import DEAD, GROUP, RECORDED, STREAM, AlertQueue, Entry, Unrecorded
from config.errors import BackendUnavailable
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess, debian_binary, running_redis


@pytest.fixture(params=["wheel", "debian"])
def redis_process(request: pytest.FixtureRequest) -> Iterator[RedisProcess]:
    """Both servers a node may meet: streams answer differently in Redis 6.2 and 7."""
    binary: Path = find_binary() if request.param == "wheel" else debian_binary()
    with running_redis(binary=binary) as process:
        yield process


def publish(queue: AlertQueue, count: int) -> list[str]:
    return queue.publish_all([encode(occurrence(number)) for number in range(1, count + 1)])


def ids(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.id for entry in entries]


def test_entries_are_read_in_the_order_they_were_published(queue: AlertQueue) -> None:
    """The desk sees what the sender sent, word for word."""
    queue.ensure_group()
    published = publish(queue, 3)

    entries = queue.read("desk-1", 10, 0)

    assert ids(entries) == published
    assert [decode(entry.fields)[0] for entry in entries] == [occurrence(number) for number in (1, 2, 3)]


def test_an_entry_is_pending_until_it_is_acknowledged(queue: AlertQueue) -> None:
    """What a desk took and never recorded, it finds again."""
    queue.ensure_group()
    first, second = publish(queue, 2)
    queue.read("desk-1", 10, 0)

    queue.ack([first])

    assert ids(queue.pending("desk-1", 10)) == [second]
    assert queue.read("desk-1", 10, 0) == ()


def test_two_consumers_never_take_the_same_entry(queue: AlertQueue) -> None:
    """The group hands each entry to one of them."""
    queue.ensure_group()
    published = publish(queue, 4)

    assert ids(queue.read("desk-1", 2, 0)) + ids(queue.read("desk-2", 10, 0)) == published


def test_what_a_dead_consumer_took_is_reclaimed(queue: AlertQueue) -> None:
    """Another desk goes on where it stopped."""
    queue.ensure_group()
    published = publish(queue, 3)
    queue.read("dead", 10, 0)

    assert queue.reclaim("alive", 0) == 3
    assert ids(queue.pending("alive", 10)) == published
    assert queue.pending("dead", 10) == ()


def test_what_a_consumer_took_a_moment_ago_is_left_to_it(queue: AlertQueue) -> None:
    """A desk that is busy is not dead."""
    queue.ensure_group()
    publish(queue, 1)
    queue.read("busy", 10, 0)

    assert queue.reclaim("other", 30) == 0


def test_a_group_that_was_wiped_is_made_again(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """Nobody has to restart the desk after a FLUSHALL."""
    queue.ensure_group()
    redis_process.command("flushall")

    assert queue.read("desk-1", 10, 0) == ()
    published = publish(queue, 1)
    assert ids(queue.read("desk-1", 10, 0)) == published


def test_a_group_made_late_begins_with_the_oldest_entry(queue: AlertQueue) -> None:
    """Alerts that came before the first desk are recorded too."""
    published = publish(queue, 2)
    queue.ensure_group()
    queue.ensure_group()

    assert ids(queue.read("desk-1", 10, 0)) == published


def test_an_entry_deleted_before_it_was_read_again_has_no_fields(
    queue: AlertQueue, redis_process: RedisProcess
) -> None:
    """The desk can tell it from a broken one."""
    queue.ensure_group()
    (entry,) = publish(queue, 1)
    queue.read("desk-1", 10, 0)
    redis_process.command("xdel", STREAM, entry)

    assert queue.pending("desk-1", 10) == (Entry(id=entry, fields={}),)


def test_trimming_stops_at_what_any_group_has_not_acknowledged(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """An integration that is slow, or has not begun, loses nothing."""
    queue.ensure_group()
    published = publish(queue, 6)
    queue.ack(ids(queue.read("desk-1", 10, 0)))
    redis_process.command("xgroup", "create", STREAM, "webhook", "0")
    assert queue.trim(keep=0) == 0, "the other group has read nothing"

    redis_process.command("xreadgroup", "group", "webhook", "w", "count", "4", "streams", STREAM, ">")
    redis_process.command("xack", STREAM, "webhook", published[0], published[1], published[3])

    assert queue.trim(keep=0) == 2
    assert ids(queue.newest(10)) == published[2:]


def test_trimming_leaves_the_newest_entries_to_look_at(queue: AlertQueue) -> None:
    """`ringwatch alerts` shows something although all is on record."""
    queue.ensure_group()
    published = publish(queue, 10)
    queue.ack(ids(queue.read("desk-1", 10, 0)))

    assert queue.trim(keep=6) == 0, "not worth the work yet"
    assert queue.trim(keep=3) == 7
    assert ids(queue.newest(10)) == published[-3:]


def test_trimming_a_stream_that_does_not_exist_does_nothing(queue: AlertQueue) -> None:
    """A wiped Redis has neither stream nor group."""
    assert queue.trim() == 0


def test_missing_names_the_entries_that_are_gone(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """The sender asks before it sends anything again."""
    published = publish(queue, 3)
    redis_process.command("xdel", STREAM, published[1])

    assert queue.missing(published) == {published[1]}


def test_watermarks_are_kept_for_each_outbox(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """Unknown is 0: everything is sent again."""
    queue.set_watermarks({"a": 7, "b": 2})
    queue.set_watermarks({})
    redis_process.command("hset", RECORDED, "c", "rubbish")

    assert [queue.watermark(outbox) for outbox in "abcd"] == [7, 2, 0, 0]


def test_what_waits_for_the_desk_is_counted_and_dated(queue: AlertQueue) -> None:
    """Taken and not taken alike, until it is acknowledged."""
    queue.ensure_group()
    assert queue.unrecorded() == Unrecorded(entries=0, age_s=0.0)
    publish(queue, 3)
    taken = ids(queue.read("desk-1", 1, 0))

    waiting = queue.unrecorded()
    assert waiting.entries == 3
    assert 0 <= waiting.age_s < 60

    queue.ack(taken)
    assert queue.unrecorded().entries == 2


def test_a_dead_letter_keeps_payload_and_reason(queue: AlertQueue) -> None:
    """Whoever repairs it has all there was."""
    entry = Entry(id="5-0", fields={"v": "9", "body": "…"})

    queue.dead_letter(entry, "too new")

    (letter,) = queue.dead_letters()
    assert letter.fields == {"entry": "5-0", "error": "too new", "field:v": "9", "field:body": "…"}


def test_bytes_that_are_not_utf8_are_set_aside_unchanged(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """One broken entry neither stops the reader nor loses a byte on the way to the dead letters."""
    queue.ensure_group()
    with redis_process.client() as client:
        client.xadd(STREAM, {"body": b"\xff\xfe raw"})
    (entry,) = queue.read("desk-1", 10, 0)

    queue.dead_letter(entry, "broken")

    with closing(AlertQueue(redis_process.url)) as other:
        (letter,) = other.dead_letters()
    assert letter.fields["field:body"].encode(errors="surrogateescape") == b"\xff\xfe raw"


def test_looking_takes_nothing_from_the_desk(queue: AlertQueue) -> None:
    """A terminal that follows the queue is no consumer."""
    queue.ensure_group()
    published = publish(queue, 3)

    assert ids(queue.newest(2)) == published[1:]
    assert ids(queue.after(published[0], 0.01)) == published[1:]
    assert queue.after(published[2], 0.01) == ()
    assert ids(queue.read("desk-1", 10, 0)) == published


def test_a_full_redis_is_told_apart(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """Nothing is evicted: the write fails, and what to do about it is to make room."""
    queue.ensure_group()
    entry = queue.publish(encode(occurrence()))
    redis_process.command("config", "set", "maxmemory", "1")

    with pytest.raises(QueueFull, match="is full"):
        queue.publish(encode(occurrence(2)))

    queue.ack([entry])
    assert ids(queue.newest(10)) == [entry]


def test_a_failed_write_does_not_put_the_alert_into_the_error(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """Logs say what failed, not what was found on a camera."""
    redis_process.command("config", "set", "maxmemory", "1")

    with pytest.raises(QueueFull) as caught:
        queue.publish(encode(occurrence()))

    assert "post.absent" not in str(caught.value)


def test_a_read_only_replica_is_unavailable(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """After a failover to a replica, alerts wait until somebody makes it the master."""
    redis_process.command("replicaof", "127.0.0.1", "1")

    with pytest.raises(BackendUnavailable, match="read only replica"):
        queue.publish(encode(occurrence()))


def test_a_killed_redis_is_unavailable_and_comes_back(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """The same object goes on: connections are made anew, and what was answered is still there."""
    published = publish(queue, 2)
    redis_process.kill()

    with pytest.raises(BackendUnavailable, match="does not answer"):
        queue.publish(encode(occurrence(3)))

    redis_process.start()
    assert ids(queue.newest(10)) == published


def test_every_key_begins_with_ringwatch(queue: AlertQueue, redis_process: RedisProcess) -> None:
    """A Redis may be shared with other systems."""
    queue.ensure_group()
    publish(queue, 1)
    queue.set_watermarks({"a": 1})
    queue.dead_letter(Entry(id="1-0", fields={}), "x")

    assert set(redis_process.command("keys", "*")) == {STREAM, DEAD, RECORDED}  # type: ignore[call-overload]
    assert GROUP == "desk"


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread hangs on a host that accepts and stays silent; the password is in no message."""
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            closing(AlertQueue(f"redis://ops:hunter2@127.0.0.1:{port}/0")) as queue,
            pytest.raises(BackendUnavailable) as caught,
        ):
            queue.publish(encode(occurrence()))

    assert str(caught.value).startswith(f"the queue at redis://***@127.0.0.1:{port}/0 does not answer: ")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://ops:hunter2@host/", "localhost:6379", "redis://ops:hunter2@host:port/0"])
def test_a_url_that_is_no_queue_is_refused(url: str) -> None:
    """With what to write, and without the password."""
    with pytest.raises(BackendUnavailable, match="is not a queue") as caught:
        AlertQueue(url)

    assert "hunter2" not in str(caught.value)


def test_a_wrong_password_is_said_without_it(redis_process: RedisProcess) -> None:
    """Whoever reads the log learns that it is wrong, not what it was."""
    redis_process.command("config", "set", "requirepass", "right")
    with (
        closing(AlertQueue(redis_process.url.replace("unix://", "unix://:hunter2@"))) as queue,
        pytest.raises(BackendUnavailable, match=r"does not answer: .*(password|WRONGPASS)") as caught,
    ):
        queue.publish(encode(occurrence()))

    assert "hunter2" not in str(caught.value)
