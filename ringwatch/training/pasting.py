"""Cut-outs put into a canvas: people and vehicles where no picture of the set has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ringwatch.training.cut_outs import CutOut

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARE = 0.5  # of canvases that get any
MOST = 3  # of them on one canvas
HEIGHTS = (14.0, 150.0)  # pixels, of what is put in
ENLARGED = 1.5  # at most: more would teach blur
NOTHING_KNOWN = 0.5  # share of what is put in that is no person and no vehicle, and must not be taken for one
LIGHT = (0.7, 1.3)  # of what is put in, against its surroundings
SEEN = 0.4  # share of it that must lie within the canvas
HIDDEN = 0.6  # share of a thing that is covered when it no longer counts as there

Labels = tuple["NDArray[np.float32]", "NDArray[np.int64]"]


class Stock:
    """Cut-outs, and which of them comes next: every class as often as every other, but the first twice as often."""

    def __init__(self, cuts: Sequence[CutOut]) -> None:
        classes = sorted({cut.wanted for cut in cuts})
        self._by_class = [[cut for cut in cuts if cut.wanted == wanted] for wanted in classes]
        weights = np.array([2.0 if wanted == 0 else 1.0 for wanted in classes])
        self._shares = np.cumsum(weights / weights.sum()) if classes else weights

    def __bool__(self) -> bool:
        return bool(self._by_class)

    def draw(self, rng: np.random.Generator) -> CutOut:
        """One of them."""
        cuts = self._by_class[min(int(np.searchsorted(self._shares, rng.random())), len(self._by_class) - 1)]
        return cuts[int(rng.integers(len(cuts)))]


def paste(image: NDArray[np.uint8], labels: Labels, stock: Stock, rng: np.random.Generator) -> Labels:
    """Put none or a few of `stock` into `image` (h, w, 3), in place; the boxes and classes that are there then."""
    boxes, classes = labels
    if not stock or rng.random() >= SHARE:
        return labels
    for _ in range(int(rng.integers(1, MOST + 1))):
        cut = None if rng.random() < NOTHING_KNOWN else stock.draw(rng)
        put = _put(image, _thing(rng) if cut is None else _resized(cut.pixels, rng), rng)
        if put is None:
            continue
        left = _covered(boxes, put) < HIDDEN
        boxes, classes = boxes[left], classes[left]
        if cut is not None:
            boxes, classes = np.concatenate([boxes, put[None]]), np.append(classes, cut.wanted)
    return boxes, classes


def _resized(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    high = min(float(np.exp(rng.uniform(*np.log(HEIGHTS)))), ENLARGED * height)
    size = (max(4, round(width * high / height * rng.uniform(0.9, 1.1))), max(8, round(high)))
    smaller = cv2.INTER_AREA if high < height else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, size, interpolation=smaller)
    return np.asarray(resized[:, ::-1] if rng.random() < 0.5 else resized, np.uint8)


def _thing(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A crate, a bag, a ball, a board: (h, w, 4), of a colour that changes across it.

    Without these, whatever has an edge all round would be taken for what was put in.
    """
    high = max(6, round(float(np.exp(rng.uniform(*np.log(HEIGHTS))) / 2)))
    wide = max(6, round(high * float(np.exp(rng.uniform(-0.9, 0.9)))))
    corners = rng.uniform(0, 255, (2, 2, 3)).astype(np.float32) * 0.4 + rng.uniform(0, 150, 3).astype(np.float32)
    colour = cv2.resize(corners, (wide, high), interpolation=cv2.INTER_LINEAR)
    shape = np.zeros((high, wide), np.uint8)
    if rng.random() < 0.6:
        cv2.rectangle(shape, (0, int(0.1 * high)), (wide, high), 255, cv2.FILLED)
        if rng.random() < 0.5:  # a handle, a lid, a label
            x, y = int(rng.uniform(0, 0.6) * wide), int(rng.uniform(0, 0.6) * high)
            colour[y : y + max(1, high // 4), x : x + max(1, wide // 3)] = rng.uniform(0, 255, 3)
            cv2.rectangle(shape, (wide // 3, 0), (2 * wide // 3, high // 4), 255, 1)
    else:
        cv2.ellipse(shape, (wide // 2, high // 2), (wide // 2, high // 2), 0, 0, 360, 255, cv2.FILLED)
    return np.dstack([np.clip(colour, 0, 255).astype(np.uint8), cv2.GaussianBlur(shape, (0, 0), 0.6)])


def _put(image: NDArray[np.uint8], pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32] | None:
    """Draw it somewhere; its box there, (4,) corners in pixels, or None where too little of it would be seen."""
    height, width = image.shape[:2]
    high, wide = pixels.shape[:2]
    x, y = (round(float(rng.uniform(-own / 2, side - own / 2))) for own, side in ((wide, width), (high, height)))
    left, top, right, bottom = max(0, x), max(0, y), min(width, x + wide), min(height, y + high)
    if (right - left) * (bottom - top) < SEEN * wide * high:
        return None
    part = pixels[top - y : bottom - y, left - x : right - x].astype(np.float32)
    there = part[:, :, 3:] * np.float32(1 / 255)
    ground = image[top:bottom, left:right]
    lit = np.minimum(part[:, :, :3] * np.float32(rng.uniform(*LIGHT)), 255)
    image[top:bottom, left:right] = (ground + there * (lit - ground)).astype(np.uint8)
    return np.array([left, top, right, bottom], np.float32)


def _covered(boxes: NDArray[np.float32], by: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of each box that lies within `by`, (n,)."""
    common = np.minimum(boxes[:, 2:], by[2:]) - np.maximum(boxes[:, :2], by[:2])
    areas = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-6)
    return np.asarray(np.maximum(common, 0).prod(axis=1) / areas, np.float32)
