"""`post.understaffed`: somebody stands at a guarded post, but fewer than must."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from config.model import Post
from detect.messages import DetailValue, Scene
from detect.rules.headcount import PostSeen, look, staying
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Cause, Moment


def post_understaffed(post: Post, subject: Subject) -> TimedRule[PostSeen]:
    """The rule for one post that more than one must guard."""
    return TimedRule(subject, PostSeen(), partial(look_for_few, post.zone, post.min_guards), partial(_detail, post))


def look_for_few(zone: str, needed: int, seen: PostSeen, scene: Scene) -> tuple[PostSeen, Cause]:
    """Whether fewer than `needed` are there. While nobody is, that is `post.absent`'s matter, and this rule waits."""
    now, cause = look(zone, needed, seen, scene)
    if cause.known and cause.since is not None and not staying(scene, zone):
        return now, Cause.unknown()
    return now, cause


def _detail(post: Post, seen: PostSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"understaffed_s": lasted(moment), "min_guards": post.min_guards, "present": seen.count}
