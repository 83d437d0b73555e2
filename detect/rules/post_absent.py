"""`post.absent`: nobody stands at a guarded post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from config.model import Label, Post
from detect.messages import DetailValue, Presence, Scene, Track
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Cause, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSeen:
    """What was seen of the post so far."""

    presence: Presence = Presence.UNKNOWN
    last_at: datetime | None = None  # the newest scene of which something could be said
    vacant_since: datetime | None = None  # nobody certain is there since then; None while somebody is
    entered_at: datetime | None = None  # somebody entered then, seen once and not yet certain


def post_absent(post: Post, subject: Subject) -> TimedRule[PostSeen]:
    """The rule for one post."""
    return TimedRule(subject, PostSeen(), partial(look, post.zone), partial(_detail, post))


def look(zone: str, seen: PostSeen, scene: Scene) -> tuple[PostSeen, Cause]:
    """Who is at the post now. Somebody counts once seen there in two analysed frames, from the first of them on."""
    if scene.blind:
        return replace(seen, presence=Presence.UNKNOWN), Cause.unknown()
    at = scene.captured_at
    there = [track for track in scene.occupancy.get(zone, ()) if _stands(track, at)]
    if not there:
        vacant_since = seen.vacant_since or at
        now = PostSeen(presence=Presence.ABSENT, last_at=at, vacant_since=vacant_since)
        return now, Cause(known=True, since=vacant_since)
    entered_at = seen.entered_at or min(_entered_at(track, seen.last_at, at) for track in there)
    if seen.vacant_since is None or entered_at < at:
        return PostSeen(presence=Presence.PRESENT, last_at=at), Cause(known=True, ended_at=entered_at)
    maybe_until = seen.last_at  # if he is certain in the next frame, the post was empty no longer than this
    return replace(seen, last_at=at, entered_at=entered_at), Cause(
        known=True, since=seen.vacant_since, until=maybe_until
    )


def _stands(track: Track, at: datetime) -> bool:
    """Whether somebody was detected there in this very frame: a lost track guards nothing."""
    return track.label is Label.PERSON and track.last_seen_at == at


def _entered_at(track: Track, last_at: datetime | None, at: datetime) -> datetime:
    """A new track was already there in the frame that began it, which no scene shows; an old one has just come in."""
    return track.first_seen_at if last_at is None or track.first_seen_at >= last_at else at


def _detail(post: Post, _seen: PostSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"absent_s": lasted(moment), "min_guards": post.min_guards}
