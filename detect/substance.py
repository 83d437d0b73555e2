"""Which people are more than a claim of the detector: where they stand, the picture is not what it is without them.

A small model claims somebody for seconds at a wall with structure, where nothing has moved. Who is really there has
come, and differs from the empty picture; unless he was there when that was learned, or has stood until he was in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from config.model import Label
from detect.boxes import area, overlap, within_share
from detect.messages import Box, Track
from detect.motion import LEAST_AREA, LEAST_STEP, STILL, Motion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.model import Camera
    from detect.motion import MotionGate

SHARE = 0.1  # of a box that must differ: of a wall's next to nothing does, of a person's most, in the dark still enough
FREE = 0.5  # of a box that nobody else covers; of less it cannot be told whose it is that differs
MOST_STEP = 25.0  # levels: where more is noise, or light, somebody in dark clothes would not differ
ROWS, COLUMNS = 90, 160  # as finely as the motion gate looks
SMALL = LEAST_AREA / SHARE / (ROWS * COLUMNS)  # of the picture: that share of less is too little for the gate to tell
BEGINS, BEGINS_HEARTBEATS = timedelta(seconds=10), 3  # so long, or for so many looks, who was there already is found
REMEMBER = timedelta(minutes=10)  # so long the place is remembered where somebody was lost
SAME_PLACE, PART = 0.3, 0.75  # IoU with it; or so much of a smaller box within it, of the same one
# IoU with where he rests, and for how long: who was lost on his way, at a door, is not there any more.
RESTS, AT_REST = 0.5, timedelta(seconds=5)
SLIP = timedelta(seconds=2)  # so long one who has moved on may differ too little, or one who rests be missed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one who counts was last seen."""

    box: Box
    at: datetime
    until: datetime  # who is found there is taken for him
    proven: bool  # he has differed himself, and was not only taken on trust
    rest: Box  # where he has been
    rests_since: datetime  # ... since then

    def gone_on(self, box: Box, at: datetime, *, proven: bool, missed: bool) -> _Place:
        """Where he is now; he may have been `missed` until then, which who had rested has not left for."""
        rests = self.holds(box) and (self.rested or not missed)
        return _Place(
            box=box,
            at=at,
            until=at + REMEMBER if proven else self.until,
            proven=proven,
            rest=self.rest if rests else box,
            rests_since=self.rests_since if rests else at,
        )

    def holds(self, box: Box) -> bool:
        """Whether one who is at `box` has not moved."""
        return overlap(self.rest, box) >= RESTS

    @property
    def rested(self) -> bool:
        """Whether he stood there when he was last seen: he may be part of the picture by now."""
        return self.at - self.rests_since >= AT_REST


