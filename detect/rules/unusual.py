"""`unusual`: many more, or many fewer, than this camera counts at this hour of the week.

Who is counted is who was in the zone in a window of the clock: each stay once, however the tracker numbers it. More
than usual is told at the moment it is exceeded, fewer at the window's end; it is over at the end of a usual window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from config.model import Label, Unusual
from detect.baseline import Baseline, Usual, same_hours, usual, window_begin
from detect.messages import DetailValue, Place, Scene, WindowCount
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule, seconds
from detect.rules.stays import Patience, Stay, Where, continued
from detect.rules.timer import NOTHING, Cause, Moment

# Through a door one comes a few seconds after the other, and where he was last seen: that is another.
PATIENCE = Patience(away=timedelta(seconds=2), hidden=timedelta(seconds=2))
BLIND_SHARE = 0.05  # a window of which more than this is unknown says nothing, and is not learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is counted, and against what."""

    places: tuple[Place, ...]  # one a class
    zone_info: ZoneInfo
    gap: timedelta  # scenes further apart than this leave the time between them unknown
    baseline: Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A count that is not usual, and in which window."""

    label: Label
    count: int
    usual: Usual
    begins_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualSeen:
    """The present window so far, and what was found."""

    begins_at: datetime | None = None  # of the window
    stays: dict[int, Stay] = field(default_factory=dict)  # by track id
    gone: dict[Label, int] = field(default_factory=dict)  # stays of this window that have ended, by asked class
    usual: dict[Label, Usual] = field(default_factory=dict)  # as far as it is known
    asked: bool = False  # the baseline has answered for this window
    unknown: timedelta = NOTHING  # of this window
    last_at: datetime | None = None  # the newest scene
    last_known: bool = False  # ... and whether anything could be said of it
    looked_at: datetime | None = None  # the newest scene of which something could be said
    since: datetime | None = None  # since then it is unusual
    ended_at: datetime | None = None  # it was so until then
    exceeded: bool = False  # this window has had more than usual already
    finding: Finding | None = None  # the newest


def unusual(rule: Unusual, subject: Subject, baseline: Baseline) -> TimedRule[UnusualSeen]:
    """The rule for one zone, or for the whole picture."""
    places = tuple(
        Place(camera=subject.camera, zone=rule.zone, label=label, window=rule.window) for label in rule.classes
    )
    watch = Watch(places=places, zone_info=subject.zone_info, gap=subject.timing.gap, baseline=baseline)
    return TimedRule(subject, UnusualSeen(), partial(look, watch), partial(_detail, watch), takes_quiet=True)


def look(watch: Watch, seen: UnusualSeen, scene: Scene) -> tuple[UnusualSeen, Cause]:
    """Count who is there, close the windows that are over, and compare."""
    at, known = scene.captured_at, not scene.blind
    begins_at = window_begin(at, watch.places[0].window, watch.zone_info)
    if begins_at != seen.begins_at:
        seen = _begun(_closed(watch, seen, at, known=known), begins_at)
    seen = _timed(watch, seen, at, known=known)
    if not known:
        return seen, Cause.unknown()
    seen = _compared(watch, _counted(watch, seen, scene), at)
    return seen, Cause(known=True, since=seen.since, ended_at=seen.ended_at)


def _timed(watch: Watch, seen: UnusualSeen, at: datetime, *, known: bool) -> UnusualSeen:
    """The time since the newest scene, or since the window began, has been watched or not."""
    return replace(seen, unknown=seen.unknown + _lost(watch, seen, at, at, known=known), last_at=at, last_known=known)


def _lost(watch: Watch, seen: UnusualSeen, until: datetime, at: datetime, *, known: bool) -> timedelta:
    """How much of the present window until `until` is unknown since the newest scene; the next one is at `at`."""
    assert seen.begins_at is not None  # noqa: S101 - a window has begun
    if seen.last_at is not None and seen.last_known and known and at - seen.last_at <= watch.gap:
        return NOTHING
    begin = max(seen.begins_at, seen.last_at) if seen.last_at else seen.begins_at
    return max(NOTHING, until - begin)


def _begun(seen: UnusualSeen, begins_at: datetime) -> UnusualSeen:
    """The state at the beginning of a window, before its first scene."""
    return replace(seen, begins_at=begins_at, gone={}, usual={}, asked=False, unknown=NOTHING, exceeded=False)


def _closed(watch: Watch, seen: UnusualSeen, at: datetime, *, known: bool) -> UnusualSeen:
    """The state after the present window: it is learnt and judged, if it was watched."""
    if seen.begins_at is None:
        return seen
    window = watch.places[0].window
    ends_at = seen.begins_at + window
    lost = seen.unknown + _lost(watch, seen, min(ends_at, at), at, known=known)
    if lost > BLIND_SHARE * window:
        return seen
    counts = {place.label: _count(seen, place.label) for place in watch.places}
    for place in watch.places:
        watch.baseline.learn(WindowCount(place=place, begins_at=seen.begins_at, count=counts[place.label]))
    return _judged(_asked(watch, seen), counts, ends_at)


def _judged(seen: UnusualSeen, counts: Mapping[Label, int], ends_at: datetime) -> UnusualSeen:
    """What a whole window says: fewer than usual, or as usual. That there were more has been told already."""
    fewer = _worst(seen, ((label, count) for label, count in counts.items() if _is_few(seen, label, count)))
    if fewer is not None:
        return replace(seen, finding=fewer, since=seen.since or ends_at, ended_at=None)
    if seen.exceeded or not seen.usual:
        return seen
    return replace(seen, since=None, ended_at=ends_at)


def _counted(watch: Watch, seen: UnusualSeen, scene: Scene) -> UnusualSeen:
    labels = frozenset().union(*(expanded((place.label,)) for place in watch.places))
    where = Where(watch.places[0].zone, labels)
    stays, left = continued(seen.stays, where, scene, seen.looked_at, PATIENCE)
    gone = {
        place.label: seen.gone.get(place.label, 0) + sum(_is_counted(seen, stay, place.label) for stay in left)
        for place in watch.places
    }
    return replace(seen, stays=stays, gone=gone, looked_at=scene.captured_at)


def _is_counted(seen: UnusualSeen, stay: Stay, label: Label) -> bool:
    """Whether somebody was there in the present window."""
    return seen.begins_at is not None and stay.last_at >= seen.begins_at and stay.label in expanded((label,))


def _count(seen: UnusualSeen, label: Label) -> int:
    return seen.gone.get(label, 0) + sum(_is_counted(seen, stay, label) for stay in seen.stays.values())


def _compared(watch: Watch, seen: UnusualSeen, at: datetime) -> UnusualSeen:
    """Whether there are more than usual already."""
    seen = _asked(watch, seen)
    counts = ((place.label, _count(seen, place.label)) for place in watch.places)
    more = _worst(seen, ((label, count) for label, count in counts if _is_many(seen, label, count)))
    if more is None:
        return seen
    since = seen.since or _exceeded_at(seen, more.label, at)
    return replace(seen, finding=more, since=since, ended_at=None, exceeded=True)


def _asked(watch: Watch, seen: UnusualSeen) -> UnusualSeen:
    """The state with what is usual in its window, if the baseline has an answer."""
    if seen.asked or seen.begins_at is None:
        return seen
    spans = same_hours(seen.begins_at, watch.zone_info)
    answers = {place.label: watch.baseline.weeks(place, spans) for place in watch.places}
    known = {label: usual(weeks) for label, weeks in answers.items() if weeks is not None}
    return replace(
        seen,
        asked=len(known) == len(answers),
        usual={label: found for label, found in known.items() if found is not None},
    )


def _is_many(seen: UnusualSeen, label: Label, count: int) -> bool:
    return label in seen.usual and count > seen.usual[label].most


def _is_few(seen: UnusualSeen, label: Label, count: int) -> bool:
    return label in seen.usual and count < seen.usual[label].least


def _worst(seen: UnusualSeen, found: Iterable[tuple[Label, int]]) -> Finding | None:
    """The finding whose count is farthest from what is usual, in proportion."""
    assert seen.begins_at is not None  # noqa: S101 - a window has begun
    findings = [
        Finding(label=label, count=count, usual=seen.usual[label], begins_at=seen.begins_at) for label, count in found
    ]
    return max(findings, key=lambda one: abs(one.count - one.usual.middle) / (one.usual.middle + 1), default=None)


def _exceeded_at(seen: UnusualSeen, label: Label, at: datetime) -> datetime:
    """When the last of those came with whom they are more than usual."""
    assert seen.begins_at is not None  # noqa: S101 - a window has begun
    came = (stay.entered_at for stay in seen.stays.values() if _is_counted(seen, stay, label))
    return min(at, max((*came, seen.begins_at)))


def _detail(watch: Watch, seen: UnusualSeen, _moment: Moment) -> Mapping[str, DetailValue]:
    found = seen.finding
    assert found is not None  # noqa: S101 - nothing is told without one
    local = found.begins_at.astimezone(watch.zone_info)
    return {
        "class": found.label.value,
        "count": found.count,
        "unlike": "many" if found.count > found.usual.most else "few",
        "usual": found.usual.middle,
        "usual_least": found.usual.least,
        "usual_most": found.usual.most,
        "window": f"{local:%H:%M}",
        "window_s": seconds(watch.places[0].window),
        "weeks": found.usual.weeks,
        "samples": found.usual.counts,
    }
