"""Motion in the brightness of a fixed picture: cheap enough to look at every frame, so that the detector need not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.messages import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEARN_S = 6.5  # how long the background remembers where nothing differs
LEARN_DIFFERENT_S = 66.0  # ... and where something does: what stays for minutes becomes background
LEARN_RECENT_S = 1.0  # ... and how long the recent picture does
LEAST_STEP = 10.0  # levels of 255; smaller differences are noise in any light
NOISE_FACTOR = 5.0  # times the picture's own noise
SMOOTH = (5, 5)  # pixels of the reduced picture, over which what is as large as a person stands out of noise,
SMOOTH_FACTOR = 7.5  # ... of which blots are left that hang together, as single pixels do not
DARK = 4.0  # levels: so little light has no ratio
LEAST_AREA = 6  # pixels of the reduced picture, about 0.04 % of it
LIGHTS = 0.6  # a change of more than this share of the picture is the light, or the camera, not an object


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What moves in one frame."""

    moving: bool  # something differs from what was there a second ago
    boxes: tuple[Box, ...]  # what differs from the empty picture, largest first; none when the whole picture changed
    stirring: tuple[Box, ...]  # those of the boxes in which something moves now: not what stands, nor what has left
    score: float  # share of the picture that differs from the empty one
    step: float = LEAST_STEP  # levels by which it must differ, smoothed or not: more than noise, or a light that drifts
    anew: bool = False  # the empty picture is this one from here on, whoever may stand in it


STILL = Motion(moving=False, boxes=(), stirring=(), score=0.0)
FIRST = Motion(moving=False, boxes=(), stirring=(), score=0.0, anew=True)


class MotionGate:
    """Tells what moves, and what is there that was not. One a camera, one thread.

    Two references, because they answer two questions: somebody who stands still differs from the empty picture for
    minutes, but nothing moves, and the heartbeat is enough to watch over him.
    """

    def __init__(self) -> None:
        self._background: NDArray[np.float32] | None = None
        self._recent: NDArray[np.float32] | None = None
        self._at: datetime | None = None
        self._noise: float | None = None  # levels, a running median of the differences,
        self._smooth_noise: float | None = None  # ... and of smoothed ones, while they are looked at
        self._newest: NDArray[np.float32] | None = None

    def look(self, picture: NDArray[np.uint8], at: datetime) -> Motion:
        """Compare `picture`, the reduced luma (h, w) captured at `at`, with what was before, then learn from it.

        The first picture never moves. Pictures may be any time apart: what is learned goes by time, not by number.
        """
        small = picture.astype(np.float32)
        elapsed_s = (at - self._at).total_seconds() if self._at else 0.0
        self._at, self._newest = at, small
        if self._background is None or self._recent is None or self._background.shape != small.shape:
            self._background, self._recent = small, small.copy()
            return FIRST
        difference, movement = small - self._background, small - self._recent
        step, smooth_step = self._steps(difference)
        if smooth_step < step:
            step, difference, movement = smooth_step, _smooth(difference), _smooth(movement)
        different, moved = _mask(np.abs(difference), step), _mask(np.abs(movement), step)
        share = float(np.count_nonzero(different)) / different.size
        if share > LIGHTS:
            self._background, self._recent = small, small.copy()
            return Motion(moving=True, boxes=(), stirring=(), score=share, anew=True)
        cv2.accumulateWeighted(small, self._background, learned(elapsed_s, LEARN_S), mask=1 - different)
        cv2.accumulateWeighted(small, self._background, learned(elapsed_s, LEARN_DIFFERENT_S), mask=different)
        cv2.accumulateWeighted(small, self._recent, learned(elapsed_s, LEARN_RECENT_S))
        boxes, movements = _boxes(different), _boxes(moved)
        stirring = tuple(box for box in boxes if any(_touch(box, movement) for movement in movements))
        return Motion(moving=bool(movements), boxes=boxes, stirring=stirring, score=share, step=step)

    def beyond_light(self) -> tuple[tuple[Box, ...], float]:
        """What of the newest picture differs from the empty one by more than its light, which has become another.

        And the levels by which it must. Where the light drifts, `look` takes its drift for noise, and sees nobody.
        """
        if self._newest is None or self._background is None:
            return (), LEAST_STEP
        light = _median((self._newest + DARK) / (self._background + DARK))
        difference = self._newest - light * self._background
        step = _step(_noise(difference))
        if step > LEAST_STEP and (smooth_step := _step(_noise(_smooth(difference)), SMOOTH_FACTOR)) < step:
            step, difference = smooth_step, _smooth(difference)
        return _boxes(_mask(np.abs(difference), step)), step

    def _steps(self, difference: NDArray[np.float32]) -> tuple[float, float]:
        """The least difference that is more than this picture's noise, in levels; and of it smoothed, if need be.

        Both by running medians, that what comes suddenly, a lamp, is not noise. The second begins with what was noise
        before.
        """
        noise = _noise(difference)
        before, self._noise = self._noise, _running(self._noise, noise)
        step = _step(self._noise)
        if step <= LEAST_STEP:
            self._smooth_noise = None
            return step, step
        noise = _noise(_smooth(difference))
        if self._smooth_noise is None:
            self._smooth_noise = noise if before is None else min(noise, before)
        self._smooth_noise = _running(self._smooth_noise, noise)
        return step, _step(self._smooth_noise, SMOOTH_FACTOR)


def _step(noise: float, factor: float = NOISE_FACTOR) -> float:
    return max(LEAST_STEP, factor * noise)


def _running(before: float | None, now: float) -> float:
    return now if before is None else before + 0.1 * (now - before)


def _noise(difference: NDArray[np.float32]) -> float:
    """Levels that half of the picture differs by."""
    return _median(np.abs(difference))


def _smooth(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(difference, SMOOTH, 0), np.float32)


def _median(levels: NDArray[np.float32]) -> float:
    """What `numpy.median` gives for numbers, at a fifth of its cost."""
    middle = levels.size // 2
    ordered = np.partition(levels.ravel(), middle)
    return float(ordered[middle] if levels.size % 2 else (ordered[:middle].max() + ordered[middle]) / 2)


def _mask(difference: NDArray[np.float32], step: float) -> NDArray[np.uint8]:
    mask = (difference > step).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), np.uint8)


def learned(elapsed_s: float, constant_s: float) -> float:
    """The share of a new sample in an average that forgets with `constant_s`, `elapsed_s` after the one before."""
    return 1.0 - math.exp(-max(0.0, elapsed_s) / constant_s)


def _boxes(mask: NDArray[np.uint8]) -> tuple[Box, ...]:
    if not cv2.countNonZero(mask):
        return ()
    height, width = mask.shape
    # By blocks of pixels: the same components in a third of the time that the default takes for a picture so small.
    _, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    found = [row for row in stats[1:].tolist() if row[cv2.CC_STAT_AREA] >= LEAST_AREA]
    found.sort(key=lambda row: (-row[cv2.CC_STAT_AREA], *row))
    return tuple((x / width, y / height, (x + w) / width, (y + h) / height) for x, y, w, h, _ in found)


def _touch(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]
