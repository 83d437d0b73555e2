"""A worker whose detector fails on every frame says so, and does not last; one bad frame says nothing."""

from __future__ import annotations

from ringwatch.answers import FEW, HOPELESS_S, LATE_S, Answers


class Detector:
    """What it answers to a frame each second, and what is said of it then."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.answers = Answers(lambda: self.now_s)

    def asked(self, seconds: float, *, answers: bool, every_s: float = 1.0) -> tuple[bool, bool]:
        """Whether it is told, and whether it is hopeless, in the end."""
        for _ in range(round(seconds / every_s)):
            self.now_s += every_s
            self.answers.note(answered=answers)
        return bool(self.answers.problem), self.answers.is_hopeless


def test_a_detector_that_fails_all_the_time_is_told_and_then_hopeless() -> None:
    detector = Detector()

    assert detector.asked(LATE_S, answers=False) == (False, False)
    assert detector.asked(2, answers=False) == (True, False)
    assert detector.answers.problem == "the detector has failed on every frame for 11 s"
    assert detector.asked(HOPELESS_S - LATE_S, answers=False) == (True, True)


def test_one_answer_makes_all_well() -> None:
    """A camera with odd pictures costs the others nothing, as long as theirs are answered."""
    detector = Detector()

    for _ in range(10):
        assert detector.asked(HOPELESS_S - 1, answers=False) == (True, False)
        assert detector.asked(1, answers=True) == (False, False)


def test_a_detector_that_is_hardly_ever_asked_is_not_judged_by_a_few_failures() -> None:
    """Two odd frames of a quiet night are an hour apart."""
    detector = Detector()

    assert detector.asked(3600 * FEW, answers=False, every_s=3600) == (False, False)
    assert detector.asked(3600, answers=False, every_s=3600) == (True, True)


def test_a_detector_that_is_not_asked_any_more_is_still_as_it_was() -> None:
    """That nobody asks mends nothing, and breaks nothing."""
    detector = Detector()
    detector.asked(LATE_S + 2, answers=False)

    detector.now_s += 3600

    assert (bool(detector.answers.problem), detector.answers.is_hopeless) == (True, False)
