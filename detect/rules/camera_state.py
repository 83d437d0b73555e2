"""`camera.*`: something is wrong with a camera's stream or its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from detect.messages import DetailValue, Scene
from detect.rules.rule import Subject, TimedRule, lasted
from detect.rules.timer import Cause, Moment
from ingest.messages import PICTURE_STATES, CameraState

STREAM_STATES = (CameraState.OFFLINE, CameraState.STALLED, CameraState.UNDECODABLE, CameraState.LATE)
WATCHED = (*STREAM_STATES, *sorted(PICTURE_STATES))
STREAM_RULES = frozenset(f"camera.{state}" for state in STREAM_STATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSeen:
    """Since when the camera has been in the state."""

    since: datetime | None = None
    why: str = ""
    stopped_at: datetime | None = None  # of `offline`: since when its packets have stopped, if it has stalled


def camera_state(state: CameraState, subject: Subject) -> TimedRule[StateSeen]:
    """The rule for one state."""
    return TimedRule(subject, StateSeen(), partial(look, state), _detail)


def look(state: CameraState, seen: StateSeen, scene: Scene) -> tuple[StateSeen, Cause]:
    """Whether the camera is in `state`. Of a picture nothing can be said while none comes."""
    if scene.state is state:
        began_at = scene.state_since if state in PICTURE_STATES else None
        since = seen.since or began_at or seen.stopped_at or scene.captured_at
        return StateSeen(since=since, why=scene.blind), Cause(known=True, since=since)
    if state is CameraState.OFFLINE and scene.state is CameraState.STALLED:
        # If it does not come back, nothing has come since now: not since the first try to connect that failed.
        return StateSeen(stopped_at=seen.stopped_at or scene.captured_at), Cause(known=True)
    if _hides(scene.state, state):
        return seen, Cause.unknown()
    return StateSeen(), Cause(known=True, ended_at=_end(state, seen, scene))


def _end(state: CameraState, seen: StateSeen, scene: Scene) -> datetime | None:
    """When a picture's state ended, which is believed some looks later; a stream's is known at once."""
    if state not in PICTURE_STATES or seen.since is None or scene.state_since is None:
        return None
    return scene.state_since if scene.state_since > seen.since else None


def _hides(now: CameraState, asked: CameraState) -> bool:
    """Whether a camera in the state `now` can be in the state `asked` without anybody's knowing."""
    if now is CameraState.CONNECTING:
        return True
    if asked is CameraState.OFFLINE:
        return False
    return now in STREAM_STATES and now is not CameraState.LATE


def _detail(seen: StateSeen, moment: Moment) -> Mapping[str, DetailValue]:
    return {"for_s": lasted(moment), "reason": seen.why}
