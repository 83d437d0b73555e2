"""What people may do with an alert: the whole lifecycle as one table, and who may take which step.

Nothing here knows a database: `decided` says what an act changes, or refuses it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from alerts.messages import Disposition, Handling, Refused
from alerts.wording import check_words
from config.model import Severity
from detect.messages import DetailValue

SYSTEM = "system"  # acts that nobody at a desk has taken
RULE = "rule"
RESERVED = frozenset({SYSTEM, RULE})
LONGEST_SHELF = timedelta(hours=24)  # for longer, a camera is set out of service
STANDING_AFTER = timedelta(hours=24)

# GB/T 28181 alarm priorities.
PRIORITY: Mapping[Severity, int] = MappingProxyType(
    {Severity.CRITICAL: 1, Severity.HIGH: 2, Severity.MEDIUM: 3, Severity.LOW: 4}
)


class Ranked(Protocol):
    """An open alert, as far as its place in the list goes."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        ...

    @property
    def rule(self) -> str:
        """What found it."""
        ...

    @property
    def raised_at(self) -> datetime:
        """Since when it waits."""
        ...


def urgency(alert: Ranked) -> tuple[int, bool, datetime, str]:
    """What open alerts are sorted by: severity, posts before the rest, then the longest wait."""
    return PRIORITY[alert.severity], not alert.rule.startswith("post."), alert.raised_at, alert.id


class Act(StrEnum):
    """What is done with an alert."""

    CLAIM = "claim"
    RELEASE = "release"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    NOTE = "note"
    HAND_OVER = "hand_over"


_OPEN = (Handling.NEW, Handling.CLAIMED, Handling.ACKNOWLEDGED)

