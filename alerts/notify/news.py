"""What a channel has yet to be told of an alert. Pure: the alert, what the channel knows, and now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.messages import TEST_RULE, Condition, Handling
from alerts.notify.messages import Known, News, Notice, Subject
from config.notify import Told

if TYPE_CHECKING:
    from config.notify import Channel

# Faults of cameras come in tens when an uplink breaks: they wait a moment for each other, and so does what they become.
SETTLING = ("camera.", "incident.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What there is to know about an alert besides itself, for one channel."""

    now: datetime  # UTC
    settle: timedelta
    below: bool = False  # an open incident stands for it
    pending: bool = False  # that it was raised waits to be told


def news(alert: Subject, known: Known, channel: Channel, around: Circumstances) -> News | None:
    """What `channel` is to be told of `alert`; None when nothing changes.

    What a channel does not ask for counts as known to it without being told.
    """
    if alert.rule == TEST_RULE:  # of any severity and ring: it is about the way, not about the camera
        return _tested(alert, known, channel, around)
    if alert.severity not in channel.severities or alert.ring not in channel.rings:
        return None
    if around.below or is_hushed(alert, around.now):
        return _hushed(alert, known, around)
    return _changed(alert, known, channel, around)


def _changed(alert: Subject, known: Known, channel: Channel, around: Circumstances) -> News | None:
    cleared, settling = alert.condition is Condition.CLEARED, alert.rule.startswith(SETTLING)
    if cleared and settling and around.pending:
        return News(known=Known(), withdrawn=True)  # it came and went before anybody was told
    if known.condition is None and cleared and settling:
        return None
    told = _as_it_is(alert)
    if told == known:
        return None
    kinds = (kind for kind in _kinds(alert, known) if kind in channel.events)
    return News(known=told, notices=tuple(_notice(kind, alert, known, channel, around) for kind in kinds))


def is_hushed(alert: Subject, now: datetime) -> bool:
    """Whether nobody is told of it now: its source is shelved or out of service."""
    return bool(alert.suppressed) or (alert.shelved_until is not None and now < alert.shelved_until)


def _tested(alert: Subject, known: Known, channel: Channel, around: Circumstances) -> News | None:
    if known.condition is not None:
        return None
    notices = (_notice(Told.TEST, alert, known, channel, around),) if Told.TEST in channel.events else ()
    return News(known=_as_it_is(alert), notices=notices)


def _hushed(alert: Subject, known: Known, around: Circumstances) -> News | None:
    """What has not been told yet is withdrawn, and told when the hush is over; of the rest nothing is said."""
    if around.pending:
        return News(known=Known(), withdrawn=True)
    told = _as_it_is(alert)
    return News(known=told) if known.condition is not None and told != known else None


def _as_it_is(alert: Subject) -> Known:
    return Known(condition=alert.condition, level=alert.escalation, resolved=alert.handling is Handling.RESOLVED)


def _kinds(alert: Subject, known: Known) -> Iterator[Told]:
    if known.condition is None:
        if alert.handling is not Handling.RESOLVED:
            yield Told.RAISED
    elif known.condition is not alert.condition:
        yield Told.CLEARED if alert.condition is Condition.CLEARED else Told.RAISED
    if alert.escalation > known.level and alert.handling is not Handling.RESOLVED:
        yield Told.ESCALATED
    if alert.handling is Handling.RESOLVED and not known.resolved:
        yield Told.RESOLVED


def _notice(kind: Told, alert: Subject, known: Known, channel: Channel, around: Circumstances) -> Notice:
    waits = kind is Told.RAISED and alert.rule.startswith(SETTLING)
    return Notice(
        channel=channel.name,
        kind=kind,
        alert=alert.id,
        level=alert.escalation,
        was=known.level,
        at=around.now,
        due_at=around.now + (around.settle if waits else timedelta()),
    )
