"""Boxes that cannot be what they are said to be, for where they stand."""

from __future__ import annotations

import pytest

from config.model import Label
from detect.messages import Box
from detect.scale import height_at, plausible
from tests.detect.given import found

ASPECT = 16 / 9
SCALE = {Label.PERSON: ((0.5, 0.1), (0.9, 0.5))}  # 0.3 of the picture high where he stands at 0.7


def standing(height: float, *, base: float = 0.7, wide: float = 0.05) -> Box:
    """Somebody that high whose feet are at `base`."""
    return 0.4, base - height, 0.4 + wide, base


@pytest.mark.parametrize(
    ("box", "counts"),
    [
        (standing(0.30), True),
        (standing(0.13), True),  # who sits or crouches
        (standing(0.11), False),  # a bird
        (standing(0.59), True),
        (standing(0.61), False),  # a flag
        (standing(0.08, wide=0.15), True),  # who lies is as long as he is high
        (standing(0.05, wide=0.06), False),
        (standing(0.1, base=0.39), False),  # above the horizon
        (standing(0.1, base=1.0), True),  # cut off by the picture's edge: nobody knows how far he goes on
    ],
)
def test_a_box_is_measured_by_where_it_stands(box: Box, counts: bool) -> None:
    """From 0.4 to 2 times what is usual there."""
    assert bool(len(plausible(found(box), SCALE, ASPECT))) is counts


def test_without_a_scale_every_box_counts() -> None:
    """Off by default."""
    assert len(plausible(found(standing(0.01)), {}, ASPECT)) == 1


def test_other_classes_have_a_scale_of_their_own_or_their_groups() -> None:
    """A car is measured as a vehicle where only vehicles were."""
    tiny = standing(0.02)

    assert len(plausible(found(tiny, label=Label.CAR), SCALE, ASPECT)) == 1
    assert len(plausible(found(tiny, label=Label.CAR), {Label.VEHICLE: SCALE[Label.PERSON]}, ASPECT)) == 0


def test_what_counts_keeps_its_scores_and_classes() -> None:
    """The rows that are left."""
    kept = plausible(found(standing(0.01), standing(0.3), score=0.7), SCALE, ASPECT)

    assert (kept.boxes.shape, kept.scores.tolist(), kept.labels) == ((1, 4), pytest.approx([0.7]), (Label.PERSON,))


def test_heights_lie_on_a_line() -> None:
    """Between the two rows and beyond."""
    assert [height_at(SCALE[Label.PERSON], y) for y in (0.5, 0.7, 0.9, 1.0)] == pytest.approx([0.1, 0.3, 0.5, 0.6])