class Substance:
    """Of one camera's people. One thread; frames come in the order of their times.

    On trust is taken whoever is there when the empty picture is begun anew, or after a time in which nothing was to be
    seen, or asked; and whoever is where one who stood was lost. For a while his place is trusted too: he will move.
    """

    def __init__(self, camera: Camera, gate: MotionGate) -> None:
        """`gate` is the camera's own, which is asked again where the light drifts."""
        self._gate = gate
        self._has_empty_picture = not camera.mobile
        self._begins = max(BEGINS, BEGINS_HEARTBEATS * camera.heartbeat)
        self._trusts_until: datetime | None = None
        self._places: dict[int, _Place] = {}  # by track id
        self._claimed: set[int] = set()  # tracks that are mere claims
        self._looked_at: datetime | None = None
        self._covered: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None  # at this look; None: not drawn yet
        self._motion = STILL  # in the newest frame,
        self._at: datetime | None = None  # ... which is of then
        self._grid: NDArray[np.bool_] | None = None  # (ROWS, COLUMNS), where that is; None: not drawn yet

    def note(self, motion: Motion, at: datetime, *, doubtful: bool) -> None:
        """Take in what moves in a frame, whether it is looked at or not, and whether it is doubtful what it shows."""
        if motion.anew or doubtful or (self._at is not None and at - self._at > self._begins):
            self.trust(at)
        self._motion, self._at, self._grid = motion, at, None

    def trust(self, at: datetime) -> None:
        """Until now people may have come unseen."""
        self._trusts_until = at + self._begins

    def marked(self, tracks: tuple[Track, ...], at: datetime) -> tuple[Track, ...]:
        """`tracks`, the people among them that are no more than claims marked as not `borne_out`."""
        if not self._has_empty_picture:
            return tracks
        people = {track.id: track for track in tracks if track.label is Label.PERSON and track.last_seen_at == at}
        self._covered = None
        places = {number: self._place(track, people, at) for number, track in people.items()}
        if not places.keys() <= self._places.keys():
            self._places = {number: one for number, one in self._places.items() if at - one.at <= REMEMBER}
        self._places |= {number: place for number, place in places.items() if place is not None}
        claimed = {number for number, place in places.items() if place is None}
        self._looked_at = at
        self._claimed = claimed | {track.id for track in tracks if track.id in self._claimed and track.id not in places}
        return tuple(replace(track, borne_out=False) if track.id in self._claimed else track for track in tracks)

    def counts(self, number: int) -> bool:
        """Whether the person followed under that number was more than a claim when he was last seen."""
        return number in self._places and number not in self._claimed

    def is_proven(self, number: int) -> bool:
        """Whether he has differed from the empty picture himself: then it will differ from this one without him."""
        return self.counts(number) and self._places[number].proven

    def _place(self, track: Track, people: Mapping[int, Track], at: datetime) -> _Place | None:
        """Where one is who counts; None where he is a mere claim.

        Who has differed counts as long as he stays; who moves on differs where he is then, or the tracker has taken
        somebody who has left for a claim beside his way.
        """
        box, before = track.box, self._places.get(track.id)
        if before is not None and before.holds(box) and (before.proven or not self._differing()[_part(box)].any()):
            return self._at_place(before, box, at, proven=before.proven)
        free, differing = self._shares(track, people)
        differs = free >= FREE and differing >= SHARE
        if before is not None:
            gone_on = self._at_place(before, box, at, proven=True) if differs else self._gone_on(before, box, at)
            if gone_on is not None:
                return gone_on
        if differs:
            return _begun(box, at, at + REMEMBER, proven=True)
        until = at if free < FREE or area(box) < SMALL else self._trusted_until(track, people, at)
        return None if until is None else _begun(box, at, until, proven=False)

    def _at_place(self, before: _Place, box: Box, at: datetime, *, proven: bool) -> _Place:
        missed = before.at != self._looked_at and at - before.at > SLIP
        return before.gone_on(box, at, proven=proven, missed=missed)

    def _gone_on(self, before: _Place, box: Box, at: datetime) -> _Place | None:
        """Where one is who does not differ now; None where that is not he."""
        if before.holds(box) or self._trusts(at):
            return self._at_place(before, box, at, proven=before.proven)
        if before.rested and (overlap(before.box, box) >= SAME_PLACE or within_share(box, before.box) >= PART):
            return replace(before, at=at)  # a part of him was found, or all of him again
        return before if at - before.at <= SLIP else None

    def _shares(self, track: Track, people: Mapping[int, Track]) -> tuple[float, float]:
        """How much of his box no other covers who counts, and how much of that differs from the empty picture."""
        counted = self._places.keys() - self._claimed
        if self._covered is None:
            self._covered = _covered(people[number].box for number in people.keys() & counted)
        part = _part(track.box)
        free = ~self._covered[track.id in counted][part]  # he covers himself
        size = int(np.count_nonzero(free))
        return size / free.size, np.count_nonzero(self._differing()[part] & free) / max(1, size)

    def _differing(self) -> NDArray[np.bool_]:
        """Where the newest picture is not as the empty one, (ROWS, COLUMNS)."""
        if self._grid is None:
            self._grid = _drawn(self._motion.boxes)
            if self._motion.step > LEAST_STEP:
                boxes, step = self._gate.beyond_light()
                self._grid |= _drawn(boxes)
                if step > MOST_STEP and self._at is not None:
                    self.trust(self._at)
        return self._grid

    def _trusted_until(self, track: Track, people: Collection[int], at: datetime) -> datetime | None:
        """Until when his place is remembered, if one who has not differed is taken on trust; None: he is not.

        Who is seen, the `people` of that number, was not lost.
        """
        if self._trusts_until is not None and self._trusts(track.first_seen_at) and track.id not in self._places:
            return self._trusts_until + REMEMBER
        lost = (one for number, one in self._places.items() if number not in people and one.rested and at <= one.until)
        return max((one.until for one in lost if overlap(one.box, track.box) >= SAME_PLACE), default=None)

    def _trusts(self, at: datetime) -> bool:
        return self._trusts_until is not None and at <= self._trusts_until


def _begun(box: Box, at: datetime, until: datetime, *, proven: bool) -> _Place:
    return _Place(box=box, at=at, until=until, proven=proven, rest=box, rests_since=at)


def _drawn(boxes: Iterable[Box]) -> NDArray[np.bool_]:
    """A picture (ROWS, COLUMNS) that is true in the `boxes`."""
    grid = np.zeros((ROWS, COLUMNS), bool)
    for box in boxes:
        grid[_part(box)] = True
    return grid


def _covered(boxes: Iterable[Box]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pictures (ROWS, COLUMNS) that are true where a box is; and where more than one are."""
    one, more = np.zeros((ROWS, COLUMNS), bool), np.zeros((ROWS, COLUMNS), bool)
    for box in boxes:
        part = _part(box)
        more[part] |= one[part]
        one[part] = True
    return one, more


def _part(box: Box) -> tuple[slice, slice]:
    """The rows and columns of `box`, at least one of each."""
    left, right = max(0, min(round(box[0] * COLUMNS), COLUMNS - 1)), round(box[2] * COLUMNS)
    top, bottom = max(0, min(round(box[1] * ROWS), ROWS - 1)), round(box[3] * ROWS)
    return slice(top, max(top + 1, bottom)), slice(left, max(left + 1, right))
