"""Vehicles that were there before the camera looked: part of the picture's ground, until they move.

A detector may call a bag a vehicle. One that comes is seen to come; what has stood there from the first look on may be
such a bag, and if it were left out of the ground's memory, nobody would learn that it is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from config.model import Label
from detect.boxes import grown, overlap
from detect.classes import group_of
from detect.ground import MARGIN
from detect.messages import Box, Detections

CONFIRMED_AFTER = timedelta(seconds=4)
SAME_PLACE = 0.7  # IoU of a thing that stands with itself


class AlwaysThere:
    """What stood there from the first look on. One thread; looks come in the order of their times."""

    def __init__(self) -> None:
        self._began: datetime | None = None
        self._boxes: tuple[Box, ...] = ()
        self._confirmed = False

    def occupied(self, found: Detections, at: datetime) -> tuple[Box, ...]:
        """Where people, animals and vehicles are, with a margin: all but bags and what has always stood there."""
        rows = zip(found.labels, found.boxes.tolist(), strict=True)
        boxes = [(label, (x0, y0, x1, y1)) for label, (x0, y0, x1, y1) in rows if label is not Label.BAG]
        vehicles = tuple(box for label, box in boxes if group_of(label) is Label.VEHICLE)
        if self._began is None:
            self._began, self._boxes = at, vehicles
        elif not self._confirmed:
            self._boxes = tuple(box for box in self._boxes if _is_among(box, vehicles))
            self._confirmed = at - self._began >= CONFIRMED_AFTER
        return tuple(grown(box, *MARGIN) for label, box in boxes if not self._stands(label, box))

    def _stands(self, label: Label, box: Box) -> bool:
        return self._confirmed and group_of(label) is Label.VEHICLE and _is_among(box, self._boxes)


def _is_among(box: Box, boxes: tuple[Box, ...]) -> bool:
    return any(overlap(box, other) >= SAME_PLACE for other in boxes)
