"""OpenCV's HOG people detector: standing people, upright, of a tenth of the picture's height and more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = (64, 128)  # width, height in pixels of what the detector was trained on
PERSON = (0.16, 0.10, 0.84, 0.92)  # where in the window the person stands, fractions; measured on footage
STRIDE = (8, 8)  # pixels from window to window
STEP = 1.1  # from one size to the next
LEAST_MARGIN = 0.1  # distance from the dividing plane; nearly all below are no person


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Windows that look like a person, in pixels of the picture that was searched."""

    boxes: NDArray[np.float32]  # (n, 4) corners
    margins: NDArray[np.float32]  # (n,) distance from the dividing plane, about 0..3


class HogPeople:
    """The detector with its trained coefficients, which come with OpenCV. One thread."""

    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector(), np.float32))

    def search(self, image: NDArray[np.uint8], scale: float, border: int) -> People:
        """Look for people in `image`, (h, w, 3), resized by `scale` and continued by `border` pixels on every side.

        The border lets a person who fills the picture fit into a window, which has room round the person.
        """
        scaled = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        framed = cv2.copyMakeBorder(scaled, border, border, border, border, cv2.BORDER_REPLICATE)
        if framed.shape[1] < WINDOW[0] or framed.shape[0] < WINDOW[1]:
            return People(boxes=np.empty((0, 4), np.float32), margins=np.empty(0, np.float32))
        windows, margins = self._hog.detectMultiScale(
            framed, hitThreshold=LEAST_MARGIN, winStride=STRIDE, padding=(0, 0), scale=STEP, groupThreshold=0
        )
        return _people(np.asarray(windows, np.float32).reshape(-1, 4), np.asarray(margins, np.float32), scale, border)


def _people(windows: NDArray[np.float32], margins: NDArray[np.float32], scale: float, border: int) -> People:
    """In a fixed order: OpenCV's threads report what they find as they find it."""
    corner, size = np.tile(windows[:, :2], 2), np.tile(windows[:, 2:], 2)
    boxes = (corner + size * np.array(PERSON, np.float32) - border) / scale
    order = np.lexsort((*boxes.T, -margins.ravel()))
    return People(boxes=boxes[order].astype(np.float32), margins=margins.ravel()[order])
