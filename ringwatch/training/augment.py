"""How one training picture comes about: placed, mirrored, tilted, lit and spoiled as cameras spoil pictures.

Everything hangs on the generator that is passed in: the same numbers give the same picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from detect.backends.canvas import PADDING
from ringwatch.training.pasting import Labels, Stock, paste
from ringwatch.training.pictures import Corners, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOSAIC = 0.4  # share of canvases made of four pictures: small things, many contexts
SCALE = (0.5, 2.0)  # of a picture that covers its place: who is far away, and who fills the picture
TILT_DEGREES = 4.0
SQUASH = (0.8, 1.25)  # height over width: cameras look from 3 to 8 m down on what most pictures show level
SEEN = 0.35  # share of a thing that must be left of it in the picture
LEAST_PIXELS = 5.0  # height and width together, halved: smaller things are neither taught nor untaught
GREY, DUSK = 0.22, 0.22  # shares of infrared-like and of dark pictures
NOTHING = Stock(())
LEVELS = np.arange(256, dtype=np.float32)[:, None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Canvas:
    """One picture to learn from."""

    image: NDArray[np.uint8]  # (h, w, 3) BGR
    boxes: NDArray[np.float32]  # (n, 4) corners in pixels
    classes: NDArray[np.int64]  # (n,)


def compose(
    pictures: Sequence[Picture], size: tuple[int, int], rng: np.random.Generator, stock: Stock = NOTHING
) -> Canvas:
    """A canvas of `size` (width, height) from the first of `pictures`, or from all four, with cut-outs of `stock`."""
    width, height = size
    image = np.full((height, width, 3), PADDING, np.uint8)
    if len(pictures) == 4 and rng.random() < MOSAIC:
        x, y = (int(rng.uniform(0.35, 0.65) * side) for side in size)
        places = ((0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height))
        parts = [_place(picture, image, place, rng) for picture, place in zip(pictures, places, strict=True)]
    else:
        parts = [_place(pictures[0], image, (0, 0, width, height), rng)]
    labels = np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    boxes, classes = paste(image, labels, stock, rng)
    return Canvas(image=spoil(image, rng), boxes=boxes, classes=classes)


Place = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the canvas


def _place(picture: Picture, canvas: NDArray[np.uint8], place: Place, rng: np.random.Generator) -> Labels:
    """Draw `picture` into `place` of the canvas; its boxes there."""
    left, top, right, bottom = place
    image = picture.image()
    matrix = _matrix(image.shape[1], image.shape[0], right - left, bottom - top, rng)
    size = (right - left, bottom - top)
    drawn = np.asarray(
        cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=(PADDING,) * 3), np.uint8
    )
    for corners in picture.ignored:
        _paint(drawn, _moved(corners, image, matrix))
    boxes, classes = _labels(picture, image, matrix, drawn)
    canvas[top:bottom, left:right] = drawn
    return boxes + np.array([left, top, left, top], np.float32), classes


def _matrix(width: int, height: int, wide: int, high: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """From the picture's pixels to the place's: scaled, squashed, tilted, mirrored, moved."""
    scale = max(wide / width, high / height) * float(np.exp(rng.uniform(*np.log(SCALE))))
    squash = float(np.exp(rng.uniform(*np.log(SQUASH))))
    angle = np.deg2rad(rng.uniform(-TILT_DEGREES, TILT_DEGREES))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([scale * mirror / np.sqrt(squash), scale * np.sqrt(squash)])
    free = np.abs(np.array([wide, high]) - np.abs(linear) @ np.array([width, height]))
    shift = rng.uniform(-0.5, 0.5, 2) * free
    centre = np.array([wide, high]) / 2 + shift - linear @ np.array([width, height]) / 2
    return np.column_stack([linear, centre])


def _moved(corners: Corners, image: NDArray[np.uint8], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The box around the corners after the move, (4,) in pixels of the place."""
    height, width = image.shape[:2]
    x0, y0, x1, y1 = corners
    points = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) * (width, height)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([moved.min(axis=0), moved.max(axis=0)])


