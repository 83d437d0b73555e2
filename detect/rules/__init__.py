"""The rules of one camera, made from its configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Camera, CameraHealth, LeftObject, Post, RemovedObject, RuleBase, Severity, Unusual
from detect.baseline import Baseline, Remembered
from detect.rules.camera_state import STREAM_RULES, WATCHED, StateSeen, camera_state
from detect.rules.classes import Unanswerable, unanswerable
from detect.rules.crossing import crossing
from detect.rules.fall import fall
from detect.rules.gathering import crowd, queue
from detect.rules.intrusion import intrusion
from detect.rules.loitering import loitering
from detect.rules.objects import objects
from detect.rules.post_absent import post_absent
from detect.rules.post_asleep import post_asleep
from detect.rules.post_understaffed import post_understaffed
from detect.rules.relief import relieved
from detect.rules.rule import Rule, Subject, TimedRule
from detect.rules.stopped_vehicle import stopped_vehicle
from detect.rules.timer import Timing, longest_gap
from detect.rules.unusual import unusual
from ingest.messages import CameraState

__all__ = ["STREAM_RULES", "Rule", "Unanswerable", "build", "build_watch", "evaluated", "unanswerable", "zones_of"]


SEEN_EVERY = timedelta(seconds=10)  # a camera's state is looked at every second or with every keyframe
LATE_SEEN_EVERY = timedelta(minutes=1)  # ... of one whose pictures are not analysed in time, with every one that is
MOBILE_AFTER = timedelta(minutes=2)  # vehicles drop out, and drive through tunnels
MADE: Mapping[str, Callable[[Any, Subject], TimedRule[Any]]] = {  # by the name of the rule
    "intrusion": intrusion,
    "guard_gap": intrusion,
    "loitering": loitering,
    "stopped_vehicle": stopped_vehicle,
    "crowd": crowd,
    "queue": queue,
    "line_cross": crossing,
    "wrong_way": crossing,
    "fall": fall,
}


def build(camera: Camera, zone_info: ZoneInfo, baseline: Baseline | None = None) -> tuple[Rule, ...]:
    """Every rule of `camera`, in the order of the configuration; `unusual` is measured against `baseline`."""
    return tuple(_told_apart(_rules(camera, zone_info, baseline or Remembered())))


def build_watch(camera: Camera, zone_info: ZoneInfo) -> tuple[Rule, ...]:
    """The `camera.*` rules: one a state, with the camera's own settings where it has some."""
    return tuple(_state_rules(camera, zone_info))


def evaluated(camera: Camera) -> frozenset[str]:
    """The names of the rules of `camera` that are made of its configuration, and of those that it has without."""
    return frozenset(zones_of(camera))


def zones_of(camera: Camera) -> Mapping[str, tuple[str, ...]]:
    """The zones that each rule of `camera` is about, by the rule's name; "" is none of them: a line, or the picture."""
    utc = ZoneInfo("UTC")
    found: dict[str, dict[str, None]] = {}
    for rule in (*_rules(camera, utc, Remembered()), *_state_rules(camera, utc)):
        found.setdefault(rule.subject.rule, {})[rule.subject.zone] = None
    return {rule: tuple(zones) for rule, zones in found.items()}


def _told_apart(rules: Iterable[TimedRule[Any]]) -> Iterator[TimedRule[Any]]:
    """Numbered where several of one name are about the same: what two of them find at once are two findings."""
    seen: Counter[tuple[str, str]] = Counter()
    for rule in rules:
        subject = rule.subject
        rule.subject = replace(subject, number=seen[subject.rule, subject.where])
        seen[subject.rule, subject.where] += 1
        yield rule


def _rules(camera: Camera, zone_info: ZoneInfo, baseline: Baseline) -> Iterator[TimedRule[Any]]:
    for post in camera.posts:
        yield from _post_rules(camera, post, zone_info)
    for rule in camera.rules:
        if rule.rule in MADE:
            subject = _subject(camera, rule.rule, getattr(rule, "zone", ""), rule, _own_time(rule), zone_info)
            yield MADE[rule.rule](rule, subject)
        elif isinstance(rule, LeftObject | RemovedObject):
            subject = _subject(camera, rule.rule, rule.zone, rule, rule.after, zone_info)
            yield objects(rule, subject, camera.zones[rule.zone].polygon)
        elif isinstance(rule, Unusual):
            yield unusual(rule, _subject(camera, rule.rule, rule.zone, rule, timedelta(), zone_info), baseline)


def _own_time(rule: RuleBase) -> timedelta:
    """How long a rule's cause holds before it is told; nothing where it is a moment."""
    after: timedelta = getattr(rule, "after", getattr(rule, "dwell", timedelta()))
    return after


def _post_rules(camera: Camera, post: Post, zone_info: ZoneInfo) -> Iterator[TimedRule[Any]]:
    def subject(name: str, after: timedelta) -> Subject:
        return _subject(camera, name, post.zone, post, after, zone_info)

    if post.absent_after is not None:
        yield post_absent(post, relieved(post, subject("post.absent", post.absent_after)))
    if post.asleep_after is not None:
        yield post_asleep(post, subject("post.asleep", post.asleep_after))
    if post.understaffed_after is not None and post.min_guards > 1:
        yield post_understaffed(post, relieved(post, subject("post.understaffed", post.understaffed_after)))


def _state_rules(camera: Camera, zone_info: ZoneInfo) -> Iterator[TimedRule[StateSeen]]:
    given: dict[str, CameraHealth] = {rule.rule: rule for rule in camera.rules if isinstance(rule, CameraHealth)}
    for state in WATCHED:
        if camera.mobile and state is CameraState.MOVED:
            continue
        name = f"camera.{state.value}"
        settings = _settings(name, given.get(name), mobile=camera.mobile)
        gap = LATE_SEEN_EVERY if state is CameraState.LATE else SEEN_EVERY
        timing = Timing(after=settings.after, gap=gap, realert_every=settings.realert_every)
        yield camera_state(
            state,
            Subject(camera=camera.id, rule=name, zone="", settings=settings, zone_info=zone_info, timing=timing),
        )


def _settings(name: str, given: CameraHealth | None, *, mobile: bool) -> CameraHealth:
    """As they are `given`, else the usual ones; a vehicle has its longer time where no other is given."""
    settings = given or CameraHealth.model_validate({"rule": name, "severity": Severity.MEDIUM})
    if mobile and "after" not in settings.model_fields_set:
        return settings.model_copy(update={"after": MOBILE_AFTER})
    return settings


def _subject(
    camera: Camera, name: str, zone: str, settings: RuleBase, after: timedelta, zone_info: ZoneInfo
) -> Subject:
    timing = Timing(after=after, gap=longest_gap(camera.heartbeat), realert_every=settings.realert_every)
    return Subject(camera=camera.id, rule=name, zone=zone, settings=settings, zone_info=zone_info, timing=timing)
