"""How a picture of any size is laid onto a model's input, and how boxes find their way back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PADDING = 114  # the grey that YOLO models are trained with


class Placement(Enum):
    """Where the picture stands on the input."""

    STRETCH = "stretch"  # fills it; proportions change (Open Model Zoo SSD)
    TOP_LEFT = "top left"  # keeps its proportions; padding right or below (YOLOX)
    CENTRED = "centred"  # keeps its proportions; padding on both sides (ultralytics)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one picture lies on the input, in pixels of the input."""

    x: int
    y: int
    width: int
    height: int

    def fractions(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Boxes in pixels of the input, (n, 4) corners, as fractions of the picture, cut to within it."""
        moved = boxes - np.array([self.x, self.y, self.x, self.y], np.float32)
        scaled = moved / np.array([self.width, self.height, self.width, self.height], np.float32)
        return np.asarray(np.clip(scaled, 0, 1), np.float32)


class Canvas:
    """A model's input as a buffer that is drawn on again for every picture: one thread, one picture at a time."""

    def __init__(self, width: int, height: int, placement: Placement) -> None:
        self.width, self.height = width, height
        self._placement = placement
        self._pixels = np.full((1, height, width, 3), PADDING, np.uint8)
        self._last: Spot | None = None

    def lay(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Spot]:
        """The input, (1, height, width, 3) uint8 in the picture's own colour order, valid until the next call."""
        spot = self.spot(image.shape[1], image.shape[0])
        if spot != self._last:
            self._pixels[:] = PADDING
            self._last = spot
        target = self._pixels[0, spot.y : spot.y + spot.height, spot.x : spot.x + spot.width]
        if image.shape[:2] == target.shape[:2]:
            target[:] = image
        else:
            # INTER_LINEAR is what these models are trained with; OpenCV writes into the rows of the buffer.
            cv2.resize(image, (spot.width, spot.height), dst=target, interpolation=cv2.INTER_LINEAR)
        return self._pixels, spot

    def spot(self, width: int, height: int) -> Spot:
        """Where a picture of this size lies."""
        if self._placement is Placement.STRETCH:
            return Spot(0, 0, self.width, self.height)
        scale = min(self.width / width, self.height / height)
        wide, high = max(1, round(width * scale)), max(1, round(height * scale))
        if self._placement is Placement.TOP_LEFT:
            return Spot(0, 0, wide, high)
        # ultralytics rounds half a pixel of padding down on the near side
        return Spot(round((self.width - wide) / 2 - 0.1), round((self.height - high) / 2 - 0.1), wide, high)
