"""Events become occurrences: the camera's words are added, and a revision number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alerts.messages import Occurrence
from detect.messages import Phase

if TYPE_CHECKING:
    from config.model import Camera
    from detect.messages import Event

Clock = Callable[[], datetime]


class Cameras(Protocol):
    """Where a camera's words are looked up: the network's configuration."""

    def camera(self, camera_id: str) -> Camera:
        """The camera of that id; KeyError when there is none."""
        ...


class Revisions(Protocol):
    """What is remembered over restarts: the outbox."""

    def last_rev(self, event_id: str) -> int:
        """The newest revision kept of that event, 0 when there is none."""
        ...


class Occurrences:
    """Makes occurrences. Any thread may use it; the revisions of one event come in the order of the calls."""

    def __init__(self, cameras: Cameras, clock: Clock, revisions: Revisions | None = None) -> None:
        self._cameras = cameras
        self._clock = clock
        self._revisions = revisions
        self._given: dict[str, int] = {}  # open events only
        self._lock = threading.Lock()

    def from_event(self, event: Event, evidence: str = "") -> Occurrence:
        """The next revision of `event`, whose pictures stand in the folder `evidence`.

        Raises:
            OutboxUnavailable: the revisions of an earlier run cannot be read.
        """
        camera = self._cameras.camera(event.camera)
        return Occurrence(
            id=event.id,
            rev=self._next_rev(event),
            camera=camera.id,
            camera_name=camera.name,
            ring=camera.ring,
            cell=camera.cell,
            rule=event.rule,
            zone=event.zone,
            phase=event.phase,
            severity=event.severity,
            started_at=event.started_at,
            captured_at=event.captured_at,
            raised_at=self._clock(),
            detail=event.detail,
            evidence=evidence,
            position=event.position,
        )

    def _next_rev(self, event: Event) -> int:
        with self._lock:
            kept = self._revisions.last_rev(event.id) if self._revisions else 0
            rev = max(kept, self._given.get(event.id, 0)) + 1
            if event.phase is Phase.CLEARED and self._revisions:
                self._given.pop(event.id, None)  # the outbox remembers it from here on
            else:
                self._given[event.id] = rev
            return rev