# The whole lifecycle: what is not in here is refused. docs/ALERTS.md prints it.
TABLE: Mapping[tuple[Handling, Act], Handling] = MappingProxyType(
    {
        (Handling.NEW, Act.CLAIM): Handling.CLAIMED,
        (Handling.CLAIMED, Act.RELEASE): Handling.NEW,
        (Handling.CLAIMED, Act.ACKNOWLEDGE): Handling.ACKNOWLEDGED,
        (Handling.ACKNOWLEDGED, Act.CLAIM): Handling.ACKNOWLEDGED,  # where it was released: what was done stays done
        (Handling.ACKNOWLEDGED, Act.RELEASE): Handling.ACKNOWLEDGED,
        (Handling.ACKNOWLEDGED, Act.RESOLVE): Handling.RESOLVED,
        (Handling.RESOLVED, Act.REOPEN): Handling.CLAIMED,
        (Handling.RESOLVED, Act.NOTE): Handling.RESOLVED,
        (Handling.RESOLVED, Act.UNSHELVE): Handling.RESOLVED,  # a source stays shelved when its alert is resolved
        **{
            (handling, act): handling
            for handling in _OPEN
            for act in (Act.ESCALATE, Act.SHELVE, Act.UNSHELVE, Act.NOTE)
        },
        (Handling.CLAIMED, Act.HAND_OVER): Handling.CLAIMED,
        (Handling.ACKNOWLEDGED, Act.HAND_OVER): Handling.ACKNOWLEDGED,
    }
)
HOLDERS_ALONE = frozenset({Act.RELEASE, Act.ACKNOWLEDGE, Act.RESOLVE})
INSTEAD: Mapping[tuple[Handling, Act], str] = MappingProxyType(
    {
        (Handling.NEW, Act.ACKNOWLEDGE): "claim it first",
        (Handling.NEW, Act.RESOLVE): "claim it, and acknowledge it with the action taken, first",
        (Handling.NEW, Act.RELEASE): "nobody holds it",
        (Handling.NEW, Act.HAND_OVER): "nobody holds it: claim it",
        (Handling.CLAIMED, Act.RESOLVE): "acknowledge it with the action taken first",
        (Handling.ACKNOWLEDGED, Act.ACKNOWLEDGE): "write a note to add to the action taken",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act, as it is on record for good."""

    number: int  # grows over all alerts, in the order of commits
    alert: str
    at: datetime  # UTC
    by: str  # an operator's id, or `system`
    act: Act
    before: Handling
    after: Handling
    why: str = ""  # words; of `acknowledge` the action taken
    detail: Mapping[str, DetailValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to do."""

    act: Act
    by: str
    at: datetime  # UTC
    why: str = ""
    disposition: Disposition | None = None  # of `resolve`
    until: datetime | None = None  # UTC, of `shelve`
    level: int | None = None  # of `escalate`; None: one more than now


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an act that is allowed changes."""

    after: Handling
    fields: Mapping[str, object]  # of the alert's record
    detail: Mapping[str, DetailValue]  # of the step


class Handled(Protocol):
    """An alert, as far as the lifecycle asks."""

    @property
    def handling(self) -> Handling:
        """What has been done."""
        ...

    @property
    def handler(self) -> str:
        """Who holds it."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """When it was first claimed."""
        ...

    @property
    def acknowledged_at(self) -> datetime | None:
        """When it was first acknowledged."""
        ...

    @property
    def escalation(self) -> int:
        """How far it has been escalated."""
        ...

    @property
    def shelved_until(self) -> datetime | None:
        """Until when its source is silent."""
        ...


def decided(alert: Handled, wanted: Wanted) -> Verdict:
    """What `wanted` changes.

    Raises:
        Refused: the table has no such step, somebody else holds the alert, or something is missing.
    """
    after = TABLE.get((alert.handling, wanted.act))
    if after is None:
        raise _not_in_table(alert, wanted)
    _check_holder(alert, wanted)
    check_words(wanted.why)
    fields, detail = _CHANGES[wanted.act](alert, wanted)
    return Verdict(after=after, fields=fields, detail=detail)


def is_standing(raised_at: datetime, handling: Handling, now: datetime) -> bool:
    """Whether an alert has been open for so long that it has become part of the furniture."""
    return handling is not Handling.RESOLVED and now - raised_at > STANDING_AFTER


_Changes = tuple[Mapping[str, object], Mapping[str, DetailValue]]


def _not_in_table(alert: Handled, wanted: Wanted) -> Refused:
    if wanted.act is Act.CLAIM and alert.handling is not Handling.RESOLVED:
        return _refused(alert, _held(alert, wanted), "held")
    held = f" by {alert.handler}" if alert.handler else ""
    instead = INSTEAD.get((alert.handling, wanted.act))
    words = f"it is {alert.handling.value}{held}: {instead or f'{wanted.act.value} is not possible'}"
    reason = "held" if alert.handler and wanted.act is Act.CLAIM else "state"
    return _refused(alert, words, reason)


def _check_holder(alert: Handled, wanted: Wanted) -> None:
    if wanted.act is Act.CLAIM and alert.handler:
        raise _refused(alert, _held(alert, wanted), "held")
    if wanted.act in HOLDERS_ALONE and wanted.by not in {alert.handler, SYSTEM}:
        holds = f"{alert.handler} holds it: take it over first" if alert.handler else "nobody holds it: claim it first"
        raise _refused(alert, holds, "held")
    if wanted.act is Act.HAND_OVER and wanted.by == alert.handler:
        raise _refused(alert, f"{wanted.by} holds it already", "unneeded")


def _held(alert: Handled, wanted: Wanted) -> str:
    """To who claims what somebody holds."""
    return f"{wanted.by} holds it already" if wanted.by == alert.handler else f"{alert.handler} holds it: take it over"


def _refused(alert: Handled, words: str, reason: str) -> Refused:
    return Refused(words, reason=reason, handler=alert.handler, since=alert.claimed_at if alert.handler else None)


def _claim(alert: Handled, wanted: Wanted) -> _Changes:
    return {"handler": wanted.by, "claimed_at": alert.claimed_at or wanted.at}, {}


def _release(alert: Handled, _wanted: Wanted) -> _Changes:
    claimed_at = None if alert.handling is Handling.CLAIMED else alert.claimed_at  # it waits to be claimed again
    return {"handler": "", "claimed_at": claimed_at}, {"from": alert.handler}


def _acknowledge(alert: Handled, wanted: Wanted) -> _Changes:
    _need_words(alert, wanted, "say which action was taken")
    return {"acknowledged_at": alert.acknowledged_at or wanted.at, "action": wanted.why}, {}


def _resolve(alert: Handled, wanted: Wanted) -> _Changes:
    if wanted.disposition is None:
        raise _refused(alert, "say what it turned out to be: true, nuisance or test", "incomplete")
    fields = {"resolved_at": wanted.at, "disposition": wanted.disposition}
    return fields, {"disposition": wanted.disposition.value}


def _reopen(alert: Handled, wanted: Wanted) -> _Changes:
    _need_words(alert, wanted, "say why it is reopened")
    fields = {
        "handler": wanted.by,
        "claimed_at": wanted.at,
        "acknowledged_at": None,
        "resolved_at": None,
        "disposition": None,
        "action": "",
        "escalation": 0,
    }
    return fields, {}


def _escalate(alert: Handled, wanted: Wanted) -> _Changes:
    level = alert.escalation + 1 if wanted.level is None else wanted.level
    if level <= alert.escalation:
        raise _refused(alert, f"it is escalated to level {alert.escalation} already", "unneeded")
    return {"escalation": level}, {"level": level}


def _shelve(alert: Handled, wanted: Wanted) -> _Changes:
    _need_words(alert, wanted, "say why it is shelved")
    if wanted.until is None or wanted.until <= wanted.at:
        raise _refused(alert, "say until when it is shelved: a time to come", "incomplete")
    if wanted.until - wanted.at > LONGEST_SHELF:
        raise _refused(alert, "nothing is shelved for more than 24 hours: set the camera out of service", "incomplete")
    return {"shelved_until": wanted.until}, {"until": wanted.until.isoformat()}


def _unshelve(alert: Handled, _wanted: Wanted) -> _Changes:
    if alert.shelved_until is None:
        raise _refused(alert, "it is not shelved", "unneeded")
    return {"shelved_until": None}, {"until": alert.shelved_until.isoformat()}


def _note(alert: Handled, wanted: Wanted) -> _Changes:
    _need_words(alert, wanted, "the note is empty")
    return {}, {}


def _hand_over(alert: Handled, wanted: Wanted) -> _Changes:
    """`by` takes it over."""
    return {"handler": wanted.by}, {"from": alert.handler}


def _need_words(alert: Handled, wanted: Wanted, words: str) -> None:
    if not wanted.why.strip():
        raise _refused(alert, words, "incomplete")


_CHANGES = {
    Act.CLAIM: _claim,
    Act.RELEASE: _release,
    Act.ACKNOWLEDGE: _acknowledge,
    Act.RESOLVE: _resolve,
    Act.REOPEN: _reopen,
    Act.ESCALATE: _escalate,
    Act.SHELVE: _shelve,
    Act.UNSHELVE: _unshelve,
    Act.NOTE: _note,
    Act.HAND_OVER: _hand_over,
}
