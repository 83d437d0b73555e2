"""People and vehicles cut out of the pictures they came in, to be put into others.

A small set has seen its people before few backgrounds, and a model learns the background with them. Cut out along
their outline and put anywhere, at any size, they teach themselves alone.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.boxes import within_share
from ringwatch.training.pictures import Corners, Picture, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST = (12, 28)  # width and height in pixels under which an outline is guesswork
LARGEST = 128  # pixels of a cut-out's longer side
MARGIN = 0.25  # of the box around it: what the outline is told from
EDGE = 0.01  # of the picture: a box that comes so near its edge may go on beyond it
ALONE = 0.15  # share of a box that others may cover
FILLED = (0.25, 0.92)  # share of the box that lies within a credible outline
TOUCHED = 0.8  # of the box's height and width that a credible outline reaches across
ROUNDS = 3  # of GrabCut
LIKELY, CORE = (0.85, 0.95), (0.25, 0.55)  # shares of a box's width and height: probably, and certainly, of the thing
MOST_PER_SCENE = 8  # frames of one clip show the same people


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutOut:
    """One thing without its surroundings."""

    wanted: int  # index into the classes that are trained
    pixels: NDArray[np.uint8]  # (h, w, 4) BGR and how much of it is there, 0..255


def cut_outs(pictures: Sequence[Picture], seed: int) -> tuple[CutOut, ...]:
    """What stands alone and whole in `pictures` and has a credible outline; a few of each scene and class.

    Source of the outline: Rother, Kolmogorov and Blake, GrabCut, 2004.
    """
    order = np.random.default_rng(seed).permutation(len(pictures))
    taken: Counter[tuple[str, str, int]] = Counter()
    found = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # OpenCV lets go of the interpreter's lock
        several = pool.map(_of, [pictures[index] for index in order])
        for picture, cuts in zip((pictures[index] for index in order), several, strict=True):
            for cut in cuts:
                taken[key := (picture.source, picture.scene, cut.wanted)] += 1
                if taken[key] <= MOST_PER_SCENE:
                    found.append(cut)
    return tuple(found)


def _of(picture: Picture) -> list[CutOut]:
    alone = [target for target in picture.targets if _is_whole(target.box) and _is_alone(target, picture)]
    if not alone:
        return []
    image = picture.image()
    outlined = [(target.wanted, _outlined(image, target.box)) for target in alone]
    return [CutOut(wanted=wanted, pixels=pixels) for wanted, pixels in outlined if pixels is not None]


def _is_whole(box: Corners) -> bool:
    """All of it but what the picture's lower edge may cut off: people stand behind things as well."""
    return min(box) > EDGE and box[2] < 1 - EDGE


def _is_alone(target: Target, picture: Picture) -> bool:
    others = [one.box for one in picture.targets if one is not target] + list(picture.ignored)
    return all(within_share(target.box, other) <= ALONE for other in others)


def _outlined(image: NDArray[np.uint8], box: Corners) -> NDArray[np.uint8] | None:
    """The thing in `box`, (h, w, 4); None when no outline can be believed."""
    height, width = image.shape[:2]
    sides = np.array(box) * (width, height, width, height)
    if sides[2] - sides[0] < SMALLEST[0] or sides[3] - sides[1] < SMALLEST[1]:
        return None
    scale = min(1.0, LARGEST / max(sides[2] - sides[0], sides[3] - sides[1]))
    smaller = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    left, top, right, bottom = (round(side) for side in sides * scale)
    margin_x, margin_y = int(MARGIN * (right - left)), int(MARGIN * (bottom - top))
    x0, y0 = max(0, left - margin_x), max(0, top - margin_y)
    around = np.ascontiguousarray(smaller[y0 : bottom + margin_y, x0 : right + margin_x], np.uint8)
    outline = _outline(around, (left - x0, top - y0, right - left, min(bottom, smaller.shape[0]) - top))
    if outline is None:
        return None
    return np.dstack([around, outline])[top - y0 : bottom - y0, left - x0 : right - x0]


def _outline(around: NDArray[np.uint8], inside: tuple[int, int, int, int]) -> NDArray[np.uint8] | None:
    """How much of each pixel belongs to what is `inside` (x, y, width, height), (h, w) 0..255."""
    mask = _guess(around.shape[:2], inside)
    try:
        cv2.setRNGSeed(1)  # the outline begins from clusters that are drawn at random
        cv2.grabCut(around, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # a picture of one colour has no outlines
        return None
    there = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    x, y, wide, high = inside
    body = _largest(there)[y : y + high, x : x + wide]
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    if not len(rows) or not FILLED[0] <= body.mean() <= FILLED[1]:
        return None
    if np.ptp(rows) < TOUCHED * (high - 1) or np.ptp(columns) < TOUCHED * (wide - 1):
        return None
    soft = np.zeros(there.shape, np.uint8)
    soft[y : y + high, x : x + wide] = body * 255
    return np.asarray(cv2.GaussianBlur(soft, (0, 0), 0.8), np.uint8)


def _guess(shape: tuple[int, ...], inside: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Where it is for certain, probably, probably not, and not: things fill the middle of their box."""
    mask = np.full(shape, cv2.GC_BGD, np.uint8)
    x, y, wide, high = inside
    mask[y : y + high, x : x + wide] = cv2.GC_PR_BGD
    middle = x + wide // 2, y + high // 2
    for part, certain in (LIKELY, cv2.GC_PR_FGD), (CORE, cv2.GC_FGD):
        half = max(1, round(part[0] * wide / 2)), max(1, round(part[1] * high / 2))
        cv2.ellipse(mask, middle, half, 0, 0, 360, certain, cv2.FILLED)
    return mask


def _largest(there: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest piece of it alone."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(there)
    if count < 2:
        return np.zeros_like(there)
    biggest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(pieces == biggest, np.uint8)
