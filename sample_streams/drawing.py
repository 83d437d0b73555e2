"""A checkpoint without people, drawn: sky, hills, road, booth, barrier, fence, lamps, and the light they stand in.

Positions are pixels of a picture of `SIZE`; `base` is where a thing stands, and so what it hides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour = tuple[int, int, int]  # BGR
Spot = tuple[float, float]
SIZE = (640, 360)  # width, height
FINER = 2  # drawn at so many times the size, for smooth edges
SHIFT = 3  # binary places of OpenCV's coordinates
WARM = (0.75, 0.95, 1.1)  # a lamp's light, BGR


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A pool of light on the ground."""

    at: Spot
    reach: float
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How a scene is lit, and how much its sensor's picture is noisy for it."""

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)  # BGR
    lamps: tuple[Lamp, ...] = ()
    noise: float = 2.0  # levels, standard deviation

    def map(self) -> NDArray[np.float32]:
        """Light by pixel, (h, w, 3), 1.0 for full daylight."""
        width, height = SIZE
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        light = np.empty((height, width, 3), np.float32)
        light[:] = self.gain
        for lamp in self.lamps:
            far = ((x - lamp.at[0]) ** 2 + (1.6 * (y - lamp.at[1])) ** 2) / lamp.reach**2
            light += (lamp.strength * np.exp(-far))[..., None] * np.array(WARM, np.float32)
        return light


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prop:
    """Something on the ground that hides whoever stands behind it."""

    base: float
    mask: NDArray[np.float32]  # (h, w), 1 where it is


class Brush:
    """Paints a picture, finer than it will be, and remembers which of it are props."""

    def __init__(self, seed: int) -> None:
        width, height = SIZE
        self._canvas = np.zeros((height * FINER, width * FINER, 3), np.uint8)
        self._mask: NDArray[np.uint8] | None = None
        self.random = np.random.default_rng(seed)
        self.props: list[Prop] = []

    def picture(self) -> NDArray[np.uint8]:
        """What was painted, (360, 640, 3) BGR."""
        return np.asarray(cv2.resize(self._canvas, SIZE, interpolation=cv2.INTER_AREA), np.uint8)

    @contextmanager
    def prop(self, base: float) -> Iterator[None]:
        """What is painted within stands on the ground at `base`."""
        self._mask = np.zeros(self._canvas.shape[:2], np.uint8)
        yield
        mask = np.asarray(cv2.resize(self._mask, SIZE, interpolation=cv2.INTER_AREA), np.float32)
        self.props.append(Prop(base=base, mask=mask / np.float32(255)))
        self._mask = None

    def polygon(self, corners: Sequence[Spot], colour: Colour) -> None:
        """A filled polygon."""
        points = [np.array([_fixed(corner) for corner in corners], np.int32)]
        cv2.fillPoly(self._canvas, points, colour, cv2.LINE_AA, SHIFT)
        if self._mask is not None:
            cv2.fillPoly(self._mask, points, 255, cv2.LINE_AA, SHIFT)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour)

    def line(self, start: Spot, end: Spot, colour: Colour, width: float = 1.0) -> None:
        """A straight line, `width` pixels thick."""
        thick = max(1, round(width * FINER))
        cv2.line(self._canvas, _fixed(start), _fixed(end), colour, thick, cv2.LINE_AA, SHIFT)
        if self._mask is not None:
            cv2.line(self._mask, _fixed(start), _fixed(end), 255, thick, cv2.LINE_AA, SHIFT)

    def blot(self, at: Spot, radii: Spot, colour: Colour) -> None:
        """A filled ellipse."""
        axes = (round(radii[0] * FINER * 2**SHIFT), round(radii[1] * FINER * 2**SHIFT))
        cv2.ellipse(self._canvas, _fixed(at), axes, 0, 0, 360, colour, -1, cv2.LINE_AA, SHIFT)

    def fade(self, y0: float, y1: float, top: Colour, bottom: Colour) -> None:
        """A vertical run of colours over the whole width."""
        rows = slice(round(y0 * FINER), min(round(y1 * FINER), len(self._canvas)))
        share = np.linspace(0, 1, rows.stop - rows.start)[:, None]
        colours = np.array(top) * (1 - share) + np.array(bottom) * share
        self._canvas[rows] = colours[:, None].round().astype(np.uint8)

    def grain(self, y0: float, y1: float, strength: float) -> None:
        """Unevenness of the ground, finer the further away."""
        rows = slice(round(y0 * FINER), min(round(y1 * FINER), len(self._canvas)))
        height, width = rows.stop - rows.start, self._canvas.shape[1]
        coarse = self.random.normal(0, strength, (height // 6, width // 14)).astype(np.float32)
        fine = self.random.normal(0, strength, (height // 2, width // 3)).astype(np.float32)
        uneven = cv2.resize(coarse, (width, height)) + cv2.resize(fine, (width, height))
        self._canvas[rows] = np.clip(self._canvas[rows] + uneven[..., None], 0, 255).astype(np.uint8)


def _fixed(spot: Spot) -> tuple[int, int]:
    return round(spot[0] * FINER * 2**SHIFT), round(spot[1] * FINER * 2**SHIFT)
