"""The built-in detector of a node without a model: people by OpenCV's HOG, vehicles by what moves and is wide.

It is a stopgap and says so: see the table in README.md. It sees neither people who sit, lie or are half hidden, nor
vehicles that stand still, and takes posts and trunks of the right shape for people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.hog import HogPeople, People
from detect.backends.regions import area, covered, merged
from detect.backends.suppress import strongest, suppress
from detect.detector import Picture
from detect.messages import Box, Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEIGHT = 360  # pixels the whole picture is searched at
BORDER = 72  # pixels, a fifth of the height: room for a person who fills the picture
PEOPLE_OVERLAP = 0.3  # HOG answers one person with many windows, well apart
SMALL = 0.35  # of the picture's height: moving regions lower than this are searched once more, enlarged
CLOSE_UP = 104  # pixels a small region's height is brought to; the window holds a person of about 100
CLOSE_UPS = 4  # regions a picture
STEEPNESS, HALF = 3.2, 0.5  # of the logistic curve from margin to score; a margin of HALF is a score of 0.5

VEHICLE_SCORE = 0.5  # about the share of such regions that are vehicles, measured on footage
VEHICLE_AREA = 0.008  # share of the picture
VEHICLE_WIDE = 0.9  # width over height in pixels; a walking person is narrower
VEHICLE_LARGEST = 0.5  # share of the picture; more is the light or the camera


class BuiltInDetector:
    """People and moving vehicles with nothing to install. One thread owns it."""

    name = "built-in"
    labels = frozenset({Label.PERSON, Label.VEHICLE})

    def __init__(self, *, threshold: float, threads: int = 1) -> None:
        """Scores under `threshold` are dropped. OpenCV's number of threads is one for the whole process."""
        cv2.setNumThreads(threads)
        self._threshold = threshold
        self._hog: HogPeople | None = HogPeople()

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One after another; vehicles only where `Picture.moving` says that something moves."""
        return [self._one(picture) for picture in pictures]

    def close(self) -> None:
        """Give the coefficients back."""
        self._hog = None

    def _one(self, picture: Picture) -> Detections:
        if self._hog is None:
            raise BackendUnavailable("the built-in detector was closed")
        regions = merged(picture.moving)
        people = self._people(self._hog, picture.image, regions)
        boxes = [_box(row) for row in people.boxes]
        vehicles = [region for region in regions if _is_vehicle(region, picture.image, boxes)]
        if self._threshold > VEHICLE_SCORE or not vehicles:
            return people
        scores = np.append(people.scores, np.full(len(vehicles), VEHICLE_SCORE, np.float32))
        both = np.concatenate([people.boxes, np.array(vehicles, np.float32)])
        return strongest(both, scores, [*people.labels, *[Label.VEHICLE] * len(vehicles)])

    def _people(self, hog: HogPeople, image: NDArray[np.uint8], regions: Sequence[Box]) -> Detections:
        found = [_whole(hog, image), *_close_ups(hog, image, regions)]
        boxes = np.concatenate([people for people, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        keep = scores >= self._threshold
        return suppress(boxes[keep], scores[keep], [Label.PERSON] * int(keep.sum()), PEOPLE_OVERLAP)


Found = tuple["NDArray[np.float32]", "NDArray[np.float32]"]  # boxes as fractions of the picture, scores


def _whole(hog: HogPeople, image: NDArray[np.uint8]) -> Found:
    return _fractions(hog.search(image, HEIGHT / image.shape[0], BORDER), (0, 0), image)


def _close_ups(hog: HogPeople, image: NDArray[np.uint8], regions: Sequence[Box]) -> list[Found]:
    """People far away, where something small moves that could be one."""
    height, width = image.shape[:2]
    small = [box for box in regions if _may_be_small_person(box, width / height)]
    found = []
    for x0, y0, x1, y1 in small[:CLOSE_UPS]:
        tall = y1 - y0
        left, right = max(0, round((x0 - tall / 2) * width)), min(width, round((x1 + tall / 2) * width))
        top, bottom = max(0, round((y0 - tall / 2) * height)), min(height, round((y1 + tall / 2) * height))
        people = hog.search(image[top:bottom, left:right], CLOSE_UP / (tall * height), 16)
        found.append(_fractions(people, (left, top), image))
    return found


def _may_be_small_person(box: Box, proportion: float) -> bool:
    tall, wide = box[3] - box[1], (box[2] - box[0]) * proportion
    return 0.04 <= tall <= SMALL and wide <= 1.5 * tall


def _fractions(people: People, corner: tuple[int, int], image: NDArray[np.uint8]) -> Found:
    height, width = image.shape[:2]
    moved = people.boxes + np.tile(np.array(corner, np.float32), 2)
    boxes = np.clip(moved / np.array([width, height, width, height], np.float32), 0, 1)
    scores = 1 / (1 + np.exp(-STEEPNESS * (people.margins - HALF)))
    return boxes.astype(np.float32), scores.astype(np.float32)


def _is_vehicle(region: Box, image: NDArray[np.uint8], people: Sequence[Box]) -> bool:
    height, width = image.shape[:2]
    wide = (region[2] - region[0]) * width >= VEHICLE_WIDE * (region[3] - region[1]) * height
    sized = VEHICLE_AREA <= area(region) <= VEHICLE_LARGEST
    alone = all(covered(person, region) < 0.5 and covered(region, person) < 0.3 for person in people)
    return wide and sized and alone


def _box(row: NDArray[np.float32]) -> Box:
    left, top, right, bottom = (float(value) for value in row)
    return left, top, right, bottom
