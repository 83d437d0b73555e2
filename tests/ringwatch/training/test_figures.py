from __future__ import annotations

import numpy as np
import pytest

from config.model import Label
from ringwatch.training.figures import average_precision, judge, measure
from ringwatch.training.pictures import Corners, Target
from tests.detect.fakes import ScriptedDetector
from tests.ringwatch.training.given import BOTH, UPRIGHT, WIDE, picture


@pytest.mark.parametrize(
    ("right", "things", "area"),
    [
        ([True, True], 2, 1.0),
        ([True, False, True], 2, 0.5 + 0.5 * 2 / 3),
        ([False, True], 1, 0.5),
        ([True], 2, 0.5),
        ([], 3, 0.0),
        ([False, False], 3, 0.0),
    ],
)
def test_average_precision_is_the_area_under_the_curve(right: list[bool], things: int, area: float) -> None:
    """Worked out by hand."""
    assert average_precision(np.array(right, bool), things) == pytest.approx(area)


def test_a_second_box_on_one_thing_is_wrong() -> None:
    """And one in a region that nobody knows is neither right nor wrong."""
    there = [Target(wanted=0, box=UPRIGHT)]
    near: Corners = (0.2, 0.22, 0.3, 0.8)
    found = [(0.6, Target(wanted=0, box=near)), (0.9, Target(wanted=0, box=UPRIGHT)), (0.5, Target(wanted=0, box=WIDE))]

    judged = judge(there, found, ignored=[WIDE])

    assert [(one.score, one.right) for one in judged] == [(0.9, True), (0.6, False), (0.5, None)]


def test_figures_are_of_classes_that_are_labelled_throughout() -> None:
    """A class that a source leaves out says nothing there; the worst pictures come first."""
    detector = ScriptedDetector([(Label.PERSON, 0.9, UPRIGHT), (Label.VEHICLE, 0.8, WIDE)])
    right = picture((0, UPRIGHT), complete=frozenset({0}))
    wrong = picture((0, WIDE), complete=frozenset({0, 1}), seed=1)

    rows, mistakes = measure([right, wrong], detector, BOTH)

    assert [(row.label, row.things, row.recall, row.precision) for row in rows] == [("person", 2, 0.5, 0.5)]
    assert [one.picture.name for one in mistakes] == [wrong.name, right.name]
