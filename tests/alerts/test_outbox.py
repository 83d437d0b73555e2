"""The durable outbox."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import outbox as outbox_module
from alerts.codec import decode
from alerts.errors import OutboxUnavailable
from alerts.messages import Origin
from alerts.outbox import Backlog, Outbox
from detect.messages import Phase
from tests.alerts.making import START, occurrence
from tests.full_disk import no_more_room


def numbers(outbox: Outbox) -> list[int]:
    return [row.seq for row in outbox.pending(limit=10_000)]


def test_rows_are_numbered_from_one_without_a_gap(outbox: Outbox) -> None:
    """The desk can tell from the numbers alone that none is missing."""
    added = [outbox.add(occurrence(number)) for number in range(5)]

    assert added == [Origin(outbox=outbox.id, seq=seq) for seq in range(1, 6)]
    assert numbers(outbox) == [1, 2, 3, 4, 5]


def test_a_row_is_the_entry_to_be_sent(outbox: Outbox) -> None:
    """What waits is already encoded: sending it needs no knowledge of its meaning."""
    origin = outbox.add(occurrence())

    (row,) = outbox.pending()

    assert decode(row.fields) == (occurrence(), origin)


def test_what_was_added_is_there_after_reopening(tmp_path: Path) -> None:
    """The name, the rows and the numbering go on where they were."""
    with closing(Outbox(tmp_path / "o.sqlite")) as outbox:
        first = outbox.add(occurrence(1))

    with closing(Outbox(tmp_path / "o.sqlite")) as outbox:
        assert outbox.add(occurrence(2)) == Origin(outbox=first.outbox, seq=2)
        assert numbers(outbox) == [1, 2]


def test_two_outboxes_never_share_a_name(tmp_path: Path) -> None:
    """A new file is a new outbox: the record's watermark of the old one says nothing about it."""
    with closing(Outbox(tmp_path / "a.sqlite")) as one, closing(Outbox(tmp_path / "b.sqlite")) as other:
        assert one.id != other.id


def test_adding_the_same_revision_again_changes_nothing(outbox: Outbox) -> None:
    """A caller that does not know whether its first try succeeded may try again."""
    first = outbox.add(occurrence(1, 1))
    outbox.add(occurrence(1, 2))

    assert outbox.add(occurrence(1, 1)) == first
    assert numbers(outbox) == [1, 2]


def test_forgotten_numbers_are_never_given_again(outbox: Outbox) -> None:
    """Even when everything was forgotten, the next row is new to the record."""
    for number in range(3):
        outbox.add(occurrence(number))

    assert outbox.forget_up_to(3) == 3
    assert outbox.add(occurrence(9)).seq == 4


def test_a_row_says_what_had_left_before_it(outbox: Outbox) -> None:
    """A record that was replaced learns from it which numbers never come again."""
    settled = [outbox.add(occurrence(1)).settled, outbox.add(occurrence(2)).settled]
    outbox.forget_up_to(1)
    settled.append(outbox.add(occurrence(3)).settled)
    outbox.forget_up_to(3)
    settled.append(outbox.add(occurrence(4)).settled)

    assert settled == [0, 0, 1, 3]


def test_pending_goes_on_after_a_number_and_stops_at_its_limit(outbox: Outbox) -> None:
    """The sender reads in batches."""
    for number in range(5):
        outbox.add(occurrence(number))

    assert [row.seq for row in outbox.pending(after=1, limit=2)] == [2, 3]


def test_the_backlog_says_how_much_waits_and_since_when(tmp_path: Path) -> None:
    """Operations staff see a queue that stands still by the age of its oldest row."""
    times = iter([START, START + timedelta(seconds=5)])
    with closing(Outbox(tmp_path / "o.sqlite", clock=lambda: next(times))) as outbox:
        assert outbox.backlog() == Backlog(rows=0, oldest_at=None)
        outbox.add(occurrence(1))
        outbox.add(occurrence(2))

        assert outbox.backlog() == Backlog(rows=2, oldest_at=START)


