"""What alerts hands to the queue, the desk and the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from config.errors import RingwatchError
from config.model import Ring, Severity
from detect.messages import DetailValue, Phase, Position

OF_WATCHING = "system."  # what the names of the rules about the watching itself begin with
TEST_RULE = "system.test"  # of the scheduled test alert, which is nobody's work and counts nowhere


class Condition(StrEnum):
    """What the rule says of an alert's cause."""

    ACTIVE = "active"
    CLEARED = "cleared"


class Handling(StrEnum):
    """What people have done about an alert. Clearing never changes it."""

    NEW = "new"
    CLAIMED = "claimed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Disposition(StrEnum):
    """What an alert turned out to be, said by whoever resolves it."""

    TRUE = "true"
    NUISANCE = "nuisance"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One revision of one finding, with all a reader needs to show it. Idempotent on `id` + `rev`."""

    id: str  # the event's id
    rev: int  # 1 when raised, then one more for every later revision
    camera: str
    camera_name: str
    ring: Ring
    cell: str  # small grid cell; "" when the camera has none
    rule: str
    zone: str  # "" when the rule is about the whole picture
    phase: Phase
    severity: Severity
    started_at: datetime  # UTC
    captured_at: datetime  # UTC, when this phase became true
    raised_at: datetime  # UTC, the node's clock when this revision was made
    detail: Mapping[str, DetailValue] = field(default_factory=dict)
    evidence: str = ""  # folder of the snapshot and the clip, relative to the node's evidence root
    position: Position | None = None  # where the camera was, if it moves and that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an occurrence waits until it is on record: one outbox and its gapless sequence number, from 1."""

    outbox: str
    seq: int
    # Rows up to here had left the outbox before this one came: a record that was replaced must not wait for them.
    settled: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One entry as read from the queue."""

    entry: str  # Redis stream id
    occurrence: Occurrence
    origin: Origin | None  # None when another system wrote the entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of deliveries that were put on record."""

    recorded: int  # revisions that were not on record before
    watermarks: Mapping[str, int]  # every touched outbox: all its rows up to this number are on record


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Source:
    """What keeps raising: one rule on one camera and zone."""

    camera: str
    rule: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An alert as the load figures see it: where it came from, and when it was answered."""

    id: str
    source: Source
    ring: Ring
    cell: str
    active: bool  # its cause still lasts
    late: bool = False  # nobody could have answered it in time
    raised_at: datetime  # UTC
    claimed_at: datetime | None = None  # UTC
    acknowledged_at: datetime | None = None  # UTC
    resolved_at: datetime | None = None  # UTC
    disposition: str = ""  # "" while it is open
    incident: str = ""  # the incident that stands for it; "" stands for itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """One time a source raised, whether it became an alert or was folded into an open one."""

    source: Source
    at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the record tells of a period, for its load."""

    at: datetime  # UTC, when it was asked
    alerts: Sequence[Answered]  # of the period, of the day before it, and those open at its end however old
    raises: Sequence[Raise]  # of the period, and maybe more


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Since when a desk has looked without a break or a jump of the clock. What was due in a break is no alarm."""

    begun_at: datetime  # UTC
    looked_at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A test alert that is on record: alerts got through then."""

    raised_at: datetime  # UTC, the worker's clock
    recorded_at: datetime  # UTC, the desk's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """When there was last a sign of somebody at the console; None: never."""

    connected_at: datetime | None  # UTC, when a page was last open
    touched_at: datetime | None  # UTC, when somebody last touched a page
    acted_at: datetime | None  # UTC, when an operator last acted on an alert, from wherever


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The open alerts that somebody should see, those about the watching itself left out; None: there is none."""

    open_since: datetime | None  # UTC, since when the oldest waits
    unanswered_since: datetime | None  # UTC, since when the oldest waits that is not acknowledged


class RecordError(RingwatchError):
    """The record cannot hold one of these deliveries, now or later: set it aside with its payload."""


class Refused(RingwatchError):  # noqa: N818 - the name of what happened: an operator's act was refused
    """An act that the lifecycle does not allow, or not to this operator; its text says why, and who holds the alert."""

    def __init__(
        self, message: str, *, reason: str = "state", handler: str = "", since: datetime | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason  # a word for programs: held, state, incomplete, unneeded, double, accepted, off_duty
        self.handler = handler  # who holds the alert; "" when nobody does
        self.since = since  # UTC, since when
