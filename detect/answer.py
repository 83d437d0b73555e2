"""Whether a picture still shows what the detector last saw in it: then its answer holds, and is not asked for again.

Only pictures at rest come here. Each is compared with the one that was inferred, never with the one before it, so that
what changes slowly is noticed too; and no answer holds for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import Camera
from detect.boxes import grown
from detect.messages import Box, Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.messages import Frame

WIDTH = 320  # columns of the picture that is compared: about what detectors see
LONGEST = timedelta(seconds=10)  # an answer holds, at most,
ASKED_AT_LEAST = 6  # ... and for so short a time that a post is asked about so often before anybody is accused
STEP = 8.0  # levels of 255 by which a patch may differ, in the mean: a sensor's noise and coding, no object
PATCH = (3, 3)  # pixels of the compared picture
ABOVE, BESIDE = 0.15, 0.05  # of the picture, round a zone: who stands in it reaches up out of it
MARGIN = 0.25  # of a found box's sides, round it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """What the detector was asked, and its answer."""

    at: datetime
    luma: NDArray[np.uint8]  # (h, `WIDTH`)
    regions: tuple[tuple[slice, slice], ...]  # rows, columns: where a difference matters
    found: Detections
    times: int  # in a row that the answer was the same


class LastAnswer:
    """One camera's last answer of the detector. One thread.

    An answer holds for a heartbeat for each time that it was given in a row: a detector that wavers is asked often.
    """

    def __init__(self, camera: Camera) -> None:
        self._heartbeat = camera.heartbeat
        self._longest = _longest(camera)
        self._zones = tuple(around(zone.polygon) for zone in camera.zones.values())
        self._asked: _Asked | None = None

    def still_holds(self, frame: Frame) -> Detections | None:
        """The answer, if `frame` shows the same in and round the zones and where something was found; else None."""
        asked = self._asked
        if asked is None or not timedelta() <= frame.captured_at - asked.at < self._holds(asked.times):
            return None
        now = _reduced(frame)
        if now.shape != asked.luma.shape or any(_differs(now[part], asked.luma[part]) for part in asked.regions):
            return None
        return asked.found

    def keep(self, frame: Frame, found: Detections) -> None:
        """The detector found that in `frame`."""
        luma, before = _reduced(frame), self._asked
        times = before.times + 1 if before and sorted(before.found.labels) == sorted(found.labels) else 1
        boxes = [*self._zones, *(grown((x0, y0, x1, y1), MARGIN, MARGIN) for x0, y0, x1, y1 in found.boxes.tolist())]
        regions = tuple(_part(box, luma.shape) for box in boxes or [(0.0, 0.0, 1.0, 1.0)])
        self._asked = _Asked(at=frame.captured_at, luma=luma, regions=regions, found=found, times=times)

    def forget(self) -> None:
        """Ask the next time."""
        self._asked = None

    def _holds(self, times: int) -> timedelta:
        """Ends a little before the next heartbeat, which comes a little early or late."""
        return min((times + 0.5) * self._heartbeat, self._longest)


def _longest(camera: Camera) -> timedelta:
    accused = (time for post in camera.posts for time in (post.absent_after, post.understaffed_after) if time)
    return min([LONGEST, *(time / ASKED_AT_LEAST for time in accused)])


def _reduced(frame: Frame) -> NDArray[np.uint8]:
    luma = frame.luma()
    height = max(1, round(WIDTH * luma.shape[0] / luma.shape[1]))
    return np.asarray(cv2.resize(luma, (WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)


def _differs(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> bool:
    return float(cv2.blur(cv2.absdiff(now, before), PATCH).max()) > STEP


def around(polygon: tuple[tuple[float, float], ...]) -> Box:
    """The box round a zone that holds whoever stands in it."""
    across, down = zip(*polygon, strict=True)
    return min(across) - BESIDE, min(down) - ABOVE, max(across) + BESIDE, max(down) + BESIDE


def _part(box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of `box` in a picture of `shape`, at least one of each."""
    height, width = shape[:2]
    top, left = (
        min(max(0, int(edge)), most - 1) for edge, most in ((box[1] * height, height), (box[0] * width, width))
    )
    return slice(top, max(top + 1, int(box[3] * height) + 1)), slice(left, max(left + 1, int(box[2] * width) + 1))
