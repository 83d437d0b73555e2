"""Repeats of one source fold into its open alert; every occurrence keeps its row."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.lifecycle import Act
from alerts.messages import Condition, Disposition, Handling, Occurrence
from config.model import Severity
from detect.messages import Phase
from storage.database import Database
from storage.messages import AlertRecord
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import record
from tests.storage.hands import Hands

NOW = START + timedelta(minutes=10)


@pytest.fixture
def clock() -> Hands:
    return Hands(NOW)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def found(event: str, minute: float, rev: int = 1, **fields: Any) -> Occurrence:
    """A revision of `event`, which began a minute before its first; all of one source unless told otherwise."""
    usual = {"id": event, "started_at": at(minute - rev), "captured_at": at(minute), "raised_at": at(minute)}
    return occurrence(1, rev, **usual | {"evidence": f"2026-01-01/{event}"} | fields)


def cleared(event: str, minute: float, rev: int = 2) -> Occurrence:
    return found(event, minute, rev, phase=Phase.CLEARED, evidence="")


def only(database: Database) -> AlertRecord:
    (alert,) = database.newest()
    return alert


def resolve(database: Database, alert_id: str) -> AlertRecord:
    for act in (Act.CLAIM, Act.ACKNOWLEDGE):
        database.act(alert_id, act, "desk-1", why="looked")
    return database.act(alert_id, Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)


def test_what_clears_and_comes_again_is_active_again(database: Database) -> None:
    """One alert, with the newest pictures; it counts its repeats and keeps every revision."""
    record(database, found("a", 1), cleared("a", 2))
    assert only(database).condition is Condition.CLEARED
    record(database, found("b", 4, severity=Severity.MEDIUM))

    alert = only(database)
    assert (alert.id, alert.event, alert.repeats) == ("a", "b", 1)
    assert (alert.condition, alert.cleared_at, alert.handling) == (Condition.ACTIVE, None, Handling.NEW)
    assert (alert.raised_at, alert.last_raised_at) == (at(1), at(4))
    assert (alert.severity, alert.evidence) == (Severity.HIGH, "2026-01-01/b")
    record(database, cleared("b", 5))
    assert only(database).condition is Condition.CLEARED
    assert [(row.occurrence.id, row.occurrence.rev) for row in database.occurrences("a")] == [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("b", 2),
    ]


def test_what_people_have_done_stays_when_it_comes_again(database: Database) -> None:
    """It is the same matter."""
    record(database, found("a", 1), cleared("a", 2))
    database.act("a", Act.CLAIM, "desk-1")
    record(database, found("b", 4))

    alert = only(database)
    assert (alert.handling, alert.handler, alert.condition) == (Handling.CLAIMED, "desk-1", Condition.ACTIVE)


def test_a_resolved_matter_that_comes_again_is_a_new_alert(database: Database) -> None:
    """What was signed off stays signed off."""
    record(database, found("a", 1), cleared("a", 2))
    closed = resolve(database, "a")
    record(database, found("b", 12))

    assert database.alert("a") == closed
    assert [(alert.id, alert.repeats) for alert in database.open_alerts()] == [("b", 0)]


def test_a_cause_that_is_told_again_after_it_was_resolved_is_a_new_alert(database: Database) -> None:
    """Somebody has signed it off while the post is still empty; the end of the cause opens nothing."""
    record(database, found("a", 1))
    closed = resolve(database, "a")
    record(database, found("a", 11, 2, phase=Phase.UPDATED))
    assert database.alert("a") == closed
    assert [alert.id for alert in database.open_alerts()] == ["a.2"]

    record(database, cleared("a", 12, 3))
    assert [(alert.id, alert.condition) for alert in database.open_alerts()] == [("a.2", Condition.CLEARED)]


def test_the_end_of_a_cause_reaches_its_resolved_alert(database: Database) -> None:
    """And opens nothing."""
    record(database, found("a", 1))
    resolve(database, "a")
    record(database, cleared("a", 12))

    assert (only(database).condition, only(database).handling) == (Condition.CLEARED, Handling.RESOLVED)


@pytest.mark.parametrize(
    "other",
    [{"camera": "inner-02"}, {"rule": "post.asleep"}, {"zone": "barrier"}],
    ids=["camera", "rule", "zone"],
)
def test_another_source_is_another_alert(database: Database, other: dict[str, Any]) -> None:
    """Camera, rule and zone together are one matter."""
    record(database, found("a", 1), found("b", 2, **other))

    assert {alert.id for alert in database.open_alerts()} == {"a", "b"}


def test_two_lines_of_a_camera_are_two_sources(database: Database) -> None:
    """They have no zone: the line itself tells them apart."""
    across: dict[str, Any] = {"rule": "line_cross", "zone": ""}
    record(
        database,
        found("a", 1, **across, detail={"line": "0.1,0.8 0.9,0.8"}),
        found("b", 2, **across, detail={"line": "0.1,0.2 0.9,0.2"}),
        found("c", 3, **across, detail={"line": "0.1,0.8 0.9,0.8"}),
    )

    assert {alert.id: alert.repeats for alert in database.open_alerts()} == {"a": 1, "b": 0}


def test_people_who_cross_a_line_one_after_another_are_one_alert(database: Database) -> None:
    """Each is an event that clears after a second; the operator has one row, and it counts them."""
    across: dict[str, Any] = {"rule": "line_cross", "zone": "", "detail": {"line": "0.1,0.8 0.9,0.8"}}
    for number in range(6):
        record(database, found(f"e{number}", 1 + number / 40, **across))
        record(database, replace(cleared(f"e{number}", 1.02 + number / 40), **across))

    (alert,) = database.open_alerts()
    assert (alert.id, alert.event, alert.repeats) == ("e0", "e5", 5)


STORY = [found("a", 1), cleared("a", 2), found("b", 4), cleared("b", 5)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_the_order_of_arrival_makes_no_difference(database: Database, order: Sequence[int]) -> None:
    """Which event opened the alert may differ; how things stand never does."""
    for number in order:
        record(database, STORY[number])

    alert = only(database)
    assert (alert.event, alert.repeats, alert.condition) == ("b", 1, Condition.CLEARED)
    assert alert.cleared_at == at(5)
    assert len(database.occurrences(alert.id)) == 4


def test_a_repeat_is_folded_once_however_often_it_comes(database: Database) -> None:
    """In one batch or in many."""
    record(database, found("a", 1), found("b", 2), found("b", 2))
    record(database, found("b", 2), found("a", 1))

    assert only(database).repeats == 1
