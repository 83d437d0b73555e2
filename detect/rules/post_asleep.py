"""`post.asleep`: somebody at a guarded post has not moved, beyond breathing, for too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from config.model import Label, Post
from detect.messages import DetailValue, Scene, Stay, Track
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Cause, Moment

RESUMES = timedelta(seconds=6), timedelta(seconds=60)  # without a look for so long, and no longer: as at a restart
SETTLES = timedelta(seconds=3)  # who is still within so long after that, is he who was still before


@dataclass(frozen=True, slots=True, kw_only=True)
class AsleepSeen:
    """Who has been still the longest, known by nothing but since when."""

    since: datetime | None = None  # since then; None while nobody is still
    there_at: datetime | None = None  # the newest scene with him in the zone
    unclear_at: datetime | None = None  # the newest scene of which nothing could be said
    blind_at: datetime | None = None  # the newest scene without a picture that could be judged
    looked_at: datetime | None = None  # the newest scene that showed anything
    resumed_at: datetime | None = None  # the first such scene after a time without any
    present: int = 0  # people in the zone


def post_asleep(post: Post, subject: Subject) -> TimedRule[AsleepSeen]:
    """The rule for one post."""
    return TimedRule(subject, AsleepSeen(), partial(look, post.zone), _detail)


def look(zone: str, seen: AsleepSeen, scene: Scene) -> tuple[AsleepSeen, Cause]:
    """Who is still now. It stays the same one until he moves or leaves: whoever is still too has a time of his own."""
    at = scene.captured_at
    people = [stay for stay in scene.stays.get(zone, ()) if stay.track.label is Label.PERSON]
    if scene.blind:
        return replace(seen, unclear_at=at, blind_at=at), Cause.unknown()
    now = replace(seen, present=len(people), looked_at=at)
    if seen.since is not None:
        if seen.looked_at is not None and RESUMES[0] < at - seen.looked_at <= RESUMES[1]:
            now = replace(now, resumed_at=at)  # of who is there now all that was known may have been lost
        return _watched(now, seen.since, people, scene.glimpses.get(zone, ()), at)
    times = [since for stay in people if _is_watched(stay, at) and (since := _still_since(stay, seen)) < at]
    if not times:
        doubtful = any(not _is_watched(stay, at) for stay in people)
        return (replace(now, unclear_at=at), Cause.unknown()) if doubtful else (now, Cause(known=True))
    return replace(now, since=min(times), there_at=at), Cause(known=True, since=min(times))


def _watched(
    now: AsleepSeen, since: datetime, people: list[Stay], newcomers: tuple[Track, ...], at: datetime
) -> tuple[AsleepSeen, Cause]:
    """Whether the one who is still since `since` still is."""
    if now.resumed_at == at and not people and newcomers:
        return replace(now, unclear_at=at), Cause.unknown()
    limit = max(since, now.resumed_at + SETTLES) if now.resumed_at else since
    same = [stay for stay in people if _still_since(stay) <= limit]
    if watched := [stay for stay in same if _is_watched(stay, at)]:
        known = (_known_since(stay, now) for stay in watched)
        known_since = min((time for time in known if time is not None), default=None)
        return replace(now, there_at=at), Cause(known=True, since=since, known_since=known_since)
    if same:
        return replace(now, unclear_at=at), Cause.unknown()
    moved = [stay.track.moved_at for stay in people if stay.track.moved_at is not None]
    ended_at = at if at in moved else now.there_at
    return replace(now, since=None, there_at=None, resumed_at=None), Cause(known=True, ended_at=ended_at)


def _is_watched(stay: Stay, at: datetime) -> bool:
    """Whether it can be told of him now whether he moves."""
    return stay.track.watched_at == at and stay.track.moved_at is not None


def _still_since(stay: Stay, seen: AsleepSeen | None = None) -> datetime:
    """Since when somebody has neither moved nor come; of `seen`, unclear time before does not count."""
    times = [stay.entered_at, stay.track.moved_at, (_known_since(stay, seen) or seen.unclear_at) if seen else None]
    return max(time for time in times if time is not None)


def _known_since(stay: Stay, seen: AsleepSeen) -> datetime | None:
    """Since when it is known without a break whether somebody moves: a later look may have explained unclear ones."""
    times = [stay.track.watched_since, seen.blind_at]
    return max(time for time in times if time is not None) if times[0] else None


def _detail(seen: AsleepSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"still_s": lasted(moment), "present": seen.present}
