"""A detector that looks at each picture once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.model import Label
from detect.detector import Picture
from detect.messages import Detections
from ringwatch.tuning.once import Once
from tests.detect.given import found


class Counting:
    """Finds a box as wide as the picture is bright, and counts what it is shown."""

    name = "counting"
    labels = frozenset({Label.PERSON})
    batch = 1

    def __init__(self) -> None:
        self.shown: list[int] = []

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        shades = [int(picture.image[0, 0, 0]) for picture in pictures]
        self.shown += shades
        return [found((0.0, 0.0, shade / 255, 1.0)) for shade in shades]

    def close(self) -> None: ...


def shades(*values: int) -> list[Picture]:
    """Plain pictures."""
    return [Picture(image=np.full((4, 4, 3), value, np.uint8)) for value in values]


def test_a_picture_is_inferred_once_and_answers_keep_their_order() -> None:
    """However often, and in whichever company, it is shown."""
    detector = Counting()
    once = Once(detector)

    first = once.detect(shades(51, 102))
    second = once.detect(shades(102, 204, 51))

    assert detector.shown == [51, 102, 204]
    assert [round(float(one.boxes[0][2]), 1) for one in (*first, *second)] == [0.2, 0.4, 0.4, 0.8, 0.2]
    assert (once.asked, once.inferred) == (5, 3)


def test_another_clip_begins_anew() -> None:
    """What was found in the last one takes no memory."""
    detector = Counting()
    once = Once(detector)

    once.detect(shades(51))
    once.forget()
    once.detect(shades(51))

    assert detector.shown == [51, 51]
