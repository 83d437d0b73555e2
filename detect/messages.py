"""What detection hands to alerts, storage and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from config.model import Label, Severity
from ingest.messages import CameraState, Position

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Box",
    "DetailValue",
    "Detections",
    "Event",
    "Phase",
    "Place",
    "Position",
    "Presence",
    "Scene",
    "Spans",
    "Track",
    "Weeks",
    "WindowCount",
]

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 as fractions of the picture, origin top left
DetailValue = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """What a detector found in one picture, strongest first."""

    boxes: NDArray[np.float32]  # (n, 4): x0, y0, x1, y1 as fractions of the picture, within 0..1
    scores: NDArray[np.float32]  # (n,): 0..1
    labels: tuple[Label, ...]  # n

    @classmethod
    def none(cls) -> Detections:
        """Nothing found."""
        return cls(boxes=np.empty((0, 4), np.float32), scores=np.empty(0, np.float32), labels=())

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One object followed through time by overlap and motion alone; its id means nothing outside its camera."""

    id: int
    label: Label
    box: Box
    score: float
    first_seen_at: datetime  # UTC, captured_at of the frame that began it
    last_seen_at: datetime  # UTC, captured_at of the newest frame it was detected in, or was certainly there
    moved_at: datetime | None = None  # UTC, when its pixels or its box last moved; None where nobody asked
    watched_at: datetime | None = None  # UTC, the newest frame in which it could be told whether it moves
    watched_since: datetime | None = None  # UTC, from when to `watched_at` it is known without a break; None: not known
    first_box: Box | None = None  # where it was at `first_seen_at`, before it was a track
    leapt_from: tuple[datetime, Box] | None = None  # the look before that, and where it was, of one who runs
    borne_out: bool = True  # False: the detector claims somebody, and the picture there is as it is without him


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One track's stay in one zone. Who steps out, or is missed, for a moment has not left."""

    track: Track
    entered_at: datetime  # UTC, the first frame it was in the zone
    inside_at: datetime  # UTC, the newest one
    outside_at: datetime | None = None  # UTC, the first frame after that in which it was plainly seen outside the zone
    walked_out: bool = False  # it has been seen to leave: it is not hidden, whatever comes before the zone now


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A small region of a fixed picture that is not as it was, and stays so: a thing lies there, or no longer does."""

    box: Box
    lies: float  # how clearly one look shows that it lies there now; under 0: that it lay there before
    since: datetime  # UTC, when it was first seen so
    looked_at: datetime  # UTC, of that look: one is told again until there is another


class Presence(StrEnum):
    """What is known of a zone. `unknown` accuses nobody and clears nobody."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Who and what is where at one instant of one camera."""

    camera: str
    captured_at: datetime  # UTC
    tracks: tuple[Track, ...]
    occupancy: Mapping[str, tuple[Track, ...]]  # zone name -> the tracks whose anchor point stands in it
    blind: str = ""  # why nothing can be said of this instant (no picture, frozen, ...); empty when it can
    state: CameraState = CameraState.LIVE  # of the camera, which is what makes it blind, or the detector does
    state_since: datetime | None = None  # UTC, since when the picture is so; None where that is not known
    stays: Mapping[str, tuple[Stay, ...]] = field(default_factory=dict)  # zone name -> who is in it, with inertia
    glimpses: Mapping[str, tuple[Track, ...]] = field(default_factory=dict)  # zone name -> what is in it in this frame
    # for the first time: a mistake perhaps, so not yet a track
    hidden: frozenset[str] = frozenset()  # zones in which a vehicle stands before somebody who was just there
    differing: tuple[Box, ...] = ()  # what differs from the empty picture, largest first, whatever it is
    changes: tuple[Change, ...] | None = ()  # of the ground, where a rule asks for them; None: nothing can be said


class Phase(StrEnum):
    """Where an event stands."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A rule's finding: begins, goes on, clears."""

    id: str  # "ev-" + hash of camera, rule, zone and start: the same finding has the same id everywhere
    camera: str
    rule: str  # "post.absent", "intrusion"
    zone: str  # zone name; "" when the rule is about the whole picture
    phase: Phase
    started_at: datetime  # UTC, when the cause began
    captured_at: datetime  # UTC, when this phase became true: start + the rule's time, never the frame that noticed
    severity: Severity
    detail: Mapping[str, DetailValue] = field(default_factory=dict)  # per rule, see docs/RULES.md
    position: Position | None = None  # where the camera was, if it moves and that is known


Spans = tuple[tuple[datetime, datetime], ...]  # first and last moment of each, both included
Weeks = tuple[tuple[int, ...], ...]  # the counts of each span, in the order of time


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is counted where: one camera's one zone (or picture), one class, windows of one length."""

    camera: str
    zone: str  # "" for the whole picture
    label: Label
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """How many were counted in one whole window."""

    place: Place
    begins_at: datetime  # UTC
    count: int
