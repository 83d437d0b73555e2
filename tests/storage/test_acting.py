"""Acts on record: each once, by one, for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from alerts.errors import Refused
from alerts.house import House
from alerts.lifecycle import Act
from alerts.messages import Disposition, Handling
from storage.database import Database
from tests.alerts.making import occurrence
from tests.storage.deliveries import record
from tests.storage.hands import Hands

NOW = datetime(2026, 1, 1, 8, 2, tzinfo=UTC)


@pytest.fixture
def clock() -> Hands:
    return Hands(NOW)


def test_every_act_is_a_step_on_record(database: Database, clock: Hands) -> None:
    """Who, when, why; numbered with the changes of all alerts."""
    record(database, occurrence(1))
    database.act("ev-1", Act.CLAIM, "desk-1")
    clock.now += timedelta(minutes=1)
    database.act("ev-1", Act.ACKNOWLEDGE, "desk-1", why="rang the post: the guard is back")
    clock.now += timedelta(minutes=1)
    alert = database.act("ev-1", Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)

    assert (alert.handling, alert.handler, alert.disposition) == (Handling.RESOLVED, "desk-1", Disposition.TRUE)
    assert (alert.claimed_at, alert.acknowledged_at) == (NOW, NOW + timedelta(minutes=1))
    assert (alert.resolved_at, alert.action) == (NOW + timedelta(minutes=2), "rang the post: the guard is back")
    assert database.alert("ev-1") == alert
    steps = database.steps("ev-1")
    assert [(step.number, step.act, step.before, step.after, step.by) for step in steps] == [
        (2, Act.CLAIM, Handling.NEW, Handling.CLAIMED, "desk-1"),
        (3, Act.ACKNOWLEDGE, Handling.CLAIMED, Handling.ACKNOWLEDGED, "desk-1"),
        (4, Act.RESOLVE, Handling.ACKNOWLEDGED, Handling.RESOLVED, "desk-1"),
    ]
    assert (steps[1].at, steps[1].why, steps[2].detail) == (
        NOW + timedelta(minutes=1),
        "rang the post: the guard is back",
        {"disposition": "true"},
    )
    assert database.steps_since(2) == steps[1:]
    assert [alert.change for alert in database.changes_since(3)] == [4]


def test_of_two_who_claim_at_once_one_wins(database: Database, url: str) -> None:
    """The other is told who, and there is one step; through two processes' databases as through one."""
    record(database, *(occurrence(number) for number in range(1, 11)))

    def claim(desk: str) -> list[str]:
        outcomes = []
        with closing(Database(url)) as own:
            for number in range(1, 11):
                try:
                    own.act(f"ev-{number}", Act.CLAIM, desk)
                except Refused as refused:
                    outcomes.append(refused.handler)
                else:
                    outcomes.append(desk)
        return outcomes

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(claim, ["desk-1", "desk-2"])

    assert one == other
    assert [len(database.steps(f"ev-{number}")) for number in range(1, 11)] == [1] * 10


def test_a_refused_act_leaves_nothing_behind(database: Database) -> None:
    """Neither a step nor a change."""
    record(database, occurrence(1))
    change = database.last_change()

    with pytest.raises(Refused, match="claim it first"):
        database.act("ev-1", Act.ACKNOWLEDGE, "desk-1", why="rang")
    with pytest.raises(Refused, match="no such alert is on record"):
        database.act("ev-9", Act.CLAIM, "desk-1")

    assert (database.steps("ev-1"), database.last_change()) == ((), change)
    database.act("ev-1", Act.CLAIM, "desk-1")
    assert database.steps("ev-1")[0].number == change + 1


def test_what_is_open_is_what_nobody_has_resolved(database: Database) -> None:
    """Cleared or not, oldest first."""
    record(database, occurrence(2), occurrence(1), occurrence(3))
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        database.act("ev-3", act, "desk-1", why="looked", disposition=Disposition.NUISANCE)

    assert [alert.id for alert in database.open_alerts()] == ["ev-1", "ev-2"]


def test_whoever_waits_for_changes_is_called_after_the_commit(database: Database, url: str, clock: Hands) -> None:
    """When something was done, and only then: not when it was refused, not when nothing is due."""
    record(database, occurrence(1))
    seen: list[Handling] = []

    def look() -> None:
        alert = database.alert("ev-1")
        assert alert is not None
        seen.append(alert.handling)

    with closing(Database(url, clock=clock, house=House(), on_change=look)) as told:
        told.act("ev-1", Act.CLAIM, "desk-1")
        with pytest.raises(Refused):
            told.act("ev-1", Act.CLAIM, "desk-2")
        assert told.tidy() == ()
        told.act("ev-1", Act.SHELVE, "desk-1", why="works", until=clock.now + timedelta(minutes=30))
        clock.now += timedelta(hours=1)
        assert len(told.tidy()) == 1

    assert seen == [Handling.CLAIMED] * 3
