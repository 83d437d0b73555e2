"""The record of alerts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from alerts.messages import Occurrence, Origin, RecordError
from config.model import Ring, Severity
from detect.messages import Phase, Position
from storage.database import Database
from storage.messages import Condition, Handling
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import arrive, delivery, record
from tests.storage.hands import Hands

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
HERE = Position(lat=30.66, lon=104.06, speed_m_s=None, at=START)


@pytest.fixture
def clock() -> Hands:
    return Hands(NOW)


def test_a_recorded_alert_is_read_back_whole(database: Database) -> None:
    """Everything the page shows, in the types it was recorded in."""
    record(database, occurrence(1))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.camera, alert.camera_name, alert.ring, alert.cell) == ("inner-01", "东门卡口", Ring.INNER, "s-017")
    assert (alert.rule, alert.zone, alert.severity) == ("post.absent", "post", Severity.HIGH)
    assert (alert.condition, alert.handling, alert.rev) == (Condition.ACTIVE, Handling.NEW, 1)
    assert (alert.started_at, alert.raised_at) == (START, START + timedelta(seconds=61))
    assert (alert.cleared_at, alert.recorded_at) == (None, NOW)
    assert alert.detail == {"present": 0, "min_guards": 1}
    assert alert.evidence == "2026-01-01/ev-1"


def test_an_alert_that_is_not_on_record_is_none(database: Database) -> None:
    """The page answers 404."""
    assert database.alert("ev-9") is None
    assert database.occurrences("ev-9") == ()


def test_every_revision_keeps_its_row(database: Database) -> None:
    """What came is never changed, to the microsecond."""
    first = occurrence(1, 1, captured_at=START + timedelta(microseconds=123_456))
    second = occurrence(1, 2)
    database.record([delivery(first, entry="5-0"), delivery(second, entry="6-0")])

    rows = database.occurrences("ev-1")
    assert [(row.occurrence, row.entry, row.recorded_at) for row in rows] == [
        (first, "5-0", NOW),
        (second, "6-0", NOW),
    ]


def test_clearing_ends_the_condition_and_leaves_the_handling(database: Database) -> None:
    """The rule says that the cause has ended; that somebody dealt with it, only people say."""
    record(database, occurrence(1, 1))
    record(database, occurrence(1, 2, phase=Phase.CLEARED, detail={"absent_s": 12.5}))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.condition, alert.handling) == (Condition.CLEARED, Handling.NEW)
    assert alert.raised_at == START + timedelta(seconds=61)
    assert alert.cleared_at == START + timedelta(seconds=62)
    assert alert.detail == {"absent_s": 12.5}


def test_a_revision_is_recorded_once_however_often_it_comes(database: Database) -> None:
    """In one batch, or in many; the receipt says how many were new."""
    assert record(database, occurrence(1), occurrence(1), occurrence(2)).recorded == 2
    change = database.last_change()

    assert record(database, occurrence(1)).recorded == 0
    assert (database.count(), database.last_change()) == (2, change)


LIFE = [
    occurrence(1, 1),
    occurrence(1, 2, severity=Severity.CRITICAL),
    occurrence(1, 3, phase=Phase.CLEARED, detail={}),
    occurrence(1, 4, phase=Phase.RAISED),
]


@pytest.mark.parametrize(
    "order", list(itertools.permutations(LIFE)), ids=lambda order: "".join(str(o.rev) for o in order)
)
def test_the_order_of_arrival_makes_no_difference(order: Sequence[Occurrence]) -> None:
    """An older revision that arrives late never overwrites a newer state."""
    with closing(Database("sqlite://", clock=lambda: NOW)) as database:
        database.create()
        for one in order:
            record(database, one)
        alert = database.alert("ev-1")

    assert alert is not None
    assert (alert.rev, alert.condition, alert.severity) == (4, Condition.ACTIVE, Severity.HIGH)
    assert (alert.raised_at, alert.cleared_at) == (LIFE[0].captured_at, None)
    assert alert.detail == LIFE[3].detail


def test_evidence_named_by_one_revision_stays(database: Database) -> None:
    """A clear that names no pictures does not take away those of the raise."""
    record(database, occurrence(1, 1), occurrence(1, 2, phase=Phase.CLEARED, evidence=""))

    alert = database.alert("ev-1")
    assert alert is not None
    assert alert.evidence == "2026-01-01/ev-1"


@pytest.mark.parametrize(
    "impossible",
    [
        {"started_at": START.replace(tzinfo=None)},
        {"camera_name": "\udcff"},
        {"rev": 2**70, "captured_at": START, "raised_at": START},
    ],
    ids=["a time without a zone", "bytes that are no text", "a number beyond 64 bits"],
)
def test_a_refused_batch_leaves_nothing_behind(database: Database, impossible: dict[str, Any]) -> None:
    """One transaction: neither rows, nor watermarks, nor changes."""
    with pytest.raises(RecordError, match=r"the database (cannot hold|refuses) a value"):
        database.record(
            [delivery(occurrence(1), Origin(outbox="a", seq=1)), delivery(replace(occurrence(2), **impossible))]
        )

    assert (database.count(), database.watermarks(), database.last_change()) == (0, {}, 0)


def test_times_of_any_zone_come_back_in_utc(database: Database) -> None:
    """SQLite keeps no zone: what it keeps is UTC."""
    local = START.astimezone(timezone(timedelta(hours=8)))
    record(database, occurrence(1, started_at=local))

    alert = database.alert("ev-1")
    assert alert is not None
    assert (alert.started_at, alert.started_at.tzinfo) == (START, UTC)


def test_newest_begins_with_the_alert_raised_last(database: Database) -> None:
    """Whenever it was recorded."""
    for number, minutes in ((1, 5), (2, 9), (3, 1)):
        record(database, occurrence(number, captured_at=START + timedelta(minutes=minutes)))

    assert [alert.id for alert in database.newest()] == ["ev-2", "ev-1", "ev-3"]
    assert [alert.id for alert in database.newest(1)] == ["ev-2"]


def test_newest_can_be_narrowed(database: Database) -> None:
    """By ring, by camera, by condition, or by all of them."""
    record(database, occurrence(1), occurrence(2, ring=Ring.OUTER, camera="outer-03"))
    record(database, occurrence(3), occurrence(3, 2, phase=Phase.CLEARED))

    def ids(**narrowed: object) -> set[str]:
        return {alert.id for alert in database.newest(**narrowed)}  # type: ignore[arg-type]

    assert ids(ring=Ring.INNER) == {"ev-1", "ev-3"}
    assert ids(camera="outer-03") == {"ev-2"}
    assert ids(condition=Condition.ACTIVE) == {"ev-1", "ev-2"}
    assert ids(condition=Condition.ACTIVE, ring=Ring.INNER) == {"ev-1"}
    assert (database.count(), database.count(ring=Ring.OUTER), database.count(condition=Condition.CLEARED)) == (3, 1, 1)


def test_changes_since_gives_every_alert_that_changed(database: Database) -> None:
    """A live page that asks from its last change misses nothing, and sees each alert as it now is."""
    record(database, occurrence(1), occurrence(2))
    seen = database.last_change()
    assert [alert.id for alert in database.changes_since(0)] == ["ev-1", "ev-2"]
    assert database.changes_since(seen) == ()

    record(database, occurrence(1, 2), occurrence(3))

    changed = database.changes_since(seen)
    assert [(alert.id, alert.rev) for alert in changed] == [("ev-1", 2), ("ev-3", 1)]
    assert database.last_change() == changed[-1].change
    assert [alert.id for alert in database.changes_since(0, limit=1)] == ["ev-2"]


def test_an_empty_record_has_no_change(database: Database) -> None:
    """A live page begins at 0."""
    assert (database.last_change(), database.newest(), database.count()) == (0, (), 0)


def test_two_processes_record_at_once_and_changes_stay_in_order(url: str, database: Database) -> None:
    """Writers take turns: every alert once, every change number once, no watermark lost."""
    with closing(Database(url)) as other, ThreadPoolExecutor(4) as pool:
        batches = [[seq, seq + 1, seq + 2] for seq in range(1, 60)]
        writers = itertools.cycle((database, other))
        list(pool.map(lambda pair: arrive(pair[0], *pair[1]), zip(writers, batches, strict=False)))

    changes = [alert.change for alert in database.changes_since(0)]
    assert database.count() == len(set(changes)) == 61
    assert database.watermarks() == {"a": 61}
    assert all(len(database.occurrences(f"ev-{seq}")) == 1 for seq in range(1, 62))


def test_where_a_vehicle_was_is_on_record(database: Database) -> None:
    """By the newest revision that knows: one that does not, does not take it away, and a late one fills the gap."""
    there = replace(HERE, lat=31.0, speed_m_s=12.5)
    record(database, occurrence(1, 1, position=HERE), occurrence(1, 2, position=there), occurrence(1, 3))
    record(database, occurrence(2, 2))
    record(database, occurrence(2, 1, position=HERE))
    record(database, occurrence(3, 1))

    placed = {alert.id: alert.position for alert in database.newest()}

    assert placed == {"ev-1": there, "ev-2": HERE, "ev-3": None}
    assert [one.occurrence.position for one in database.occurrences("ev-1")] == [HERE, there, None]
