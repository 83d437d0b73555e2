"""One box round several things that have boxes of their own: a detector's slip, and one thing too many."""

from __future__ import annotations

from detect.boxes import area, overlap, within_share
from detect.classes import group_of
from detect.messages import Box, Detections

INSIDE = 0.75  # of each of the smaller boxes
FILLED = 0.6  # of the large one, by them together
APART = 0.3  # overlap of two boxes of one thing, or more


def separate(found: Detections) -> Detections:
    """`found` without the boxes that lie round two or more stronger ones of their own group and hold little else."""
    boxes: list[Box] = [(x0, y0, x1, y1) for x0, y0, x1, y1 in found.boxes.tolist()]
    rows = [row for row in range(len(found)) if not _is_round_others(found, boxes, row)]
    if len(rows) == len(found):
        return found
    return Detections(
        boxes=found.boxes[rows], scores=found.scores[rows], labels=tuple(found.labels[row] for row in rows)
    )


def _is_round_others(found: Detections, boxes: list[Box], row: int) -> bool:
    own, group = boxes[row], group_of(found.labels[row])
    inner: list[Box] = []
    for other, box in enumerate(boxes):
        stronger = other != row and found.scores[other] > found.scores[row]
        if stronger and group_of(found.labels[other]) is group and within_share(box, own) >= INSIDE:
            inner += [box] if all(overlap(box, one) < APART for one in inner) else []
    return len(inner) >= 2 and sum(map(area, inner)) >= FILLED * area(own)