def test_revisions_of_open_events_are_remembered_and_cleared_ones_for_a_day(tmp_path: Path) -> None:
    """A standing alert may be cleared after months; what was cleared long ago takes no room."""
    now = [START]
    with closing(Outbox(tmp_path / "o.sqlite", clock=lambda: now[0])) as outbox:
        outbox.add(occurrence(1, 4))
        outbox.add(occurrence(2, 1))
        outbox.add(occurrence(2, 2, phase=Phase.CLEARED))
        now[0] += timedelta(hours=23)
        outbox.forget_up_to(3)
        assert (outbox.last_rev("ev-1"), outbox.last_rev("ev-2")) == (4, 2)

        now[0] += timedelta(days=90)
        outbox.forget_up_to(3)
        assert (outbox.last_rev("ev-1"), outbox.last_rev("ev-2"), outbox.last_rev("ev-3")) == (4, 0, 0)


def test_many_threads_add_without_a_gap_or_a_double(outbox: Outbox) -> None:
    """Every camera's thread may raise at once."""
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda number: outbox.add(occurrence(number)).seq, range(64)))

    assert sorted(added) == list(range(1, 65))
    assert numbers(outbox) == list(range(1, 65))


def test_a_full_disk_is_said_plainly_and_leaves_no_gap(outbox: Outbox) -> None:
    """The caller keeps the occurrence; the numbers go on as if it had never tried."""
    outbox.add(occurrence(1))

    with no_more_room(), pytest.raises(OutboxUnavailable, match=r"the outbox outbox\.sqlite cannot be used: "):
        outbox.add(occurrence(2))

    assert outbox.add(occurrence(2)).seq == 2
    assert numbers(outbox) == [1, 2]


def test_a_locked_file_is_said_plainly_and_can_still_be_read(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that holds the file does not lose an alert, only delays it."""
    monkeypatch.setattr(outbox_module, "LOCK_WAIT_S", 0.0)
    with (
        closing(Outbox(tmp_path / "outbox.sqlite")) as impatient,
        closing(sqlite3.connect(tmp_path / "outbox.sqlite", isolation_level=None)) as holder,
    ):
        outbox.add(occurrence(1))
        holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(OutboxUnavailable, match="locked"):
            impatient.add(occurrence(2))

        assert numbers(impatient) == [1]
        holder.execute("ROLLBACK")
        assert impatient.add(occurrence(2)).seq == 2


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A damaged outbox is never replaced silently: it may hold alerts."""
    (tmp_path / "o.sqlite").write_bytes(b"not a database at all, but long enough to be looked at" * 20)

    with pytest.raises(OutboxUnavailable, match="not a database"):
        Outbox(tmp_path / "o.sqlite")


def test_an_outbox_restored_from_an_old_copy_takes_a_new_name(outbox: Outbox) -> None:
    """Its next numbers are on record for other alerts, so it starts a numbering of its own."""
    for number in range(3):
        outbox.add(occurrence(number))
    outbox.forget_up_to(1)
    before = outbox.id

    outbox.renew()

    assert outbox.id != before
    assert [decode(row.fields) for row in outbox.pending()] == [
        (occurrence(1), Origin(outbox=outbox.id, seq=1)),
        (occurrence(2), Origin(outbox=outbox.id, seq=2)),
    ]
    assert outbox.add(occurrence(4)).seq == 3


def test_a_reader_that_waits_is_woken_by_an_addition(outbox: Outbox) -> None:
    """An alert leaves at once, not at the next look."""
    woken = threading.Event()

    def wait() -> None:
        outbox.wait_for_new(10.0)
        woken.set()

    reader = threading.Thread(target=wait, name="reader")
    reader.start()
    outbox.add(occurrence())
    reader.join(5.0)

    assert woken.is_set()


def test_commits_are_synced_to_the_disk(outbox: Outbox, tmp_path: Path) -> None:
    """The file's settings are the ones that survive a power cut: a write-ahead log, synced at every commit."""
    outbox.add(occurrence())

    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_times_are_utc(outbox: Outbox) -> None:
    """The age of the backlog does not depend on the machine's zone."""
    outbox.add(occurrence())
    oldest = outbox.backlog().oldest_at

    assert oldest is not None
    assert oldest.tzinfo is UTC
    assert abs(datetime.now(UTC) - oldest) < timedelta(minutes=1)
