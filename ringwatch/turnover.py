"""A worker's cameras change while it runs: one by one, and those that stay as they are notice nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import structlog

from config.difference import camera_changes
from ingest.supervisor import GRACE_S

if TYPE_CHECKING:
    from config.model import Camera
    from ringwatch.job import Job, Newer

log = structlog.get_logger()


class Stream(Protocol):
    """What reads one of a camera's streams: its supervisor."""

    @property
    def stream(self) -> str:
        """Which stream of which camera."""
        ...

    def request_stop(self) -> None:
        """Tell its thread to end, and do not wait."""
        ...

    def stop(self, deadline_s: float) -> bool:
        """Whether its thread has ended within so many seconds."""
        ...


class Cameras(Protocol):
    """The worker that has them."""

    def take_in(self, job: Job) -> None:
        """Go by `job` from now on, in all that is not a camera's own."""
        ...

    def streams_of(self, camera: str) -> Sequence[Stream]:
        """Who reads a camera's streams."""
        ...

    def put(self, camera: str, settings: Camera | None) -> None:
        """Watch `camera` with these settings, in the place of what is known of it; not at all where there are none."""
        ...


class Turnover:
    """Used by the analysis thread, which it never keeps waiting.

    A camera that is removed or changed is asked to end. Until its threads have come back all goes on in the old way,
    so that nothing of the old stream reaches what comes after it. The next job is begun when this one is done.
    """

    def __init__(self, job: Job, newer: Newer, cameras: Cameras, clock: Callable[[], float] = time.monotonic) -> None:
        self._job = job
        self._newer = newer
        self._cameras = cameras
        self._clock = clock
        self._leaving: dict[str, float] = {}  # by camera, monotonic: when its threads should long have come back

    def look(self) -> None:
        """Begin what is new, and finish what can be."""
        if not self._leaving and (job := self._newer.take()) is not None:
            self._begin(job)
        for name in [name for name in self._leaving if self._has_ended(name)]:
            del self._leaving[name]
            self._cameras.put(name, self._settings(name))

    def give_up_waiting(self) -> frozenset[str]:
        """Finish with the cameras whose threads do not come back; the streams that these read of cameras watched on.

        For these the worker must be replaced: two threads of one camera would tell two stories. A thread of a camera
        that is gone is left behind: it has nothing more to tell, and ends with the process.
        """
        now_s = self._clock()
        hung: set[str] = set()
        for name in [name for name, late_s in self._leaving.items() if now_s > late_s]:
            streams = {one.stream for one in self._cameras.streams_of(name) if not one.stop(0.0)}
            log.error("a camera's thread does not come back, and is left behind", streams=sorted(streams))
            del self._leaving[name]
            self._cameras.put(name, self._settings(name))
            hung |= streams if self._settings(name) is not None else set()
        return frozenset(hung)

    def _begin(self, job: Job) -> None:
        before, self._job = self._job, job
        changes = camera_changes(before.own_network, job.own_network)
        self._cameras.take_in(job)
        for name in changes.added:
            self._cameras.put(name, self._settings(name))
        for camera in before.own_cameras:
            if camera.id in {*changes.removed, *changes.changed}:
                patience_s = (2 * camera.stream.open_timeout + camera.stream.read_timeout).total_seconds() + GRACE_S
                self._leaving[camera.id] = self._clock() + patience_s
                for stream in self._cameras.streams_of(camera.id):
                    stream.request_stop()
        if changes:
            log.info(
                "cameras change",
                added=list(changes.added),
                removed=list(changes.removed),
                changed=list(changes.changed),
            )

    def _has_ended(self, camera: str) -> bool:
        return all(stream.stop(0.0) for stream in self._cameras.streams_of(camera))

    def _settings(self, name: str) -> Camera | None:
        return next((camera for camera in self._job.own_cameras if camera.id == name), None)
