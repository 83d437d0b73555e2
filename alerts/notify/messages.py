"""What is told, to which channel, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.messages import Condition, Handling
from config.model import Ring, Severity
from config.notify import Told

LONGEST_WAIT = timedelta(hours=1)  # until the next try, however long the other side asks us to wait


class LetterState(StrEnum):
    """What has become of a letter."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # given up; kept until somebody sends it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An alert as a message tells it, at the moment the message is written."""

    id: str
    rule: str
    severity: Severity
    ring: Ring
    camera: str  # "" for an incident
    camera_name: str
    cell: str
    zone: str
    condition: Condition
    handling: Handling
    handler: str
    raised_at: datetime  # UTC
    cleared_at: datetime | None  # UTC
    escalation: int
    late: bool
    incident: str  # the id of the alert that stands for it
    shelved_until: datetime | None  # UTC
    suppressed: str
    recorded_at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a channel has been told of one alert."""

    condition: Condition | None = None  # None: not yet of it at all
    level: int = 0
    resolved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that a channel is to be told."""

    channel: str
    kind: Told
    at: datetime  # UTC, when it happened
    due_at: datetime  # UTC; not told before
    alert: str = ""  # "" when it is about no alert
    level: int = 0  # how far up the alert is
    was: int = 0  # how far up the channel knew it
    detail: Mapping[str, str | int] = field(default_factory=dict)  # of a notice that is about no alert
    number: int = 0  # given by the store


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What follows from one alert for one channel."""

    known: Known
    notices: tuple[Notice, ...] = ()
    withdrawn: bool = False  # notices of this alert that wait to be told are not to be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A notice with all that a message needs to say about it."""

    notice: Notice
    subject: Subject | None
    cameras: tuple[str, ...] = ()  # those of an incident, by name
    cells: tuple[str, ...] = ()  # small cells it touches


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message as it goes out: its body never changes, however often it is tried."""

    id: str
    channel: str
    body: str
    count: int  # notices in it
    state: LetterState
    created_at: datetime  # UTC
    begun_at: datetime  # UTC, from when it is tried: later than created where it is sent again
    tries: int = 0
    problem: str = ""  # why the last try failed; no address in it
    done_at: datetime | None = None  # UTC, when it was sent, or given up


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel does."""

    channel: str
    since: datetime  # UTC; of alerts recorded before, it is told nothing
    failures: int = 0  # in a row
    retry_at: datetime | None = None  # UTC; nothing is tried before
    problem: str = ""
    sent_at: datetime | None = None  # UTC, the last that was sent
    waiting: int = 0  # notices and letters that have not been sent
    oldest_at: datetime | None = None  # UTC, of those
    dead: int = 0
