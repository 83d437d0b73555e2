"""Whether a picture shows the view that a camera usually shows, by where its edges lie.

A part of the picture without edges says nothing of it: noise is another each time, whatever the camera looks at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.boxes import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.messages import Box

    Edges = NDArray[np.float32]  # (h, w)
    Clear = NDArray[np.float32]  # (h, w): 1 where the view is free, else 0
    OfParts = NDArray[np.float32]  # a figure of each part, `PARTS`

PARTS = (4, 5)  # rows, columns: who walks close by the camera changes some of them, a turned camera all
ROUND = 0.1  # of a box's sides, round it: who walks is a little further on than he was when he was looked for
HIDDEN, LEAST_SHOWN = 0.4, 0.4  # of a part that is covered: it is hidden; of the parts that must be shown
OTHER_VIEW = 0.3  # correlation with the usual edges under which a part shows another view
FOUND_AGAIN = 0.5  # ... which edges have with the usual ones while all is well: less, and they are what passes there
# Standard deviation of the edges of a part, in levels of a Sobel operator. Measured on real clips: 1 to 6 of noise,
# asphalt and coding, 13 to 140 of whatever has a shape.
EDGED, NEWLY_EDGED = 6.0, 12.0
LEAST_OTHER = 0.4  # of the shown parts that must show another view, and more than half of those that say anything
# Edges that still lie where they lay: another light, not another view. By night and with lamps the peak is 0.27 to
# 0.98; between two views that have nothing in common it is up to 0.14, at a place that may happen to be the same.
SAME_PLACE_PX, SAME_PLACE_PEAK = 1.5, 0.25


def clear_of(hidden_by: tuple[Box, ...], shape: tuple[int, int]) -> Clear:
    """Which pixels of edges of that shape the boxes, and what is close round them, leave free."""
    clear = np.ones(shape, np.float32)
    height, width = shape
    for box in hidden_by:
        x0, y0, x1, y1 = (max(0.0, side) for side in grown(box, ROUND, ROUND))
        clear[int(y0 * height) : math.ceil(y1 * height), int(x0 * width) : math.ceil(x1 * width)] = 0.0
    return clear


def in_view(clear: Clear) -> NDArray[np.bool_]:
    """Which of the `PARTS` are free enough to say anything."""
    return np.asarray(cut(clear).mean(axis=(1, 3)) > 1 - HIDDEN)


def alike(first: Edges, second: Edges, clear: Clear) -> OfParts:
    """The correlation of each part of two pictures' edges, -1 to 1; about 0 of noise."""
    one, other = _about_mean(first, clear), _about_mean(second, clear)
    together = (one * other).sum(axis=(1, 3))
    apart = np.sqrt((one * one).sum(axis=(1, 3)) * (other * other).sum(axis=(1, 3)))
    return np.asarray(together / np.maximum(apart, 1e-6), np.float32)


def are_gone(usual: Edges, now: Edges, least: float) -> bool:
    """Whether nothing of the usual edges is there any more: noise alone correlates less than `least`."""
    return float(np.median(alike(usual, now, np.ones_like(now)))) < least


def is_other_view(usual: Edges, now: Edges, clear: Clear, found_again: OfParts | None) -> bool:
    """Whether the edges have left their places. Lamps and infrared change how strong they are, not where they lie.

    `found_again` is how much alike the parts are to the usual ones while all is well; None where nobody knows yet.
    """
    shown = in_view(clear)
    edged = _deviation(usual, clear) >= EDGED
    if found_again is not None:
        edged &= found_again >= FOUND_AGAIN
    voting = shown & (edged | (_deviation(now, clear) >= NEWLY_EDGED))
    alike_now = alike(usual, now, clear)
    if not shown.any() or np.median(alike_now[shown]) >= OTHER_VIEW:
        return False  # without edges to speak of, and in their places all the same
    others = np.count_nonzero(voting & (alike_now < OTHER_VIEW))
    if others < LEAST_OTHER * np.count_nonzero(shown) or 2 * others <= np.count_nonzero(voting):
        return False
    window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
    (x, y), peak = cv2.phaseCorrelate(usual.copy(), now.copy(), window)  # it writes into pictures that need no padding
    return not (peak >= SAME_PLACE_PEAK and abs(x) < SAME_PLACE_PX and abs(y) < SAME_PLACE_PX)


def _deviation(edges: Edges, clear: Clear) -> OfParts:
    """Of each part's edges, where it is free."""
    parts = _about_mean(edges, clear)
    free = np.maximum(cut(clear).sum(axis=(1, 3)), 1.0)
    return np.asarray(np.sqrt((parts * parts).sum(axis=(1, 3)) / free), np.float32)


def _about_mean(edges: Edges, clear: Clear) -> NDArray[np.float32]:
    """`edges` in parts, each about the mean of what of it is free, and 0 where it is not."""
    parts, free = cut(edges), cut(clear)
    mean = (parts * free).sum(axis=(1, 3), keepdims=True) / np.maximum(free.sum(axis=(1, 3), keepdims=True), 1.0)
    return np.asarray((parts - mean) * free, np.float32)


def cut(edges: NDArray[np.float32]) -> NDArray[np.float32]:
    """`edges`, or whatever else is of each pixel, cut into `PARTS`, (rows, height, columns, width)."""
    rows, columns = PARTS
    height, width = edges.shape[0] // rows, edges.shape[1] // columns
    return edges[: rows * height, : columns * width].reshape(rows, height, columns, width)
