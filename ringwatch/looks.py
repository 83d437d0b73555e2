"""Whether each camera is looked at as often as its rules need.

Timers stand still between looks that lie more than two heartbeats apart (and 2.5 s): a detector that does not keep up,
or a stream that brings a picture now and then, would keep every one of them from ever running out, and the camera would
look well.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from detect.rules.timer import longest_gap
from ingest.messages import SET_BACK, CameraState, CameraStatus

if TYPE_CHECKING:
    from config.model import Camera

GRACE = timedelta(seconds=30)  # from a camera's first picture on nothing counts: all of them begin at once
LATE_FOR = timedelta(seconds=30)  # looks too far apart make up so much more time than those in time: it is told
LATE_LOOKS = 3  # ... and are so many at least, whatever the heartbeat: one long pause of the machine is none
TOO_SELDOM = "it is looked at every"  # a reason's beginning
BRIEF = timedelta(seconds=30)  # a stream that stalls for less, again and again, brings its pictures too seldom
FEWEST, SHARE = 2, 0.25  # of the cameras that are to be looked at: with fewer late, the worker is well


class Pace:
    """One camera's looks, by when their pictures were captured. One thread tells it, any may ask."""

    def __init__(self, heartbeat: timedelta) -> None:
        self._gap = longest_gap(heartbeat)  # as the rules have it
        self._limit = max(LATE_FOR, LATE_LOOKS * self._gap)
        self._counts_from: datetime | None = None
        self._looked_at: datetime | None = None  # or until when no look was due
        self._behind = timedelta()  # time between looks that lie too far apart, less that between others
        self.is_due = False  # the next look is, within a heartbeat
        self.apart = timedelta()  # the two looks that lay too far apart last
        self.late_since: datetime | None = None

    def note(self, at: datetime, *, looked: bool, watched: bool) -> None:
        """A picture of `at` was analysed: whether it was looked at closely, and the next is to be in a heartbeat."""
        before = self._looked_at
        if before is None or at < before - SET_BACK:
            self._counts_from, self._looked_at = at + GRACE, at
        elif at > before and (looked or not self.is_due):
            self._count(at - before, at)
            self._looked_at = at
        self.is_due = watched

    def _count(self, apart: timedelta, at: datetime) -> None:
        if self._counts_from is None or at < self._counts_from:
            return
        counted = min(apart, self._limit / LATE_LOOKS)
        if self.is_due and apart > self._gap:
            self.apart = apart
            self._behind = min(self._behind + counted, self._limit)
            if self._behind >= self._limit:
                self.late_since = self.late_since or at
        else:
            self._behind = max(self._behind - counted, timedelta())
            if not self._behind:
                self.late_since = None


class Looks:
    """Those of a worker's cameras. The analysis thread tells it; the report asks as well."""

    def __init__(self) -> None:
        self._paces: dict[str, Pace] = {}  # never changed, but replaced

    def note(self, camera: Camera, at: datetime, *, looked: bool, watched: bool) -> None:
        """As in `Pace`, of one camera."""
        if camera.id not in self._paces:
            self._paces = self._paces | {camera.id: Pace(camera.heartbeat)}
        self._paces[camera.id].note(at, looked=looked, watched=watched)

    def forget(self, camera: str) -> None:
        """It is no longer there, or begins anew."""
        self._paces = {name: pace for name, pace in self._paces.items() if name != camera}

    def look_at(self, status: CameraStatus, now: datetime) -> CameraStatus:
        """How a camera is told to stand at `now`, its stream being so; while nothing comes it misses no look."""
        is_brief = status.state is CameraState.STALLED and now - status.since < BRIEF
        if status.camera in self._paces and not is_brief and status.state not in {CameraState.LIVE, CameraState.LATE}:
            self.forget(status.camera)
        return self.told(status)

    def told(self, status: CameraStatus) -> CameraStatus:
        """How a camera is told to stand, its stream being so: late where its looks are."""
        pace = self._paces.get(status.camera)
        if pace is None or pace.late_since is None or status.state not in {CameraState.LIVE, CameraState.STALLED}:
            return status
        reason = f"{TOO_SELDOM} {pace.apart.total_seconds():.0f} s"
        return replace(status, state=CameraState.LATE, since=pace.late_since, reason=reason)

    @property
    def problem(self) -> str:
        """What is wrong where many are late, in words; else ""."""
        due = [pace for pace in self._paces.values() if pace.is_due or pace.late_since is not None]
        apart_s = [pace.apart.total_seconds() for pace in due if pace.late_since is not None]
        if len(apart_s) < FEWEST or len(apart_s) < SHARE * len(due):
            return ""
        return f"{len(apart_s)} of {len(due)} cameras are looked at too seldom, every {median(apart_s):.0f} s"
