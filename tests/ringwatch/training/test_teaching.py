from __future__ import annotations

import pytest

from config.model import Label
from ringwatch.training.errors import TrainingError
from ringwatch.training.pictures import Corners, Target, Wanted
from ringwatch.training.teaching import check_teachers, complete, completed
from tests.detect.fakes import ScriptedDetector
from tests.ringwatch.training.given import BOTH, UPRIGHT, WIDE, picture


def found(score: float, wanted: int, box: Corners) -> tuple[float, Target]:
    return score, Target(wanted=wanted, box=box)


def test_what_a_teacher_is_sure_of_is_a_label() -> None:
    """Of a class that the source has not labelled."""
    taught = complete(picture((0, UPRIGHT), complete=frozenset({0})), [found(0.8, 1, WIDE)])

    assert [target.wanted for target in taught.targets] == [0, 1]
    assert taught.ignored == ()


def test_what_a_teacher_is_unsure_of_is_ignored() -> None:
    """Neither foreground nor background."""
    taught = complete(picture(complete=frozenset()), [found(0.3, 1, WIDE), found(0.1, 0, UPRIGHT)])

    assert taught.targets == ()
    assert taught.ignored == (WIDE,)


def test_what_a_source_has_labelled_throughout_is_left_alone() -> None:
    """A teacher's ghost does not become a person there."""
    taught = complete(picture(complete=frozenset({0, 1})), [found(0.9, 0, UPRIGHT), found(0.3, 1, WIDE)])

    assert (taught.targets, taught.ignored) == ((), ())


def test_one_thing_is_labelled_once() -> None:
    """However many teachers see it; a part of it is not another thing."""
    near = (0.51, 0.5, 0.9, 0.7)
    part = (0.55, 0.52, 0.7, 0.68)
    taught = complete(picture(complete=frozenset()), [found(0.9, 1, WIDE), found(0.7, 1, near), found(0.4, 1, part)])

    assert len(taught.targets) == 1
    assert taught.ignored == ()


def test_teachers_are_asked_only_where_something_is_missing() -> None:
    """Inference is what takes the time."""
    teacher = ScriptedDetector([(Label.PERSON, 0.9, UPRIGHT)])

    whole, partly = completed([picture(), picture(complete=frozenset({1}))], [teacher], BOTH)

    assert teacher.asked == 1
    assert whole.targets == ()
    assert partly.targets == (Target(wanted=0, box=pytest.approx(UPRIGHT)),)  # type: ignore[arg-type]


def test_a_teacher_that_does_not_know_a_class_is_refused() -> None:
    """Its pictures would teach that there are none."""
    teacher = ScriptedDetector([])
    with pytest.raises(TrainingError, match=r"no teacher \(scripted\) tells bike: give another, or leave out"):
        check_teachers([teacher], Wanted((Label.PERSON, Label.BIKE)))
