"""The rules of one camera, made from its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.model import Camera, Intrusion, RuleBase
from detect.rules.classes import Unanswerable, unanswerable
from detect.rules.intrusion import intrusion
from detect.rules.post_absent import post_absent
from detect.rules.rule import Rule, Subject, TimedRule
from detect.rules.timer import Timing

__all__ = ["Rule", "Unanswerable", "build", "evaluated", "unanswerable"]


def build(camera: Camera, zone_info: ZoneInfo) -> tuple[Rule, ...]:
    """Every rule of `camera` that this version evaluates, in the order of the configuration."""
    return tuple(_rules(camera, zone_info))


def evaluated(camera: Camera) -> frozenset[str]:
    """The names of the rules of `camera` that `build` makes."""
    return frozenset(rule.subject.rule for rule in _rules(camera, ZoneInfo("UTC")))


def _rules(camera: Camera, zone_info: ZoneInfo) -> Iterator[TimedRule[Any]]:
    for post in camera.posts:
        if post.absent_after is not None:
            yield post_absent(post, _subject(camera, "post.absent", post.zone, post, post.absent_after, zone_info))
    for rule in camera.rules:
        if isinstance(rule, Intrusion):
            yield intrusion(rule, _subject(camera, rule.rule, rule.zone, rule, rule.dwell, zone_info))


def _subject(
    camera: Camera, name: str, zone: str, settings: RuleBase, after: timedelta, zone_info: ZoneInfo
) -> Subject:
    timing = Timing(after=after, gap=2 * camera.heartbeat, realert_every=settings.realert_every)
    return Subject(camera=camera.id, rule=name, zone=zone, settings=settings, zone_info=zone_info, timing=timing)
