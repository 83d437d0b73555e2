"""Who hides the ground from its memory: people, animals and vehicles, but nothing that may be a thing.

A detector may call a bag a vehicle. One that comes is seen to come; what has stood there from the first look on may be
such a bag, and if it were left out of the ground's memory, nobody would learn that it is gone. And what is not half as
tall as a person who has just been there, on the same ground, is none either: he may have put it down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from config.model import Label
from detect.boxes import grown, overlap, shared
from detect.classes import group_of
from detect.ground import MARGIN
from detect.messages import Box, Detections

CONFIRMED_AFTER = timedelta(seconds=4)
SAME_PLACE = 0.7  # IoU of a thing that stands with itself
RECENT = timedelta(seconds=30)  # so long it is remembered where people were
AT_HIS_FEET = (1.0, 0.1)  # of a person's width and height: as near to his box, on the same ground
SMALL = 0.45  # of a person's height: what is less is no vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Where somebody was."""

    box: Box
    at: datetime


class Occupants:
    """Of one camera. One thread; looks come in the order of their times."""

    def __init__(self) -> None:
        self._began: datetime | None = None
        self._standing: tuple[Box, ...] = ()  # called vehicles, there from the first look on
        self._confirmed = False
        self._people: tuple[_Person, ...] = ()  # of late, a box that has not changed once

    def boxes(self, found: Detections, at: datetime) -> tuple[Box, ...]:
        """Where people, animals and vehicles are, with a margin: all but bags and what may be a thing."""
        rows = zip(found.labels, found.boxes.tolist(), strict=True)
        boxes = [(label, (x0, y0, x1, y1)) for label, (x0, y0, x1, y1) in rows if label is not Label.BAG]
        self._look_for_standing(tuple(box for label, box in boxes if group_of(label) is Label.VEHICLE), at)
        self._remember([box for label, box in boxes if label is Label.PERSON], at)
        return tuple(grown(box, *MARGIN) for label, box in boxes if not self._may_be_a_thing(label, box))

    def _look_for_standing(self, vehicles: tuple[Box, ...], at: datetime) -> None:
        if self._began is None:
            self._began, self._standing = at, vehicles
        elif not self._confirmed:
            self._standing = tuple(box for box in self._standing if _is_among(box, vehicles))
            self._confirmed = at - self._began >= CONFIRMED_AFTER

    def _remember(self, people: list[Box], at: datetime) -> None:
        recent = (
            one for one in self._people if at - one.at <= RECENT and not _is_among(one.box, people)
        )  # who stands still is remembered once
        self._people = (*recent, *(_Person(box=box, at=at) for box in people))

    def _may_be_a_thing(self, label: Label, box: Box) -> bool:
        if group_of(label) is not Label.VEHICLE:
            return False
        stands = self._confirmed and _is_among(box, self._standing)
        return stands or any(_is_at_the_feet(box, one.box) for one in self._people)


def _is_among(box: Box, boxes: tuple[Box, ...] | list[Box]) -> bool:
    return any(overlap(box, other) >= SAME_PLACE for other in boxes)


def _is_at_the_feet(box: Box, person: Box) -> bool:
    """Whether it is small, and stands where the person did or beside."""
    tall = person[3] - person[1]
    on_his_ground = abs(box[3] - person[3]) <= AT_HIS_FEET[1] * tall
    return on_his_ground and box[3] - box[1] < SMALL * tall and shared(grown(person, *AT_HIS_FEET), box) > 0
