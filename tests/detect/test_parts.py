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
        pytest.param((0.615, 0.40, 0.66, 0.58), 0.87, Label.PERSON, 1, id="head and shoulders, as sure"),
        pytest.param((0.615, 0.40, 0.66, 0.58), 0.95, Label.PERSON, 1, id="head and shoulders, a little surer"),
        pytest.param((0.62, 0.69, 0.65, 0.89), 0.85, Label.PERSON, 1, id="a leg, as sure"),
        pytest.param((0.62, 0.74, 0.66, 0.94), 0.60, Label.PERSON, 1, id="legs that go on below his box"),
        pytest.param((0.64, 0.74, 0.654, 0.92), 0.46, Label.PERSON, 1, id="a slim leg that goes on below it"),
        pytest.param((0.62, 0.41, 0.65, 0.60), 0.85, Label.PERSON, 2, id="far away, his head as high"),
        pytest.param((0.655, 0.41, 0.70, 0.59), 0.85, Label.PERSON, 2, id="behind him, half beside him"),
        pytest.param((0.62, 0.30, 0.66, 0.48), 0.85, Label.PERSON, 2, id="behind him, his head above the other's"),
        pytest.param((0.62, 0.60, 0.66, 0.78), 0.85, Label.PERSON, 2, id="far away, the feet further up"),
        pytest.param((0.62, 0.79, 0.66, 0.98), 0.85, Label.PERSON, 2, id="mostly below him"),
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


def test_a_part_may_be_a_little_surer_than_the_whole_but_not_much() -> None:
    """A weak box is no ground to drop a strong one."""
    head: Box = (0.615, 0.40, 0.66, 0.58)

    assert len(separate(found((head, 0.73, Label.PERSON), (WHOLE, 0.66, Label.PERSON)))) == 1
    assert len(separate(found((head, 0.88, Label.PERSON), (WHOLE, 0.66, Label.PERSON)))) == 2


def test_whom_the_pictures_lower_edge_cuts_off_is_nobodys_legs() -> None:
    """Nobody sees how high he is, who stands nearer."""
    whole: Box = (0.60, 0.48, 0.67, 0.95)

    assert len(separate(found((whole, 0.88, Label.PERSON), ((0.62, 0.78, 0.66, 0.98), 0.85, Label.PERSON)))) == 1
    assert len(separate(found((whole, 0.88, Label.PERSON), ((0.62, 0.80, 0.66, 1.0), 0.85, Label.PERSON)))) == 2
