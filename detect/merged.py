"""Boxes that are one thing too many, a detector's slip.

One round several things; and of one person another, round a part of him or loosely round the whole.
"""

from __future__ import annotations

from config.model import Label
from detect.boxes import area, is_cut_off_in_height, overlap, within_share
from detect.classes import group_of
from detect.messages import Box, Detections

INSIDE = 0.75  # of each of the smaller boxes
FILLED = 0.6  # of the large one, by them together
APART = 0.3  # overlap of two boxes of one thing, or more
# Of somebody's legs, or head and shoulders, beside his own box: as much less sure, within it, not much narrower, and
# flush with one end of it. Somebody else is rarely all of that: who stands behind another has his feet further up.
PART_SURE, PART_INSIDE, PART_WIDE, PART_FLUSH = 0.9, 0.85, 0.3, 0.08
# However sure: so much less high than he, that he stands beside him as nobody but a toddler would, or far away. Who is
# far away has his feet further up; and up where his head is, a person's proportions, which head and shoulders have not.
LITTLE, SQUAT, LEGS_OUTSIDE = 0.45, 1.25, 0.5  # of his height; times as wide for its height as he; of it, below his box
# Loosely round him: much less sure, round all of his box, not much taller, not so wide that another has room there.
LOOSE_SURE, LOOSE_INSIDE, LOOSE_TALL, LOOSE_WIDE = 0.7, 0.95, 0.75, 0.5


def separate(found: Detections) -> Detections:
    """`found` without boxes round two or more stronger ones of their own group, and second ones of people."""
    boxes: list[Box] = [(x0, y0, x1, y1) for x0, y0, x1, y1 in found.boxes.tolist()]
    rows = [
        row
        for row in range(len(found))
        if not _is_round_others(found, boxes, row) and not _is_of_another_person(found, boxes, row)
    ]
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


def _is_of_another_person(found: Detections, boxes: list[Box], row: int) -> bool:
    """Whether it is a second box of somebody who has a surer one."""
    if found.labels[row] is not Label.PERSON:
        return False
    own, score = boxes[row], found.scores[row]
    people = (other for other, label in enumerate(found.labels) if other != row and label is Label.PERSON)
    return any(
        (score <= PART_SURE * found.scores[other] and _is_end_of(own, boxes[other]))
        or (PART_SURE * score <= found.scores[other] and _is_little_end_of(own, boxes[other]))
        or (score <= LOOSE_SURE * found.scores[other] and _is_loosely_round(own, boxes[other]))
        for other in people
    )


def _is_loosely_round(loose: Box, whole: Box) -> bool:
    """Whether `loose` holds all of `whole`, and hardly anybody else."""
    tall = whole[3] - whole[1] >= LOOSE_TALL * (loose[3] - loose[1])
    wide = whole[2] - whole[0] >= LOOSE_WIDE * (loose[2] - loose[0])
    return tall and wide and within_share(whole, loose) >= LOOSE_INSIDE


def _is_end_of(part: Box, whole: Box) -> bool:
    """Whether `part` is the upper or the lower end of `whole`, not much narrower."""
    wide, high = whole[2] - whole[0], whole[3] - whole[1]
    flush = min(abs(part[1] - whole[1]), abs(part[3] - whole[3])) <= PART_FLUSH * high
    return flush and part[2] - part[0] >= PART_WIDE * wide and within_share(part, whole) >= PART_INSIDE


def _is_little_end_of(part: Box, whole: Box) -> bool:
    """Whether `part`, within the width of `whole`, is its upper end, or its lower one that may go on below it."""
    wide, high = part[2] - part[0], part[3] - part[1]
    tall, slack = whole[3] - whole[1], PART_FLUSH * (whole[3] - whole[1])
    across = min(part[2], whole[2]) - max(part[0], whole[0])
    if high >= LITTLE * tall or across < PART_INSIDE * wide:
        return False
    if abs(part[1] - whole[1]) <= slack:
        return wide * tall >= SQUAT * high * (whole[2] - whole[0])
    is_low = part[3] >= whole[3] - slack and part[3] - whole[3] <= LEGS_OUTSIDE * high
    return is_low and not is_cut_off_in_height(part)
