"""Text on pictures, in Chinese too: OpenCV brings a font of its own that has every letter of the page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    import numpy as np
    from cv2.typing import Range
    from numpy.typing import NDArray

Colour = tuple[int, int, int]  # blue, green, red


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("uni")  # WenQuanYi Micro Hei; 8 MiB once it is used


def width_of(text: str, size: int) -> int:
    """How many columns `text` takes in letters of `size` pixels."""
    return int(cv2.getTextSize((1, 1), text, (0, 0), _font(), size)[2])


def write(canvas: NDArray[np.uint8], text: str, at: tuple[int, int], size: int, colour: Colour) -> None:
    """Write one line into `canvas`; `at` is the left end of the line its letters stand on. What does not fit is cut."""
    beyond: Range = (0, 1 << 20)  # or it would go on in the next line
    cv2.putText(canvas, text, at, colour, _font(), size, wrap=beyond)
