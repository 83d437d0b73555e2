"""How many guard a post: what `post.absent` and `post.understaffed` have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.model import Label
from detect.messages import Presence, Scene
from detect.rules.timer import Cause

ENTERS_AFTER = timedelta(seconds=0.25)  # who was seen there for so long is there, from the first look on


@dataclass(frozen=True, slots=True, kw_only=True)
class PostSeen:
    """What was seen of the post so far."""

    presence: Presence = Presence.UNKNOWN  # of as many as there must be
    last_at: datetime | None = None  # the newest scene of which something could be said
    short_since: datetime | None = None  # since then there are certainly not enough; None while there are
    enough_at: datetime | None = None  # enough have been seen since then, not yet for long enough to be certain
    count: int = 0  # in the newest scene of which something could be said


def look(zone: str, needed: int, seen: PostSeen, scene: Scene) -> tuple[PostSeen, Cause]:
    """Whether fewer than `needed` are at the post, and since when.

    Enough are there once they have been seen there over `ENTERS_AFTER`, and then from the first of these looks on: one
    mistaken detection neither hides an absence nor clears it.
    """
    if scene.blind:
        return replace(seen, presence=Presence.UNKNOWN), Cause.unknown()
    at, here = scene.captured_at, arrivals(scene, zone)
    if len(here) < needed and zone in scene.hidden:
        return replace(seen, presence=Presence.UNKNOWN), Cause.unknown()
    if len(here) < needed:
        since = seen.short_since or at
        now = PostSeen(presence=Presence.ABSENT, last_at=at, short_since=since, count=len(here))
        return now, Cause(known=True, since=since)
    enough_at = seen.enough_at or here[needed - 1]
    if seen.short_since is None or at - enough_at >= ENTERS_AFTER:
        now = PostSeen(presence=Presence.PRESENT, last_at=at, count=len(here))
        return now, Cause(known=True, ended_at=enough_at)
    now = replace(seen, last_at=at, enough_at=enough_at, count=len(here))
    return now, Cause(
        known=True, since=seen.short_since, until=seen.last_at
    )  # if they stay, they were missing no longer


def arrivals(scene: Scene, zone: str) -> list[datetime]:
    """When each person came whom this very frame shows in `zone`, earliest first: a lost track guards nothing."""
    at = scene.captured_at
    people = [stay for stay in scene.stays.get(zone, ()) if stay.track.label is Label.PERSON and stay.inside_at == at]
    new = [track for track in scene.glimpses.get(zone, ()) if track.label is Label.PERSON]
    return sorted([*(stay.entered_at for stay in people), *(at for _ in new)])


def staying(scene: Scene, zone: str) -> bool:
    """Whether anybody is in `zone`, or has been missed there for a moment only."""
    return any(stay.track.label is Label.PERSON for stay in scene.stays.get(zone, ())) or bool(arrivals(scene, zone))
