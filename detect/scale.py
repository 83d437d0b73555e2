"""Boxes that are far too small or too large for where they stand: mistakes, where a camera says how high things are."""

from __future__ import annotations

from collections.abc import Mapping

from config.model import Label, ScaleRows
from detect.classes import group_of
from detect.messages import Detections

LEAST, MOST = 0.4, 2.0  # of the height there: who sits or crouches is half as high, who reaches up half as high again
CUT_OFF = 0.99  # a box that reaches the picture's lower edge goes on below it, nobody knows how far


def plausible(found: Detections, scale: Mapping[Label, ScaleRows], aspect: float) -> Detections:
    """Those of `found` that can be what they are said to be, in a picture `aspect` times as wide as high.

    Who lies is as long as he is high, so a box's longer side counts.
    """
    if not scale or not len(found):
        return found
    rows = [row for row in range(len(found)) if _is_plausible(found, row, scale, aspect)]
    return Detections(
        boxes=found.boxes[rows], scores=found.scores[rows], labels=tuple(found.labels[row] for row in rows)
    )


def _is_plausible(found: Detections, row: int, scale: Mapping[Label, ScaleRows], aspect: float) -> bool:
    label = found.labels[row]
    rows = scale.get(label) or scale.get(group_of(label))
    if rows is None:
        return True
    x0, y0, x1, y1 = found.boxes[row].tolist()
    size, due = max(y1 - y0, (x1 - x0) * aspect), height_at(rows, y1)
    return due > 0 and size <= MOST * due and (size >= LEAST * due or y1 >= CUT_OFF)


def height_at(rows: ScaleRows, y: float) -> float:
    """How high a thing is whose base is at `y`; nothing, or less, above the horizon."""
    (y0, high0), (y1, high1) = rows
    return high0 + (high1 - high0) * (y - y0) / (y1 - y0)
