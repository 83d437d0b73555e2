"""A model's scores are shifted so that the usual threshold is its best one."""

from __future__ import annotations

import pytest

from ringwatch.training.calibration import FEWEST, best_score, shifts
from ringwatch.training.figures import DEFAULT, Finding
from ringwatch.training.pictures import Picture, Target

HERE = (0.1, 0.1, 0.4, 0.4)
ELSEWHERE = (0.6, 0.6, 0.9, 0.9)


def picture(*, complete: bool = True) -> Picture:
    """One person."""
    return Picture(
        name="a",
        source="s",
        scene="a",
        encoded=b"",
        targets=(Target(wanted=0, box=HERE),),
        complete=frozenset({0} if complete else ()),
    )


def test_the_best_score_is_where_right_and_complete_meet() -> None:
    """Below it wrong ones come in, above it right ones are lost."""
    findings = [Finding(score=score, right=score >= 0.2) for score in (0.5, 0.4, 0.2, 0.1, 0.05)]

    assert best_score(findings, things=3) == pytest.approx(0.2)
    assert best_score([], things=3) is None


def test_an_unsure_model_is_raised_and_a_sure_one_lowered() -> None:
    """To where its best score is the default, by the class."""
    unsure = [(picture(), [(0.1, Target(wanted=0, box=HERE)), (0.05, Target(wanted=0, box=ELSEWHERE))])] * FEWEST
    sure = [(picture(), [(0.8, Target(wanted=0, box=HERE)), (0.7, Target(wanted=0, box=ELSEWHERE))])] * FEWEST

    (up, untouched), (down, _) = shifts(unsure, 2), shifts(sure, 2)

    assert up > 0 > down
    assert untouched == 0
    assert 1 / (1 + 9 * 2.718281828**-up) == pytest.approx(DEFAULT, abs=0.001)


def test_a_class_of_which_little_is_known_is_left_alone() -> None:
    """Neither a handful of things nor pictures in which it is not labelled throughout say where to cut."""
    found = [(0.1, Target(wanted=0, box=HERE))]

    assert shifts([(picture(), found)] * (FEWEST - 1), 1) == (0.0,)
    assert shifts([(picture(complete=False), found)] * 100, 1) == (0.0,)
