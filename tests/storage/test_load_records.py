"""What the record tells of a period: real alerts, acted on, folded, and old."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.flood import Period
from alerts.lifecycle import Act
from alerts.load import load_of
from alerts.messages import Disposition, Occurrence, Told
from config.model import Ring
from storage.database import Database
from storage.load_records import LoadRecords
from tests.alerts.loads import HOUR, NOON, after, alone
from tests.alerts.making import occurrence
from tests.storage.deliveries import delivery
from tests.storage.hands import Hands

HOURS = timedelta(hours=1)


class Record:
    """A database, and what its load is reckoned from."""

    def __init__(self, url: str) -> None:
        self.clock = Hands(NOON)
        self.database = Database(url, clock=self.clock)
        self.database.create()
        self.loads = LoadRecords(url, clock=self.clock)

    def raise_at(self, at: datetime, number: int, **fields: Any) -> Occurrence:
        """An event of camera `number`, recorded a second after it was raised."""
        times: dict[str, Any] = {"started_at": at, "captured_at": at, "raised_at": at}
        made = occurrence(number, id=f"ev-{number}-{at:%d%H%M%S}", **times | fields)
        self.clock.now = at + timedelta(seconds=1)
        self.database.record([delivery(made)])
        return made

    def act(self, alert: Occurrence, act: Act, after_s: float, **said: object) -> None:
        """What desk-1 does so long after the raise."""
        self.clock.now = alert.captured_at + timedelta(seconds=after_s)
        self.database.act(alert.id, act, "desk-1", **said)  # type: ignore[arg-type]

    def told(self, period: Period = HOUR) -> Told:
        self.clock.now = period.end
        return self.loads.told(period.begin, period.end)


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    record = Record(url)
    with closing(record.database), closing(record.loads):
        yield record


def test_an_alert_is_told_with_every_answer(record: Record) -> None:
    """Where it came from, when it was raised, and when somebody did what."""
    raised = record.raise_at(after(1), 7)
    record.act(raised, Act.CLAIM, 10)
    record.act(raised, Act.ACKNOWLEDGE, 60, why="去看了")
    record.act(raised, Act.RESOLVE, 600, disposition=Disposition.NUISANCE)

    (told,) = record.told().alerts

    assert (told.id, told.source.camera, told.source.rule, told.source.zone) == (
        raised.id, "inner-07", "post.absent", "post",
    )  # fmt: skip
    assert (told.ring, told.cell, told.active, told.late, told.incident) == (Ring.INNER, "s-017", True, False, "")
    answers = (told.claimed_at, told.acknowledged_at, told.resolved_at)
    assert [(at - told.raised_at).total_seconds() for at in answers if at] == [10, 60, 600]
    assert told.disposition == "nuisance"


def test_repeats_are_one_alert_and_several_raises(record: Record) -> None:
    """What was folded into it still says that its source keeps raising."""
    for minute in (1, 1.2, 1.4):
        record.raise_at(after(minute), 7)

    load = load_of(record.told(), HOUR, alone)

    assert (load.alerts, load.worst[0].raised, load.worst[0].alerts) == (1, 3, 1)
    assert load.chattering[0].most_in_a_minute == 3


def test_the_day_before_is_told_and_what_is_still_open_however_old(record: Record) -> None:
    """A flood may have begun; an alert of last week may be standing."""
    record.raise_at(NOON - 200 * HOURS, 1)
    old = record.raise_at(NOON - 100 * HOURS, 2)
    record.act(old, Act.CLAIM, 1)
    record.act(old, Act.ACKNOWLEDGE, 2, why="去看了")
    record.act(old, Act.RESOLVE, 3, disposition=Disposition.TRUE)
    record.raise_at(NOON - 20 * HOURS, 3)
    record.raise_at(after(1), 4)
    record.raise_at(after(61), 5)

    told = record.told()

    assert {one.source.camera for one in told.alerts} == {"inner-01", "inner-03", "inner-04"}
    assert [one.source.camera for one in load_of(told, HOUR, alone).standing] == ["inner-01"]
    assert [one.source.camera for one in told.raises] == ["inner-04"]


def test_what_was_resolved_after_the_period_was_open_then(record: Record) -> None:
    """Last week's figures do not change with what is done today."""
    old = record.raise_at(NOON - 100 * HOURS, 1)
    record.act(old, Act.CLAIM, 1)
    record.act(old, Act.ACKNOWLEDGE, 2, why="去看了")
    record.clock.now = after(90)
    record.database.act(old.id, Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)

    assert len(load_of(record.told(), HOUR, alone).standing) == 1


def test_tests_are_no_load(record: Record) -> None:
    """Neither as alerts nor as raises."""
    record.raise_at(after(1), 1, rule="system.test", zone="")

    told = record.told()

    assert (told.alerts, told.raises) == ((), ())


def test_a_raise_that_came_late_counts_when_it_was_raised(record: Record) -> None:
    """By the time of the event; the alert says that it was late."""
    made = occurrence(1, started_at=after(1), captured_at=after(1), raised_at=after(1))
    record.clock.now = after(300)
    record.database.record([delivery(made)])

    told = record.told()

    assert [one.at for one in told.raises] == [after(1)]
    assert [one.late for one in told.alerts] == [True]