def _labels(
    picture: Picture, image: NDArray[np.uint8], matrix: NDArray[np.float64], drawn: NDArray[np.uint8]
) -> Labels:
    height, width = drawn.shape[:2]
    boxes, classes = [], []
    for target in picture.targets:
        whole = _moved(target.box, image, matrix)
        box = np.clip(whole, 0, (width, height, width, height))
        size = box[2:] - box[:2]
        seen = size.prod() / max(float((whole[2:] - whole[:2]).prod()), 1e-6)
        if size.min() <= 0:
            continue
        if size.mean() < LEAST_PIXELS:
            _paint(drawn, box)
        elif seen >= SEEN:
            boxes.append(box)
            classes.append(target.wanted)
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(classes, np.int64)


def _paint(drawn: NDArray[np.uint8], box: NDArray[np.float64]) -> None:
    """Take what may be something out of the picture, so that it teaches nothing: neither that it is, nor is not."""
    height, width = drawn.shape[:2]
    left, top = (max(0, int(value)) for value in box[:2])
    right, bottom = min(width, int(box[2]) + 1), min(height, int(box[3]) + 1)
    if right > left and bottom > top:
        drawn[top:bottom, left:right] = PADDING


def spoil(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Light, colour, noise, blur and compression as by day, at dusk and in infrared."""
    kind = rng.random()
    if kind < GREY:
        spoiled = _infrared(image, rng)
    elif kind < GREY + DUSK:
        spoiled = _dusk(image, rng)
    else:
        spoiled = _daylight(image, rng)
    if rng.random() < 0.3:
        spoiled = np.asarray(cv2.GaussianBlur(spoiled, (0, 0), rng.uniform(0.4, 1.1)), np.uint8)
    if rng.random() < 0.4:
        _, encoded = cv2.imencode(".jpg", spoiled, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))])
        spoiled = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return spoiled


def _daylight(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    lit = LEVELS * rng.uniform(0.9, 1.1, 3).astype(np.float32) * rng.uniform(0.7, 1.3) + rng.uniform(-20, 20)
    return np.asarray(cv2.LUT(image, _levels(lit)), np.uint8)


def _infrared(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Grey, flat, noisy; vegetation and clothes change their brightness, so the channels are mixed at random."""
    weights = rng.dirichlet((2.0, 2.0, 2.0)).astype(np.float32)
    grey = np.asarray(cv2.transform(image.astype(np.float32), weights[None]), np.float32)
    flat = (grey - grey.mean()) * rng.uniform(0.4, 1.1) + rng.uniform(50, 140)
    noisy = flat + _noise(flat.shape, rng.uniform(2, 14), rng)
    return np.asarray(cv2.cvtColor(np.clip(noisy, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def _dusk(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    dark = np.asarray(255 * (LEVELS / 255) ** rng.uniform(1.2, 2.2) * rng.uniform(0.35, 0.8), np.float32)
    tint = np.array([rng.uniform(0.9, 1.3), 1.0, rng.uniform(0.8, 1.2)], np.float32)
    noisy = cv2.LUT(image, _levels(dark * tint)) + _noise(image.shape, rng.uniform(2, 10), rng)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def _levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What becomes of every level in each channel, (1, 256, 3), from values (256, 3)."""
    return np.clip(values, 0, 255).astype(np.uint8)[None]


def _noise(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise of a standard deviation, cut at random out of a pool: drawing it anew would cost most of a canvas."""
    size = int(np.prod(shape))
    pool = _pool(4 * size)
    start = int(rng.integers(len(pool) - size))
    return np.asarray(pool[start : start + size].reshape(shape) * np.float32(sigma), np.float32)


@lru_cache(maxsize=4)
def _pool(size: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).standard_normal(size, np.float32)
