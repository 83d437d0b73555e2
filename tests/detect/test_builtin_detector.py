from __future__ import annotations

import numpy as np
import pytest

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.builtin import BuiltInDetector
from detect.backends.regions import covered, merged
from detect.detector import Picture
from tests.detect.test_openvino_detector import sampled

GREY = np.full((360, 640, 3), 120, np.uint8)


@pytest.fixture
def detector() -> BuiltInDetector:
    return BuiltInDetector(threshold=0.4)


def test_it_sees_people_who_walk_past(detector: BuiltInDetector) -> None:
    """Real ones, whole and upright: that is all it can do."""
    (street,) = sampled("street-pedestrians.mp4", 2.0)

    (seen,) = detector.detect([Picture(image=street)])

    assert seen.labels.count(Label.PERSON) >= 1


def test_it_takes_what_is_wide_and_moves_for_a_vehicle(detector: BuiltInDetector) -> None:
    """And nothing that stands still, or is upright, or fills the picture."""
    wide, upright, everything = (0.2, 0.5, 0.5, 0.7), (0.1, 0.2, 0.2, 0.9), (0.0, 0.0, 1.0, 1.0)

    moving, still, tall, light = detector.detect(
        [Picture(image=GREY, moving=regions) for regions in ((wide,), (), (upright,), (everything,))]
    )

    assert moving.labels == (Label.VEHICLE,)
    assert moving.boxes[0].tolist() == pytest.approx(wide)
    assert len(still) == len(tall) == len(light) == 0


def test_a_threshold_above_its_confidence_silences_vehicles() -> None:
    """It never claims more than about half."""
    (seen,) = BuiltInDetector(threshold=0.6).detect([Picture(image=GREY, moving=((0.2, 0.5, 0.5, 0.7),))])

    assert len(seen) == 0


def test_it_claims_no_more_than_it_can_tell(detector: BuiltInDetector) -> None:
    """`check` names the rules that ask for more."""
    assert detector.labels == {Label.PERSON, Label.VEHICLE}
    detector.close()
    with pytest.raises(BackendUnavailable, match="was closed"):
        detector.detect([Picture(image=GREY)])


def test_moving_regions_that_touch_are_one_thing() -> None:
    """Largest first, whatever their order."""
    parts = [
        (0.0, 0.0, 0.1, 0.1),
        (0.3, 0.0, 0.4, 0.1),
        (0.11, 0.0, 0.2, 0.1),
        (0.21, 0.0, 0.29, 0.1),
        (0.8, 0.8, 1.0, 1.0),
    ]

    assert merged(parts) == merged(parts[::-1]) == [(0.0, 0.0, 0.4, 0.1), (0.8, 0.8, 1.0, 1.0)]
    assert covered((0.0, 0.0, 0.2, 0.2), (0.1, 0.0, 0.3, 0.2)) == pytest.approx(0.5)
    assert covered((0.0, 0.0, 0.2, 0.2), (0.5, 0.5, 0.6, 0.6)) == 0
