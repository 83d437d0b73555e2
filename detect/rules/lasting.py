"""Rules about each object's own time: it stays, or stands, for longer than it may. One event while any does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from config.model import Label
from detect.messages import DetailValue, Scene
from detect.rules.rule import Subject, TimedRule, seconds
from detect.rules.stays import Patience, Stay, Where, continued
from detect.rules.timer import Cause, Moment

Since = Callable[[Stay], datetime]  # when an object's own time began


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """One object that is over the rule's time."""

    label: Label
    since: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingSeen:
    """Who has been in the zone lately, and who of them is over the time."""

    stays: dict[int, Stay] = field(default_factory=dict)  # by track id
    last_at: datetime | None = None  # the newest scene of which something could be said
    over: tuple[Overdue, ...] = ()  # those over the time, or those who were over it last
    any_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What such a rule looks for."""

    zone: str
    labels: frozenset[Label]
    after: timedelta
    patience: Patience
    since: Since


def lasting(watch: Watch, subject: Subject, counted: str) -> TimedRule[LastingSeen]:
    """The rule for one zone; `counted` is the detail's key for how many are over the time."""
    return TimedRule(subject, LastingSeen(), partial(look, watch), partial(_detail, counted))


def look(watch: Watch, seen: LastingSeen, scene: Scene) -> tuple[LastingSeen, Cause]:
    """Who is there now. The cause is whoever is over the time, else whoever will be first."""
    if scene.blind:
        return seen, Cause.unknown()
    where = Where(watch.zone, watch.labels)
    stays, _ = continued(seen.stays, where, scene, seen.last_at, watch.patience)
    times = [Overdue(label=stay.label, since=watch.since(stay), last_at=stay.last_at) for stay in stays.values()]
    over = tuple(sorted((one for one in times if one.last_at - one.since >= watch.after), key=lambda one: one.since))
    now = LastingSeen(stays=stays, last_at=scene.captured_at, over=over or seen.over, any_over=bool(over))
    if seen.any_over and not over:
        return now, Cause(known=True, ended_at=max(one.last_at for one in seen.over))
    first = over[0] if over else min(times, key=lambda one: one.since, default=None)
    if first is None:
        return now, Cause(known=True)
    return now, Cause(known=True, since=first.since, until=first.last_at)


def _detail(counted: str, seen: LastingSeen, moment: Moment) -> Mapping[str, DetailValue]:
    classes = dict.fromkeys(one.label.value for one in seen.over)
    longest = max((min(one.last_at, moment.at) - one.since for one in seen.over), default=timedelta())
    return {counted: len(seen.over), "longest_s": seconds(longest), "classes": ",".join(classes)}
