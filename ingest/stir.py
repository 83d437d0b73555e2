"""Whether a picture changes: the cheap question that decides if a camera's stream is decoded at all."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RECENT = timedelta(seconds=1)  # a picture is compared with the newest that is older than this, or the oldest there is
LEAST_STEP = 8.0  # levels of 255, below what motion detection calls a difference: to wake once too often is cheap
NOISE_FACTOR = 5.0  # times the mean difference of the whole picture
PATCH = (3, 3)  # pixels of the reduced picture that must differ together


class Stir:
    """Compares each picture with that of a second before. One a connection, one thread."""

    def __init__(self) -> None:
        self._recent: deque[tuple[datetime, NDArray[np.uint8]]] = deque()

    def look(self, small: NDArray[np.uint8], at: datetime) -> bool:
        """Whether some patch of the reduced picture `small`, (h, w) uint8, has changed. The first picture has not."""
        while len(self._recent) > 1 and self._recent[1][0] <= at - RECENT:
            self._recent.popleft()
        before = self._recent[0][1] if self._recent else small
        self._recent.append((at, small))
        if before.shape != small.shape or (self._recent[0][0] > at):
            self._recent = deque([(at, small)])
            return True
        difference = cv2.absdiff(small, before)
        mean = float(cv2.mean(difference)[0])
        most = float(cv2.blur(difference, PATCH).max())
        return most > max(LEAST_STEP, NOISE_FACTOR * mean) or mean > LEAST_STEP
