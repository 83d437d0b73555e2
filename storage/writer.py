"""The work of the `evidence-writer` thread: snapshots, clips and manifests on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from storage.clip import Clip, unbroken
from storage.errors import EvidenceError
from storage.files import fingerprint, write_whole
from storage.finishing import abandon_clip, finish_clip, recover
from storage.manifest import PART, SNAPSHOT, ClipEntry, ClipState, FileEntry, Manifest
from storage.manifest import write as write_manifest
from storage.snapshot import Shot, as_jpeg, draw

if TYPE_CHECKING:
    from detect.messages import Event
    from ingest.messages import Packet
    from storage.metrics import EvidenceMetrics

log = structlog.get_logger()
Clock = Callable[[], datetime]
GRACE = timedelta(seconds=5)  # how long after its end a clip waits for a packet that says so


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opening:
    """Begin the evidence of one event."""

    event: Event
    folder: str  # relative to the root
    shot: Shot | None
    pre_roll: tuple[Packet, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One more packet for the open clips of its camera."""

    packet: Packet
    after_gap: bool  # packets before it were dropped


Request = Opening | Feed


@dataclass(slots=True, eq=False)
class OpenClip:
    """A clip that still grows, and what is to be said of it."""

    clip: Clip
    folder: Path
    manifest: Manifest


class EvidenceWriter:
    """Handles requests one after the other. Used by one thread; no error of the disk leaves it."""

    def __init__(
        self,
        root: Path,
        metrics: EvidenceMetrics,
        *,
        clock: Clock,
        zone_info: tzinfo,
        ended: Callable[[str], None],  # called with the camera of every clip that takes no more packets
    ) -> None:
        self._root = root
        self._metrics = metrics
        self._clock = clock
        self.zone_info = zone_info  # read with each snapshot
        self._ended = ended
        self._open: dict[str, list[OpenClip]] = {}  # by camera

    def recover(self) -> None:
        """Finish the clips that an earlier process left behind."""
        for finished in recover(self._root):
            if finished:
                self._metrics.recovered.inc()
            else:
                self._metrics.errors.inc()

    def handle(self, request: Request) -> None:
        """Do what is asked. A mistake of ours ends one request, not the evidence of all cameras."""
        try:
            if isinstance(request, Opening):
                self._begin(request)
            else:
                self._feed(request)
        except Exception:
            self._metrics.errors.inc()
            log.exception("evidence failed")
            if isinstance(request, Opening) and not self._is_open(request):
                self._ended(request.event.camera)  # or that camera's packets would be queued for ever

    def end_overdue(self) -> None:
        """End the clips whose camera says nothing any more."""
        late = self._clock() - GRACE
        for clip in [clip for clips in self._open.values() for clip in clips if clip.clip.until < late]:
            self._end(clip, "the camera went silent")

    def end_all(self, reason: str) -> None:
        """End every open clip where it is."""
        for clip in [clip for clips in self._open.values() for clip in clips]:
            self._end(clip, reason)

    def _begin(self, opening: Opening) -> None:
        folder = self._root / opening.folder
        manifest = _manifest(opening.event, self._write_snapshot(opening, folder))
        try:
            clip = Clip(folder / PART, until=opening.until)
            write_manifest(folder, manifest)
        except EvidenceError as error:
            self._report(error, opening.event)
            self._metrics.clips.labels(ClipState.MISSING).inc()
            self._ended(opening.event.camera)
            return
        entry = OpenClip(clip, folder, manifest)
        self._open.setdefault(opening.event.camera, []).append(entry)
        self._metrics.open_clips.inc()
        for packet in unbroken(opening.pre_roll):
            if not self._add(entry, packet):
                break

    def _is_open(self, opening: Opening) -> bool:
        folder = self._root / opening.folder
        return any(clip.folder == folder for clip in self._open.get(opening.event.camera, ()))

    def _write_snapshot(self, opening: Opening, folder: Path) -> dict[str, FileEntry]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if opening.shot is None:
                return {}
            jpeg = as_jpeg(draw(opening.shot, opening.event, self.zone_info))
            write_whole(folder / SNAPSHOT, jpeg)
            written = FileEntry(sha256=fingerprint(folder / SNAPSHOT), bytes=len(jpeg))
        except (OSError, EvidenceError) as error:
            self._report(error, opening.event)
            self._metrics.snapshots.labels("failed").inc()
            return {}
        self._metrics.snapshots.labels("written").inc()
        return {SNAPSHOT: written}

    def _feed(self, feed: Feed) -> None:
        for entry in tuple(self._open.get(feed.packet.camera, ())):
            if entry.clip.full(feed.packet):
                self._end(entry)
            elif feed.after_gap:
                self._end(entry, "packets were dropped, the disk is too slow")
            elif not entry.clip.follows(feed.packet):
                self._end(entry, "the stream began anew")
            else:
                self._add(entry, feed.packet)

    def _add(self, entry: OpenClip, packet: Packet) -> bool:
        """Append `packet`; False when the disk refused, which has ended the clip."""
        try:
            entry.clip.add(packet)
        except EvidenceError as error:
            self._report(error, entry.manifest)
            self._end(entry, str(error))
            return False
        return True

    def _end(self, entry: OpenClip, reason: str = "") -> None:
        camera = entry.manifest.camera
        self._open[camera].remove(entry)
        self._metrics.open_clips.dec()
        self._ended(camera)
        clip = self._finished(entry, reason)
        self._metrics.clips.labels(clip.state).inc()
        entry.clip.release()

    def _finished(self, entry: OpenClip, reason: str) -> ClipEntry:
        """Finish the clip. What cannot be finished now stays as it is, for the next start to try."""
        words = _last_words(entry, reason)
        try:
            if words is None:
                missing = ClipEntry(state=ClipState.MISSING, reason=reason or "no keyframe came")
                return abandon_clip(entry.folder, entry.manifest, missing)
            entry.clip.close()
            return finish_clip(entry.folder, entry.manifest, words)
        except EvidenceError as error:
            self._report(error, entry.manifest)
            return ClipEntry(state=ClipState.MISSING, reason=str(error))

    def _report(self, error: Exception, about: Event | Manifest) -> None:
        self._metrics.errors.inc()
        log.error("evidence cannot be written", camera=about.camera, rule=about.rule, error=str(error))


def _manifest(event: Event, files: dict[str, FileEntry]) -> Manifest:
    return Manifest(
        event=event.id,
        camera=event.camera,
        rule=event.rule,
        zone=event.zone,
        severity=event.severity,
        started_at=event.started_at,
        raised_at=event.captured_at,
        clip=ClipEntry(state=ClipState.RECORDING),
        files=files,
    )


def _last_words(entry: OpenClip, reason: str) -> ClipEntry | None:
    """What is to be said of the clip when it has been finished; None when nothing was ever written."""
    if entry.clip.span is None:
        return None
    begins_at, ends_at = entry.clip.span
    state = ClipState.CUT if reason else ClipState.COMPLETE
    return ClipEntry(state=state, reason=reason, begins_at=begins_at, ends_at=ends_at)
