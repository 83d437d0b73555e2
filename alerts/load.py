"""Alarm load as figures, by ISA-18.2: what a duty room had to bear in a period, and how fast it answered.

What counts: every alert that was put before an operator. An incident counts once, for all it stands for; test alerts
and what was shelved or out of service do not count at all, and whoever reads the record leaves them out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.flood import Flood, Operators, Period, Rate, floods, percentile, rate
from alerts.messages import Answered, Disposition, Raise, Source, Told
from config.model import Ring

STANDING_AFTER = timedelta(hours=24)
PROMPT = timedelta(minutes=5)  # within this an alert is to be acknowledged, with an action taken
CHATTERS_AT, CHATTERS_IN = 3, timedelta(minutes=1)  # this many raises of one source within this long
WORST = 10

Larger = Callable[[str], tuple[str, ...]]  # a small cell -> the larger cells it lies within, the smallest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alert that had been open for longer than 24 h when the period ended."""

    id: str
    source: Source
    raised_at: datetime  # UTC
    open_s: float
    active: bool  # its cause lasts, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattering:
    """A source that raised three times or more within a minute."""

    source: Source
    raised: int  # in the whole period
    most_in_a_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """One of the sources that raised most often."""

    source: Source
    raised: int  # times it raised, folded ones included
    alerts: int  # that operators saw of it
    nuisance: int  # of those, resolved as nuisance
    share: float  # of all raises in the period


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, in seconds from the raise; None where it never happened."""

    count: int
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    longest_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many alerts were acknowledged within five minutes."""

    due: int  # acknowledged, or older than five minutes: what is younger may still be in time
    prompt: int

    @property
    def ratio(self) -> float | None:
        """`prompt` of `due`; None when none was due."""
        return self.prompt / self.due if self.due else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How fast the alerts of a period were answered, and where in time."""

    claim: Spread
    acknowledge: Spread
    resolve: Spread
    all: Share
    posts: Share  # rules `post.*`, for which the five minutes are a duty
    by_ring: Mapping[Ring, Share]
    by_cell: Mapping[str, Share]  # small, middle and large cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """All figures of one period."""

    period: Period
    alerts: int  # raised in the period and put before the operators
    in_incidents: int  # raised besides, each part of an incident that is counted instead
    late: int  # of `alerts`, recorded long after they had been raised: response times say nothing of them
    open: int  # when the period ended, whenever they were raised
    dispositions: Mapping[str, int]
    rate: Rate
    floods: tuple[Flood, ...]
    standing: tuple[Standing, ...]  # the oldest first
    chattering: tuple[Chattering, ...]  # the worst first
    worst: tuple[Worst, ...]  # the worst first, ten at most
    answers: Answers

    @property
    def flood_s(self) -> float:
        """Seconds of the period that were flood."""
        return sum((flood.span for flood in self.floods), timedelta()).total_seconds()

    @property
    def flood_share(self) -> float:
        """The share of the period that was flood."""
        return self.flood_s / self.period.span.total_seconds()

    @property
    def in_flood(self) -> bool:
        """Whether there was a flood when the period ended."""
        return bool(self.floods) and not self.floods[-1].over


def nobody_larger(_cell: str) -> tuple[str, ...]:
    """A network without a grid."""
    return ()


def load_of(told: Told, period: Period, operators: Operators, larger: Larger = nobody_larger) -> Load:
    """The figures of `period`, which must not be empty nor end in the future."""
    own = [alert for alert in told.alerts if not alert.incident]
    raised = [alert.raised_at for alert in own]
    within = [alert for alert in own if period.holds(alert.raised_at)]
    still_open = [alert for alert in own if _open_at(alert, period.end)]
    return Load(
        period=period,
        alerts=len(within),
        in_incidents=sum(bool(alert.incident) and period.holds(alert.raised_at) for alert in told.alerts),
        late=sum(alert.late for alert in within),
        open=len(still_open),
        dispositions=Counter(alert.disposition for alert in within if alert.disposition),
        rate=rate(raised, period, operators),
        floods=floods(raised, period, operators),
        standing=_standing(still_open, period.end),
        chattering=_chattering(told.raises, period),
        worst=_worst(told, period),
        answers=_answers([alert for alert in within if not alert.late], told.at, larger),
    )


def _open_at(alert: Answered, at: datetime) -> bool:
    return alert.raised_at < at and (alert.resolved_at is None or alert.resolved_at >= at)


def _standing(still_open: Iterable[Answered], end: datetime) -> tuple[Standing, ...]:
    old = [alert for alert in still_open if end - alert.raised_at > STANDING_AFTER]
    return tuple(
        Standing(
            id=alert.id,
            source=alert.source,
            raised_at=alert.raised_at,
            open_s=(end - alert.raised_at).total_seconds(),
            active=alert.active,
        )
        for alert in sorted(old, key=lambda alert: (alert.raised_at, alert.id))
    )


def _chattering(raises: Iterable[Raise], period: Period) -> tuple[Chattering, ...]:
    by_source: dict[Source, list[datetime]] = defaultdict(list)
    for one in raises:
        if period.holds(one.at):
            by_source[one.source].append(one.at)
    found = (
        Chattering(source=source, raised=len(times), most_in_a_minute=most)
        for source, times in by_source.items()
        if (most := _most_within(sorted(times), CHATTERS_IN)) >= CHATTERS_AT
    )
    return tuple(sorted(found, key=lambda one: (-one.most_in_a_minute, -one.raised, one.source)))


def _most_within(ordered: Sequence[datetime], span: timedelta) -> int:
    """The greatest number of `ordered` of which the last is at most `span` after the first."""
    first, most = 0, 0
    for number, at in enumerate(ordered):
        while at - ordered[first] > span:
            first += 1
        most = max(most, number - first + 1)
    return most


def _worst(told: Told, period: Period) -> tuple[Worst, ...]:
    raised = Counter(one.source for one in told.raises if period.holds(one.at))
    within = [alert for alert in told.alerts if period.holds(alert.raised_at)]
    alerts = Counter(alert.source for alert in within)
    nuisance = Counter(alert.source for alert in within if alert.disposition == Disposition.NUISANCE)
    most = sorted(raised.items(), key=lambda one: (-one[1], one[0]))[:WORST]
    return tuple(
        Worst(source=one, raised=count, alerts=alerts[one], nuisance=nuisance[one], share=count / raised.total())
        for one, count in most
    )


def _answers(within: Sequence[Answered], now: datetime, larger: Larger) -> Answers:
    by_ring: dict[Ring, list[Answered]] = defaultdict(list)
    by_cell: dict[str, list[Answered]] = defaultdict(list)
    for alert in within:
        by_ring[alert.ring].append(alert)
        for cell in (alert.cell, *larger(alert.cell)) if alert.cell else ():
            by_cell[cell].append(alert)
    return Answers(
        claim=_spread(within, lambda alert: alert.claimed_at),
        acknowledge=_spread(within, _acknowledged_at),
        resolve=_spread(within, lambda alert: alert.resolved_at),
        all=_share(within, now),
        posts=_share([alert for alert in within if alert.source.rule.startswith("post.")], now),
        by_ring={ring: _share(by_ring[ring], now) for ring in Ring if by_ring[ring]},
        by_cell={cell: _share(by_cell[cell], now) for cell in sorted(by_cell)},
    )


def _acknowledged_at(alert: Answered) -> datetime | None:
    """A resolved alert has been acknowledged, at the latest by that."""
    return alert.acknowledged_at or alert.resolved_at


def _spread(alerts: Iterable[Answered], when: Callable[[Answered], datetime | None]) -> Spread:
    spans = sorted((at - alert.raised_at).total_seconds() for alert in alerts if (at := when(alert)) is not None)
    return Spread(
        count=len(spans),
        p50_s=percentile(spans, 0.5) if spans else None,
        p90_s=percentile(spans, 0.9) if spans else None,
        p95_s=percentile(spans, 0.95) if spans else None,
        longest_s=spans[-1] if spans else None,
    )


def _share(alerts: Iterable[Answered], now: datetime) -> Share:
    due = [alert for alert in alerts if _acknowledged_at(alert) or now - alert.raised_at > PROMPT]
    prompt = sum(at - alert.raised_at <= PROMPT for alert in due if (at := _acknowledged_at(alert)))
    return Share(due=len(due), prompt=prompt)
