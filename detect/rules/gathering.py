"""Rules about how many are in a zone at once: a crowd of people, a queue of vehicles that stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from config.model import Crowd, Label, QueueLength
from detect.messages import DetailValue, Scene
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule, lasted, seconds
from detect.rules.stays import Patience, Stay, Where, continued
from detect.rules.timer import Cause, Moment

CROWD_PATIENCE = Patience(away=timedelta(seconds=1), hidden=timedelta(seconds=2))  # people hide one another
QUEUE_PATIENCE = Patience(away=timedelta(seconds=1), hidden=timedelta(seconds=10))
STANDS = timedelta(seconds=3)  # what has not moved for so long stands,
CREEPS = timedelta(seconds=10)  # ... and what moves up for no longer than this still queues


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One that counts."""

    since: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A vehicle that queues."""

    since: datetime  # when it first stood
    stood_at: datetime  # when it was last seen standing


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheringSeen:
    """Who has been in the zone lately, and since when they are enough."""

    stays: dict[int, Stay] = field(default_factory=dict)  # by track id
    queue: dict[int, Standing] = field(default_factory=dict)  # by track id; empty for a crowd
    last_at: datetime | None = None
    since: datetime | None = None  # they are enough since then
    held_at: datetime | None = None  # when enough of them were last seen
    count: int = 0
    peak: int = 0


def crowd(rule: Crowd, subject: Subject) -> TimedRule[GatheringSeen]:
    """The rule for one zone."""
    look_at = partial(look_for_crowd, rule.zone, rule.count)
    return TimedRule(subject, GatheringSeen(), look_at, partial(_crowd_detail, rule))


def queue(rule: QueueLength, subject: Subject) -> TimedRule[GatheringSeen]:
    """The rule for one zone."""
    look_at = partial(look_for_queue, rule.zone, rule.vehicles)
    return TimedRule(subject, GatheringSeen(), look_at, partial(_queue_detail, rule))


def look_for_crowd(zone: str, enough: int, seen: GatheringSeen, scene: Scene) -> tuple[GatheringSeen, Cause]:
    """How many people are there now."""
    if scene.blind:
        return seen, Cause.unknown()
    where = Where(zone, frozenset({Label.PERSON}))
    stays, _ = continued(seen.stays, where, scene, seen.last_at, CROWD_PATIENCE)
    members = [Member(since=stay.entered_at, last_at=stay.last_at) for stay in stays.values()]
    return _counted(GatheringSeen(stays=stays, last_at=scene.captured_at), members, enough, seen)


def look_for_queue(zone: str, enough: int, seen: GatheringSeen, scene: Scene) -> tuple[GatheringSeen, Cause]:
    """How many vehicles stand there now, or have just moved up."""
    if scene.blind:
        return seen, Cause.unknown()
    where = Where(zone, expanded((Label.VEHICLE,)))
    stays, _ = continued(seen.stays, where, scene, seen.last_at, QUEUE_PATIENCE)
    queueing = {
        number: standing for number, stay in stays.items() if (standing := _standing(stay, seen.queue.get(number)))
    }
    members = [Member(since=one.since, last_at=stays[number].last_at) for number, one in queueing.items()]
    return _counted(GatheringSeen(stays=stays, queue=queueing, last_at=scene.captured_at), members, enough, seen)


def _standing(stay: Stay, known: Standing | None) -> Standing | None:
    if stay.last_at - stay.rests_since >= STANDS:
        return Standing(since=known.since if known else stay.rests_since, stood_at=stay.last_at)
    return known if known and stay.last_at - known.stood_at <= CREEPS else None


def _counted(
    now: GatheringSeen, members: Iterable[Member], enough: int, before: GatheringSeen
) -> tuple[GatheringSeen, Cause]:
    """The cause holds from the moment the last of the needed came to the moment enough of them were last seen."""
    members = list(members)
    count = len(members)
    if count < enough:
        gone = GatheringSeen(
            stays=now.stays, queue=now.queue, last_at=now.last_at, count=before.count, peak=before.peak
        )
        return gone, Cause(known=True, ended_at=before.held_at)
    since = before.since or sorted(member.since for member in members)[enough - 1]
    held_at = sorted((member.last_at for member in members), reverse=True)[enough - 1]
    peak = max(count, before.peak) if before.since else count
    held = GatheringSeen(
        stays=now.stays,
        queue=now.queue,
        last_at=now.last_at,
        since=since,
        held_at=max(held_at, before.held_at or held_at),
        count=count,
        peak=peak,
    )
    return held, Cause(known=True, since=since, until=held.held_at)


def _crowd_detail(rule: Crowd, seen: GatheringSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"count": seen.count, "peak": seen.peak, "limit": rule.count, "crowded_s": lasted(moment)}


def _queue_detail(rule: QueueLength, seen: GatheringSeen, moment: Moment) -> Mapping[str, DetailValue]:
    longest = max((moment.at - one.since for one in seen.queue.values()), default=moment.at - moment.started_at)
    return {"vehicles": seen.count, "peak": seen.peak, "limit": rule.vehicles, "longest_s": seconds(longest)}
