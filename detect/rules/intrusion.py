"""`intrusion`: somebody or something stays in a zone where nobody should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from config.model import Intrusion, Label
from detect.messages import DetailValue, Scene, Track
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Cause, Moment

LEFT_AFTER = timedelta(seconds=1)  # a track not seen in the zone for longer has left it,
LEFT_FRAMES = 2  # if it was missed in as many frames: at the heartbeat one frame's slip is not a departure


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One track's stay in the zone."""

    label: Label
    entered_at: datetime
    last_at: datetime  # the newest frame it was detected in the zone
    missed: int = 0  # analysed frames since then


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSeen:
    """Who has been in the zone lately, and at the newest scene."""

    visits: dict[int, Visit] = field(default_factory=dict)  # by track id
    last_at: datetime | None = None
    inside: tuple[Label, ...] = ()  # of those in the zone, or of those who were there last


def intrusion(rule: Intrusion, subject: Subject) -> TimedRule[ZoneSeen]:
    """The rule for one zone."""
    look_at = partial(look, rule.zone, expanded(rule.classes))
    return TimedRule(subject, ZoneSeen(), look_at, _detail)


def look(zone: str, labels: frozenset[Label], seen: ZoneSeen, scene: Scene) -> tuple[ZoneSeen, Cause]:
    """Who is in the zone now; the cause began with the earliest stay that still lasts."""
    if scene.blind:
        return seen, Cause.unknown()
    at = scene.captured_at
    here = {
        track.id: track for track in scene.occupancy.get(zone, ()) if track.label in labels and track.last_seen_at == at
    }
    visits = {number: replace(visit, missed=visit.missed + 1) for number, visit in seen.visits.items()}
    visits |= {number: _visit(seen.visits.get(number), track, seen.last_at, at) for number, track in here.items()}
    stay = {number: visit for number, visit in visits.items() if not _has_left(visit, at)}
    inside = tuple(sorted(visit.label for visit in stay.values())) or seen.inside
    now = ZoneSeen(visits=stay, last_at=at, inside=inside)
    until = max((visit.last_at for visit in visits.values()), default=None)
    if not stay:
        return now, Cause(known=True, ended_at=until)
    return now, Cause(known=True, since=min(visit.entered_at for visit in stay.values()), until=until)


def _has_left(visit: Visit, at: datetime) -> bool:
    return at - visit.last_at > LEFT_AFTER and visit.missed >= LEFT_FRAMES


def _visit(known: Visit | None, track: Track, last_at: datetime | None, at: datetime) -> Visit:
    if known is not None:
        return Visit(label=track.label, entered_at=known.entered_at, last_at=at)
    new = last_at is None or track.first_seen_at >= last_at  # the frame that began it is not shown by any scene
    return Visit(label=track.label, entered_at=track.first_seen_at if new else at, last_at=at)


def _detail(seen: ZoneSeen, moment: Moment) -> Mapping[str, DetailValue]:
    classes = dict.fromkeys(label.value for label in seen.inside)
    return {"inside_s": lasted(moment), "count": len(seen.inside), "classes": ",".join(classes)}
