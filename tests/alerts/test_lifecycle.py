"""The lifecycle as a table, and who may take which step."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.errors import Refused
from alerts.lifecycle import HOLDERS_ALONE, TABLE, Act, Verdict, Wanted, decided, is_standing
from alerts.messages import Disposition, Handling

NOW = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=4)
NEW, CLAIMED, ACKNOWLEDGED, RESOLVED = Handling.NEW, Handling.CLAIMED, Handling.ACKNOWLEDGED, Handling.RESOLVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An alert as the lifecycle sees it."""

    handling: Handling
    handler: str = ""
    claimed_at: datetime | None = None
    acknowledged_at: datetime | None = None
    escalation: int = 0
    shelved_until: datetime | None = None


GIVEN = {
    NEW: Given(handling=NEW),
    CLAIMED: Given(handling=CLAIMED, handler="desk-1", claimed_at=BEFORE),
    ACKNOWLEDGED: Given(handling=ACKNOWLEDGED, handler="desk-1", claimed_at=BEFORE, acknowledged_at=BEFORE),
    RESOLVED: Given(handling=RESOLVED, handler="desk-1", claimed_at=BEFORE, acknowledged_at=BEFORE),
}


def wanted(act: Act, by: str = "desk-1", **said: Any) -> Wanted:
    """An act with all that could be asked of it."""
    usual: dict[str, Any] = {"why": "rang the post", "disposition": Disposition.TRUE, "until": NOW + timedelta(hours=1)}
    return Wanted(act=act, by=by, at=NOW, **usual | said)


def do(alert: Given, act: Act, by: str = "desk-1", **said: Any) -> Verdict:
    return decided(alert, wanted(act, by, **said))


def refusal(alert: Given, act: Act, by: str = "desk-1", **said: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        do(alert, act, by, **said)
    return caught.value


@pytest.mark.parametrize(("before", "act"), list(itertools.product(Handling, Act)))
def test_what_is_not_in_the_table_is_refused(before: Handling, act: Act) -> None:
    """Whatever else is said; and what is in it, is possible for somebody."""
    free = Given(handling=before, shelved_until=NOW, claimed_at=BEFORE) if before is not CLAIMED else GIVEN[CLAIMED]
    held = GIVEN[before]
    outcomes = []
    for alert, by in itertools.product((free, held), ("desk-1", "desk-2")):
        shelved = Given(handling=alert.handling, handler=alert.handler, claimed_at=alert.claimed_at, shelved_until=NOW)
        try:
            outcomes.append(do(shelved, act, by).after)
        except Refused:
            continue

    assert set(outcomes) == ({TABLE[before, act]} if (before, act) in TABLE else set())


def test_the_straight_way_is_claim_acknowledge_resolve() -> None:
    """No step is left out: an alert is closed by somebody who said what he did."""
    assert do(GIVEN[NEW], Act.CLAIM) == Verdict(
        after=CLAIMED, fields={"handler": "desk-1", "claimed_at": NOW}, detail={}
    )
    assert do(GIVEN[CLAIMED], Act.ACKNOWLEDGE).fields == {"acknowledged_at": NOW, "action": "rang the post"}
    closed = do(GIVEN[ACKNOWLEDGED], Act.RESOLVE)
    assert (closed.after, closed.fields["disposition"]) == (RESOLVED, Disposition.TRUE)
    assert str(refusal(GIVEN[NEW], Act.ACKNOWLEDGE)) == "it is new: claim it first"
    assert str(refusal(GIVEN[CLAIMED], Act.RESOLVE)) == (
        "it is claimed by desk-1: acknowledge it with the action taken first"
    )


def test_who_comes_second_is_told_who_was_first() -> None:
    """And since when, for the page."""
    late = refusal(GIVEN[CLAIMED], Act.CLAIM, "desk-2")

    assert (late.reason, late.handler, late.since) == ("held", "desk-1", BEFORE)
    assert "desk-1" in str(late)


@pytest.mark.parametrize("act", sorted(HOLDERS_ALONE))
def test_what_somebody_holds_others_leave_alone(act: Act) -> None:
    """Unless they take it over, or the system lets it go."""
    assert refusal(GIVEN[ACKNOWLEDGED], Act.RESOLVE, "desk-2").handler == "desk-1"
    assert do(GIVEN[CLAIMED], Act.HAND_OVER, "desk-2").fields == {"handler": "desk-2"}
    assert do(GIVEN[CLAIMED], Act.RELEASE, "system").fields == {"handler": "", "claimed_at": None}


def test_a_release_after_the_acknowledgement_keeps_what_was_done() -> None:
    """The five minutes do not begin again; somebody else claims it and goes on."""
    released = do(GIVEN[ACKNOWLEDGED], Act.RELEASE)
    assert (released.after, released.fields) == (ACKNOWLEDGED, {"handler": "", "claimed_at": BEFORE})

    free = Given(handling=ACKNOWLEDGED, claimed_at=BEFORE, acknowledged_at=BEFORE)
    assert do(free, Act.CLAIM, "desk-2").after is ACKNOWLEDGED


@pytest.mark.parametrize(
    ("before", "act", "said", "words"),
    [
        (CLAIMED, Act.ACKNOWLEDGE, {"why": " "}, "say which action was taken"),
        (ACKNOWLEDGED, Act.RESOLVE, {"disposition": None}, "say what it turned out to be: true, nuisance or test"),
        (RESOLVED, Act.REOPEN, {"why": ""}, "say why it is reopened"),
        (NEW, Act.SHELVE, {"why": ""}, "say why it is shelved"),
        (NEW, Act.SHELVE, {"until": None}, "say until when it is shelved: a time to come"),
        (NEW, Act.SHELVE, {"until": NOW}, "say until when it is shelved: a time to come"),
        (
            NEW,
            Act.SHELVE,
            {"until": NOW + timedelta(hours=25)},
            "nothing is shelved for more than 24 hours: set the camera out of service",
        ),
        (NEW, Act.UNSHELVE, {}, "it is not shelved"),
        (NEW, Act.NOTE, {"why": ""}, "the note is empty"),
        (NEW, Act.ESCALATE, {"level": 0}, "it is escalated to level 0 already"),
        (CLAIMED, Act.HAND_OVER, {}, "desk-1 holds it already"),
    ],
)
def test_what_is_missing_is_said(before: Handling, act: Act, said: dict[str, Any], words: str) -> None:
    """In words that say what to do."""
    assert str(refusal(GIVEN[before], act, **said)) == words


def test_two_desks_escalate_once() -> None:
    """A level that is reached already is refused to the second."""
    assert do(GIVEN[NEW], Act.ESCALATE, "system", level=1).fields == {"escalation": 1}
    assert refusal(Given(handling=NEW, escalation=1), Act.ESCALATE, "system", level=1).reason == "unneeded"


def test_reopening_begins_anew_with_whoever_reopens() -> None:
    """What was found before stays in the steps alone."""
    fields = do(GIVEN[RESOLVED], Act.REOPEN, "desk-2").fields

    assert fields["handler"] == "desk-2"
    assert {fields[name] for name in ("acknowledged_at", "resolved_at", "disposition")} == {None}


@pytest.mark.parametrize(
    ("hours", "handling", "standing"), [(25, NEW, True), (25, RESOLVED, False), (23, ACKNOWLEDGED, False)]
)
def test_open_for_more_than_a_day_is_standing(hours: float, handling: Handling, standing: bool) -> None:
    """As ISA-18.2 has it."""
    assert is_standing(NOW - timedelta(hours=hours), handling, NOW) is standing
