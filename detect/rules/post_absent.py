"""`post.absent`: nobody stands at a guarded post."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from config.model import Post
from detect.messages import DetailValue
from detect.rules.headcount import PostSeen, look
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Moment

__all__ = ["PostSeen", "post_absent"]


def post_absent(post: Post, subject: Subject) -> TimedRule[PostSeen]:
    """The rule for one post."""
    return TimedRule(subject, PostSeen(), partial(look, post.zone, 1), partial(_detail, post))


def _detail(post: Post, _seen: PostSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"absent_s": lasted(moment), "min_guards": post.min_guards}
