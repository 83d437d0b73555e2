"""Objects followed from frame to frame by overlap and motion alone: ByteTrack, fed with real times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from config.model import Label
from detect.classes import group_of
from detect.messages import Box, Detections, Track

KEEP_LOST = timedelta(seconds=6)  # three heartbeats: how long an unseen object may be found again
SHOW_LOST = timedelta(seconds=1)  # how long an unseen object still counts as being where it was
LEAST_OVERLAP = 0.1  # IoU; low, because a walker covers much of his own width in a third of a second
SCALE = 1000.0  # the library thinks in pixels; fractions of the picture would vanish in its noise terms
NOMINAL_HZ = 3.0  # one step of the library's motion model


class Tracker:
    """Tracks of one camera. Objects of different groups (person, vehicle, bike, ...) are never taken for each other.

    Purely a function of the calls of `update`: the same detections at the same times give the same ids.
    """

    def __init__(self, threshold: float = 0.4) -> None:
        self._threshold = threshold
        self._groups: dict[Label, _Group] = {}
        self._ids = count(1)

    def update(self, detections: Detections, captured_at: datetime) -> tuple[Track, ...]:
        """Take in what was found at `captured_at`, later than ever before; the tracks that stand now, by id."""
        for label in map(group_of, detections.labels):
            if label not in self._groups:
                self._groups[label] = _Group(self._threshold, self._ids)
        tracks = [
            track
            for label, group in self._groups.items()
            for track in group.update(_only(detections, label), captured_at)
            if captured_at - track.last_seen_at <= SHOW_LOST
        ]
        return tuple(sorted(tracks, key=lambda track: track.id))

    @property
    def busy(self) -> bool:
        """Whether any object is being followed."""
        return any(group.busy for group in self._groups.values())


class _Group:
    """The tracks of one group of classes."""

    def __init__(self, threshold: float, ids: Iterator[int]) -> None:
        self._library = ByteTrackTracker(
            lost_track_buffer=round(KEEP_LOST.total_seconds() * 30),  # the library counts it at 30 Hz
            frame_rate=NOMINAL_HZ,
            track_activation_threshold=threshold,
            high_conf_det_threshold=threshold,
            minimum_consecutive_frames=1,
            minimum_iou_threshold=LEAST_OVERLAP,
        )
        self._ids = ids
        self._began_at: datetime | None = None
        self._first_seen: WeakKeyDictionary[Any, datetime] = WeakKeyDictionary()  # by the library's own objects
        self._tracks: dict[int, Track] = {}  # by the library's id

    @property
    def busy(self) -> bool:
        return bool(self._library.tracks)

    def update(self, detections: Detections, captured_at: datetime) -> list[Track]:
        self._began_at = self._began_at or captured_at
        found = self._library.update(_for_library(detections), timestamp=(captured_at - self._began_at).total_seconds())
        self._remember_beginnings(captured_at)
        for row, library_id in zip(_rows(found), _ids(found), strict=True):
            if library_id >= 0:
                self._tracks[library_id] = self._seen(library_id, detections, row, captured_at)
        self._forget(captured_at)
        return list(self._tracks.values())

    def _remember_beginnings(self, captured_at: datetime) -> None:
        """The library names an object when it sees it a second time; when it began is remembered from the first."""
        for tracklet in self._library.tracks:
            self._first_seen.setdefault(tracklet, captured_at)

    def _seen(self, library_id: int, detections: Detections, row: int, captured_at: datetime) -> Track:
        box, score, label = _box(detections, row), float(detections.scores[row]), detections.labels[row]
        known = self._tracks.get(library_id)
        if known is not None:
            return replace(known, box=box, score=score, label=label, last_seen_at=captured_at)
        tracklet = next(one for one in self._library.tracks if one.tracker_id == library_id)
        first_seen_at = self._first_seen[tracklet]
        return Track(
            id=next(self._ids), label=label, box=box, score=score, first_seen_at=first_seen_at, last_seen_at=captured_at
        )

    def _forget(self, captured_at: datetime) -> None:
        """Drop what the library has given up; what it still looks for keeps its place in `_tracks` a little longer."""
        alive = {tracklet.tracker_id for tracklet in self._library.tracks}
        self._tracks = {key: track for key, track in self._tracks.items() if key in alive}


def _only(detections: Detections, group: Label) -> Detections:
    rows = [row for row, label in enumerate(detections.labels) if group_of(label) is group]
    return Detections(
        boxes=detections.boxes[rows],
        scores=detections.scores[rows],
        labels=tuple(detections.labels[row] for row in rows),
    )


def _for_library(detections: Detections) -> sv.Detections:
    if not len(detections):
        return sv.Detections.empty()
    return sv.Detections(
        xyxy=detections.boxes.astype(np.float64) * SCALE,
        confidence=detections.scores.astype(np.float64),
        data={"row": np.arange(len(detections))},
    )


def _rows(found: sv.Detections) -> list[int]:
    return [int(row) for row in found.data["row"]] if len(found) else []


def _ids(found: sv.Detections) -> list[int]:
    return [] if found.tracker_id is None else [int(number) for number in found.tracker_id]


def _box(detections: Detections, row: int) -> Box:
    x0, y0, x1, y1 = (float(value) for value in detections.boxes[row])
    return x0, y0, x1, y1
