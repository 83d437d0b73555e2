"""How long a picture may repeat before its camera hangs: long, where the sensor's noise does not come through.

A camera that smooths its pictures, or a drawn one, sends the same keyframe again and again while nothing moves. What a
camera does is seen while something moves: either the rest of the picture comes out another each time, or it repeats now
and then, as it never does where there is noise.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

REPEATS_FOR = timedelta(seconds=9)  # known within ten, of a camera with noise, or of which nothing is known yet
AT_LEAST, AT_MOST = timedelta(minutes=10), timedelta(hours=1)  # ... and of one without
TIMES_LONGEST = 3  # ... the longest time that it has repeated and then gone on
BLOCK = 4  # sampled pixels a side
STIRS = 5  # levels of a block: something is there that was not
AROUND = 5  # blocks a side: beside what moves, coding differs, too
ENOUGH = 0.5  # of the picture, in which nothing moves
IN_A_ROW = 8  # keyframes: an encoder whose rate wavers makes another picture of the same scene now and then


class SensorNoise:
    """What is known of one camera's noise. One thread."""

    def __init__(self, differing: float) -> None:
        """`differing`: the share of two keyframes' pixels that differ, from which on they do not repeat."""
        self._differing = differing
        self._is_absent = False
        self._differed = 0  # keyframes in a row
        self._longest = timedelta()

    @property
    def patience(self) -> timedelta:
        """How long the picture may repeat before the camera hangs."""
        if not self._is_absent:
            return REPEATS_FOR
        return min(max(AT_LEAST, TIMES_LONGEST * self._longest), AT_MOST)

    @property
    def smooth_s(self) -> float | None:
        """Of a camera without noise, the longest time in seconds that its picture repeated and went on; else None."""
        return self._longest.total_seconds() if self._is_absent else None

    def go_on(self, smooth_s: float | None) -> None:
        """Begin with what another knew."""
        self._is_absent, self._longest = smooth_s is not None, timedelta(seconds=smooth_s or 0)

    def learn(self, one: NDArray[np.uint8], other: NDArray[np.uint8]) -> None:
        """Learns of two keyframes' samples, (h, w) each; of nothing where they are all alike, or hardly at all."""
        if one.shape != other.shape:
            return
        apart = cv2.absdiff(blocks(one), blocks(other))
        moving = (apart >= STIRS).astype(np.uint8)
        if not moving.any():
            return
        still = cv2.dilate(moving, np.ones((AROUND, AROUND), np.uint8)) == 0
        if still.mean() < ENOUGH:
            return
        pixels = cv2.resize(still.astype(np.uint8), one.shape[::-1], interpolation=cv2.INTER_NEAREST) != 0
        differ = bool(np.mean(one[pixels] != other[pixels]) >= self._differing)
        self._differed = self._differed + 1 if differ else 0
        self._is_absent = not differ or (self._is_absent and self._differed < IN_A_ROW)

    def went_on(self, since: datetime, until: datetime) -> None:
        """The picture repeated from `since` to `until`, and has changed."""
        self._longest = max(self._longest, until - since)


def blocks(sample: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mean of each block of `sample`, of `BLOCK` pixels a side."""
    size = (max(1, sample.shape[1] // BLOCK), max(1, sample.shape[0] // BLOCK))
    return np.asarray(cv2.resize(sample, size, interpolation=cv2.INTER_AREA), np.uint8)
