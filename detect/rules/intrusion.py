"""`intrusion` and `guard_gap`: somebody or something stays in a zone where nobody should be, ever or at that hour."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from config.model import GuardGap, Intrusion, Label
from detect.messages import DetailValue, Scene
from detect.rules.classes import expanded
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.stays import Patience, Stay, Where, continued
from detect.rules.timer import Cause, Moment

MOMENT = timedelta(seconds=1)
PATIENCE = Patience(away=MOMENT, hidden=timedelta(seconds=3), at_edge=MOMENT, renumbered=MOMENT)  # a car passes him


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneSeen:
    """Who has been in the zone lately, and at the newest scene."""

    stays: dict[int, Stay] = field(default_factory=dict)  # by track id
    last_at: datetime | None = None
    inside: tuple[Label, ...] = ()  # of those in the zone, or of those who were there last


def intrusion(rule: Intrusion | GuardGap, subject: Subject) -> TimedRule[ZoneSeen]:
    """The rule for one zone."""
    look_at = partial(look, rule.zone, expanded(rule.classes), rule.dwell)
    return TimedRule(subject, ZoneSeen(), look_at, _detail)


def look(zone: str, labels: frozenset[Label], dwell: timedelta, seen: ZoneSeen, scene: Scene) -> tuple[ZoneSeen, Cause]:
    """Who is in the zone now; the cause is one stay's, and it lasts while any does."""
    if scene.blind:
        return seen, Cause.unknown()
    stays, left = continued(seen.stays, Where(zone, labels), scene, seen.last_at, PATIENCE)
    there = tuple(sorted(stay.label for stay in stays.values())) or seen.inside
    now = ZoneSeen(stays=stays, last_at=scene.captured_at, inside=there)
    if not stays:
        return now, Cause(known=True, ended_at=max((stay.last_at for stay in left), default=None))
    first = _earliest(stays.values(), dwell)
    return now, Cause(known=True, since=first.entered_at, until=first.last_at)


def _earliest(stays: Collection[Stay], dwell: timedelta) -> Stay:
    """Of those who have been there for long enough, else of all: two who come one after the other are not one."""
    long = [stay for stay in stays if stay.last_at - stay.entered_at >= dwell]
    return min(long or stays, key=lambda stay: stay.entered_at)


def _detail(seen: ZoneSeen, moment: Moment) -> Mapping[str, DetailValue]:
    classes = dict.fromkeys(label.value for label in seen.inside)
    return {"inside_s": lasted(moment), "count": len(seen.inside), "classes": ",".join(classes)}
