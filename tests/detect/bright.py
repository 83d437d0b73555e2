"""A detector that finds whatever is bright, frames that show it something, and the analysis of one camera by it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from config.errors import BackendUnavailable
from config.model import Label
from detect.detector import Picture
from detect.messages import Box, Detections
from detect.pipeline import CameraAnalysis
from ingest.messages import Frame, KeyPicture
from tests.detect.given import at, camera, found, picture

GUARD: Box = (0.1, 0.3, 0.2, 0.9)
THIEF: Box = (0.7, 0.3, 0.8, 0.9)
# A wall of stones, darker than anything a detector of bright things finds, as a sensor with its noise sees it.
WALL = np.kron(np.random.default_rng(1).integers(60, 120, (18, 32)), np.ones((20, 20)))
POST = {"posts": [{"zone": "post", "absent_after": "4s"}]}
LANE = {"rules": [{"rule": "intrusion", "zone": "lane", "dwell": "1s"}]}


class FindsWhatIsBright:
    """A detector for plain pictures: every bright spot is a person, or whatever `called` says."""

    name = "bright"
    labels = frozenset({Label.PERSON, Label.VEHICLE})
    batch = 1

    def __init__(self, called: Label = Label.PERSON) -> None:
        self._called = called
        self.looks = 0
        self.broken = False
        self.bad: bytes | None = None  # the picture that it fails on
        self.misses: Container[int] = ()  # the looks, from 1 on, that show it nobody

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        self.looks += len(pictures)
        if self.broken or any(one.image.tobytes() == self.bad for one in pictures):
            raise BackendUnavailable("the accelerator is gone")
        missed = self.looks in self.misses
        return [found(*(() if missed else self._spots(one.image)), label=self._called) for one in pictures]

    def close(self) -> None: ...

    def _spots(self, image: NDArray[np.uint8]) -> Iterator[Box]:
        height, width = image.shape[:2]
        bright = (image.max(axis=2) > 150).astype(np.uint8)
        for x, y, w, h, _ in cv2.connectedComponentsWithStats(bright)[2][1:].tolist():
            yield x / width, y / height, (x + w) / width, (y + h) / height


def frame(seconds: float, *boxes: Box) -> Frame:
    """A frame that shows plain objects at `boxes`."""
    seen = WALL + np.random.default_rng(round(seconds * 1000)).normal(0, 3, WALL.shape)
    seen = np.where(picture(boxes, shade=0) > 0, 200.0, seen)
    video = av.VideoFrame.from_ndarray(np.clip(seen, 0, 255).astype(np.uint8), format="gray")
    return of_video(seconds, video.reformat(format="yuv420p"))


def of_video(seconds: float, video: av.VideoFrame) -> Frame:
    """A frame that was encoded by itself."""
    keyframe = KeyPicture.of(video, at(seconds))
    return Frame(camera="gate", pts_s=seconds, captured_at=at(seconds), video=video, keyframe=keyframe)


def film(until_s: float, *boxes: Box, begin_s: float = 0.0) -> list[Frame]:
    """Three frames a second."""
    return [frame(begin_s + i / 3, *boxes) for i in range(round((until_s - begin_s) * 3))]


def analysis(detector: FindsWhatIsBright, **parts: object) -> CameraAnalysis:
    """The analysis of a camera with `parts`."""
    return CameraAnalysis(camera(**parts), detector, ZoneInfo("UTC"))
