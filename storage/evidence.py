"""The pictures of alerts: a snapshot and a clip each, best effort, never in the way of the alert itself."""

from __future__ import annotations

import queue
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.messages import TEST_RULE
from storage.writer import EvidenceWriter, Feed, Opening, Request

if TYPE_CHECKING:
    from detect.messages import Event
    from ingest.messages import Packet
    from storage.metrics import EvidenceMetrics
    from storage.snapshot import Shot

log = structlog.get_logger()
Clock = Callable[[], datetime]
AROUND = timedelta(seconds=10)  # of film before and after the moment an alert is raised
BACKLOG = 4096  # requests that may wait for the disk, packets mostly
TICK_S = 0.2
OVERDUE_EVERY_S = 1.0
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


class PreRoll(Protocol):
    """The packets of one camera's last seconds (ingest's packet ring)."""

    def since(self, at: datetime) -> tuple[Packet, ...]:
        """From the keyframe at or before `at` on, oldest first."""
        ...


class EvidenceStore:
    """Snapshots and clips in `root/<day>/<event id>/`. One thread, `evidence-writer`, does all the work on the disk.

    `open` and `feed` may be called from any thread and never wait for the disk: what does not fit the backlog is
    dropped and counted. Several processes may share one root.
    """

    def __init__(
        self,
        root: Path,
        metrics: EvidenceMetrics,
        *,
        clock: Clock = lambda: datetime.now(UTC),
        zone_info: tzinfo = UTC,
        backlog: int = BACKLOG,
    ) -> None:
        self._writer = EvidenceWriter(root, metrics, clock=clock, zone_info=zone_info, ended=self._ended)
        self._metrics = metrics
        self._requests: queue.Queue[Request] = queue.Queue(maxsize=backlog)
        self._lock = threading.Lock()  # orders `open` and `feed` of a camera, so that no packet falls between them
        self._open_clips: Counter[str] = Counter()  # by camera
        self._gaps: set[str] = set()  # cameras whose newest packets were dropped
        self._stopping = threading.Event()
        self._deadline_s = float("inf")  # monotonic
        self._thread = threading.Thread(target=self._work, name="evidence-writer", daemon=True)

    def write_times_in(self, zone_info: tzinfo) -> None:
        """From now on snapshots have their times in this zone."""
        self._writer.zone_info = zone_info

    def start(self) -> None:
        """Finish what an earlier process left behind, then take requests. Returns at once."""
        self._thread.start()

    def folder_for(self, event: Event) -> str:
        """Where `event`'s files are, relative to the root: in all its phases; "" for a test, which has none."""
        if event.rule == TEST_RULE:
            return ""
        if not _SAFE_NAME.fullmatch(event.id):
            raise ValueError(f"{event.id!r} cannot name a folder")
        return f"{event.started_at.astimezone(UTC):%Y-%m-%d}/{event.id}"

    def open(self, event: Event, shot: Shot | None, pre_roll: PreRoll) -> str:
        """Begin the evidence of `event`; its folder, relative to the root. `feed` continues the clip."""
        folder = self.folder_for(event)
        with self._lock:
            packets = pre_roll.since(event.captured_at - AROUND)
            until = event.captured_at + AROUND
            if self._accepts(Opening(event=event, folder=folder, shot=shot, pre_roll=packets, until=until)):
                self._open_clips[event.camera] += 1
            else:
                log.error(
                    "evidence dropped: the disk is too slow, or the node stops", camera=event.camera, alert=event.id
                )
                self._metrics.clips.labels("dropped").inc()
                self._metrics.snapshots.labels("dropped").inc()
        return folder

    def feed(self, packet: Packet) -> None:
        """Continue the open clips of `packet`'s camera. Cheap while there are none. Call it after the ring has it."""
        camera = packet.camera
        with self._lock:
            unwanted = not self._open_clips[camera]
            if unwanted or self._accepts(Feed(packet=packet, after_gap=camera in self._gaps)):
                self._gaps.discard(camera)
            else:
                self._gaps.add(camera)
                self._metrics.dropped_packets.inc()

    @property
    def waiting(self) -> int:
        """How many requests wait for the disk."""
        return self._requests.qsize()

    def close(self, timeout_s: float) -> bool:
        """Take no more, write what waits, end open clips where they are, all within `timeout_s`; whether that worked.

        What does not get done is finished at the next start.
        """
        self._deadline_s = time.monotonic() + timeout_s
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("evidence is not written in time, the next start finishes it", waiting=self.waiting)
        return not self._thread.is_alive()

    def _accepts(self, request: Request) -> bool:
        if self._stopping.is_set():
            return False
        try:
            self._requests.put_nowait(request)
        except queue.Full:
            return False
        return True

    def _ended(self, camera: str) -> None:
        with self._lock:
            self._open_clips[camera] -= 1

    def _work(self) -> None:
        self._tidied(self._writer.recover)
        next_look_s = 0.0
        while (request := self._next()) is not None or not self._stopping.is_set():
            if request is not None:
                self._writer.handle(request)
            if time.monotonic() >= next_look_s and not self.waiting:  # what a late clip lacks may still wait here
                self._tidied(self._writer.end_overdue)
                next_look_s = time.monotonic() + OVERDUE_EVERY_S
        self._writer.end_all("the node stopped")

    def _tidied(self, work: Callable[[], None]) -> None:
        """Work that no request waits for: a mistake in it must not end the writing."""
        try:
            work()
        except Exception:
            self._metrics.errors.inc()
            log.exception("evidence is not tidied")

    def _next(self) -> Request | None:
        if time.monotonic() > self._deadline_s:
            return None
        try:
            return self._requests.get(timeout=TICK_S)
        except queue.Empty:
            return None
