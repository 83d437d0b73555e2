"""What happened in a shift, as figures and lists. Pure: alerts, acts and a window of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from alerts.lifecycle import RESERVED, Act, Step
from alerts.messages import Condition, Disposition, Handling
from config.model import Ring, Severity
from detect.messages import DetailValue

if TYPE_CHECKING:
    from alerts.duty_messages import Accepted

DUE = timedelta(minutes=5)  # within which a response is due
POST = "post."


class Reported(Protocol):
    """An alert on record, as far as a report shows it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def rule(self) -> str:
        """Which rule found it."""
        ...

    @property
    def zone(self) -> str:
        """Where in the picture, or what an incident is about."""
        ...

    @property
    def camera_name(self) -> str:
        """Its camera, for people."""
        ...

    @property
    def ring(self) -> Ring:
        """Of its camera."""
        ...

    @property
    def severity(self) -> Severity:
        """How urgent it is."""
        ...

    @property
    def condition(self) -> Condition:
        """What the rule says."""
        ...

    @property
    def handling(self) -> Handling:
        """What people have done."""
        ...

    @property
    def handler(self) -> str:
        """Who holds it."""
        ...

    @property
    def raised_at(self) -> datetime:
        """When it became true."""
        ...

    @property
    def claimed_at(self) -> datetime | None:
        """When it was claimed."""
        ...

    @property
    def acknowledged_at(self) -> datetime | None:
        """When it was acknowledged."""
        ...

    @property
    def resolved_at(self) -> datetime | None:
        """When it was resolved."""
        ...

    @property
    def disposition(self) -> Disposition | None:
        """What it turned out to be."""
        ...

    @property
    def action(self) -> str:
        """What was done."""
        ...

    @property
    def escalation(self) -> int:
        """How far up it is."""
        ...

    @property
    def incident(self) -> str:
        """What stands for it."""
        ...

    @property
    def detail(self) -> Mapping[str, DetailValue]:
        """What the rule says of it."""
        ...

    @property
    def suppressed(self) -> str:
        """Why it calls nobody."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long something took, over the alerts for which it was done."""

    count: int
    median: timedelta | None = None
    p95: timedelta | None = None
    in_time: int = 0  # within the five minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftReport:
    """One shift, or as much of it as has passed."""

    shift: str
    seats: tuple[str, ...]
    begin: datetime  # UTC
    end: datetime  # UTC
    made_at: datetime  # UTC
    raised: tuple[Reported, ...]  # in the shift; without those below an incident
    left: tuple[Reported, ...]  # from before, and still open when it began
    open: tuple[Reported, ...]  # that nobody has resolved by now
    by_severity: Mapping[Severity, int]
    by_disposition: Mapping[Disposition, int]
    escalated: int
    claimed: Times
    acknowledged: Times
    posts_acknowledged: Times  # of posts alone: those that have a limit
    resolved: Times
    notes: tuple[Step, ...]  # what people wrote down, shelved, handed over
    accepted: Accepted | None  # by the shift that came after


def shift_report(  # noqa: PLR0913 - what a report is made of, each by its name
    alerts: Sequence[Reported],
    steps: Iterable[Step],
    *,
    shift: str,
    seats: tuple[str, ...],
    begin: datetime,
    end: datetime,
    made_at: datetime,
    accepted: Accepted | None = None,
) -> ShiftReport:
    """The report on the shift from `begin` until before `end`; `alerts` are those that it had to do with."""
    names = {alert.id for alert in alerts}
    own = [alert for alert in alerts if alert.incident not in names and not alert.suppressed]
    raised = [alert for alert in own if begin <= alert.raised_at < end]
    posts = [alert for alert in raised if alert.rule.startswith(POST)]
    return ShiftReport(
        shift=shift,
        seats=seats,
        begin=begin,
        end=end,
        made_at=made_at,
        raised=tuple(raised),
        left=tuple(alert for alert in own if alert.raised_at < begin),
        open=tuple(alert for alert in own if alert.handling is not Handling.RESOLVED and alert.raised_at < end),
        by_severity=Counter(alert.severity for alert in raised),
        by_disposition=Counter(alert.disposition for alert in raised if alert.disposition is not None),
        escalated=sum(1 for alert in raised if alert.escalation),
        claimed=_times((alert.raised_at, alert.claimed_at) for alert in raised),
        acknowledged=_times((alert.raised_at, alert.acknowledged_at) for alert in raised),
        posts_acknowledged=_times((alert.raised_at, alert.acknowledged_at) for alert in posts),
        resolved=_times((alert.raised_at, alert.resolved_at) for alert in raised),
        notes=tuple(
            step for step in steps if step.by not in RESERVED and step.act in _NOTED and begin <= step.at < end
        ),
        accepted=accepted,
    )


_NOTED = frozenset({Act.NOTE, Act.SHELVE, Act.UNSHELVE, Act.HAND_OVER, Act.RELEASE, Act.REOPEN})


def _times(pairs: Iterable[tuple[datetime, datetime | None]]) -> Times:
    spans = sorted(max(done - since, timedelta()) for since, done in pairs if done is not None)
    if not spans:
        return Times(count=0)
    return Times(
        count=len(spans),
        median=_nearest(spans, 0.5),
        p95=_nearest(spans, 0.95),
        in_time=sum(1 for span in spans if span <= DUE),
    )


def _nearest(spans: Sequence[timedelta], share: float) -> timedelta:
    """The nearest-rank percentile."""
    rank = -(-len(spans) * round(share * 100) // 100)
    return spans[max(0, rank - 1)]
