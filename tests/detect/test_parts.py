"""A second box round somebody, or a part of him, is no second person."""

from __future__ import annotations

import numpy as np
import pytest

from config.model import Label
from detect.merged import separate
from detect.messages import Box, Detections

WHOLE: Box = (0.60, 0.41, 0.67, 0.88)


def found(*boxes: tuple[Box, float, Label]) -> Detections:
    """As a detector gives them, the surest first."""
    return Detections(
        boxes=np.array([box for box, _, _ in boxes], np.float32),
        scores=np.array([score for _, score, _ in boxes], np.float32),
        labels=tuple(label for _, _, label in boxes),
    )


@pytest.mark.parametrize(
    ("box", "score", "label", "kept"),
    [
        pytest.param((0.60, 0.55, 0.66, 0.89), 0.46, Label.PERSON, 1, id="legs"),
        pytest.param((0.61, 0.42, 0.67, 0.62), 0.46, Label.PERSON, 1, id="head and shoulders"),
        pytest.param((0.61, 0.55, 0.67, 0.75), 0.46, Label.PERSON, 2, id="in the middle"),
        pytest.param((0.62, 0.62, 0.65, 0.89), 0.46, Label.PERSON, 1, id="a leg"),
        pytest.param((0.63, 0.60, 0.66, 0.88), 0.82, Label.PERSON, 2, id="a child before a grown-up, as sure"),
        pytest.param((0.61, 0.50, 0.66, 0.80), 0.46, Label.PERSON, 2, id="behind him, the feet further up"),
        pytest.param((0.64, 0.45, 0.71, 0.90), 0.46, Label.PERSON, 2, id="half behind"),
        pytest.param((0.60, 0.55, 0.66, 0.89), 0.46, Label.BAG, 2, id="no person"),
        pytest.param((0.58, 0.33, 0.69, 0.93), 0.46, Label.PERSON, 1, id="loosely round him"),
        pytest.param((0.58, 0.33, 0.69, 0.93), 0.70, Label.PERSON, 2, id="round him, and sure"),
        pytest.param((0.58, 0.20, 0.69, 0.93), 0.46, Label.PERSON, 2, id="much taller, nearer to the camera"),
        pytest.param((0.55, 0.35, 0.75, 0.92), 0.46, Label.PERSON, 2, id="with room for another beside him"),
    ],
)
def test_a_second_box_of_somebody_is_nobody(box: Box, score: float, label: Label, kept: int) -> None:
    """Boxes as a small model gives them of one walker, and such as are somebody else."""
    assert len(separate(found((WHOLE, 0.88, Label.PERSON), (box, score, label)))) == kept
