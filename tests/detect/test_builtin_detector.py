"""The model that comes with ringwatch: small, documented, and good enough for a post."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from config.model import DetectorChoice, Label
from detect.backends.dnn_detector import DnnDetector
from detect.backends.openvino_detector import OpenVinoDetector
from detect.detector import Detector, Picture
from detect.models import BUILT_IN_MODEL, load_detector
from tests.detect.test_openvino_detector import sampled

MIB = 1 << 20


@pytest.fixture
def detector() -> Iterator[Detector]:
    with closing(load_detector(DetectorChoice(model="built-in"), base=Path(), threads=1)) as built_in:
        yield built_in


def test_it_is_small_and_its_card_is_its_own() -> None:
    """Six MiB at most; the card names the file's hash, what it was made from, and under which licences."""
    card = (BUILT_IN_MODEL.parent / "CARD.md").read_text("utf-8")

    assert BUILT_IN_MODEL.stat().st_size <= 6 * MIB
    assert hashlib.sha256(BUILT_IN_MODEL.read_bytes()).hexdigest() in card
    assert all(said in card for said in ("CC BY 4.0", "## Where it fails", "AP50"))


def test_it_tells_people_vehicles_and_bikes(detector: Detector) -> None:
    """`check` names the rules that ask for more."""
    assert detector.labels == {Label.PERSON, Label.VEHICLE, Label.BIKE}


def test_it_sees_people_and_vehicles_of_clips_it_did_not_learn_from(detector: Detector) -> None:
    """And nobody in an empty room."""
    empty, guard = sampled("one-by-one-person.mp4", 2.0, 12.0)
    (car,) = sampled("person-bicycle-car.mp4", 2.0)

    nobody, somebody, driving = detector.detect([Picture(image=image) for image in (empty, guard, car)])

    assert Label.PERSON not in nobody.labels
    assert Label.PERSON in somebody.labels
    assert Label.VEHICLE in driving.labels


def test_opencv_runs_it_where_openvino_has_no_wheel() -> None:
    """With the same boxes, to a hundredth of the picture."""
    shown = [Picture(image=image) for image in sampled("street-vehicles.mp4", 1.0, 5.0)]

    theirs = OpenVinoDetector(BUILT_IN_MODEL, name="theirs", threshold=0.4).detect(shown)
    ours = DnnDetector(BUILT_IN_MODEL, name="ours", threshold=0.4).detect(shown)

    assert [one.labels for one in ours] == [one.labels for one in theirs]
    assert sum(map(len, ours)) > 2
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
        np.testing.assert_allclose(one.scores, other.scores, atol=0.01)
