"""A detector's answer holds while the picture stays as it was, and not for long."""

from __future__ import annotations

from collections.abc import Mapping

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from config.model import Label
from detect.answer import LastAnswer
from detect.messages import Detections
from ingest.messages import Frame
from tests.detect.given import at, camera, found

POST = {"zones": {"post": {"polygon": [[0.4, 0.4], [0.6, 0.4], [0.6, 0.9], [0.4, 0.9]]}}}
GUARDED = {**POST, "posts": [{"zone": "post", "absent_after": "60s"}]}
STONES = np.random.default_rng(1).integers(60, 120, (18, 32)).astype(np.float64)
WALL = STONES.repeat(20, axis=0).repeat(20, axis=1)
GUARD = found((0.45, 0.4, 0.55, 0.85))
BESIDE_THE_POST = (0.25, 0.45, 0.28, 0.55)


def frame(
    seconds: float, *spots: tuple[float, float, float, float], by: float = 30.0, wall: NDArray[np.float64] = WALL
) -> Frame:
    """A wall as a sensor sees it, brighter `by` levels at `spots`."""
    seen = wall + np.random.default_rng(round(100_000 + seconds * 1000)).normal(0, 3, wall.shape)
    height, width = wall.shape
    for x0, y0, x1, y1 in spots:
        seen[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] += by
    video = av.VideoFrame.from_ndarray(np.clip(seen, 0, 255).astype(np.uint8), format="gray")
    return Frame(camera="gate", pts_s=seconds, captured_at=at(seconds), video=video.reformat(format="yuv420p"))


def asked(answer: Detections = GUARD, *, times: int = 5, of: Mapping[str, object] = GUARDED) -> LastAnswer:
    """A detector that gave the same answer so often, at last at 0 s."""
    last = LastAnswer(camera(**of))
    for number in reversed(range(times)):
        last.keep(frame(-2.0 * number), answer)
    return last


def test_the_same_picture_has_the_same_answer() -> None:
    """A sensor's noise makes no difference."""
    assert [asked().still_holds(frame(second)) for second in (2.0, 4.0, 9.9)] == [GUARD] * 3


def test_nothing_is_an_answer_too() -> None:
    """An empty post is not asked about again either."""
    nothing = Detections.none()
    assert asked(nothing).still_holds(frame(2.0)) is nothing


@pytest.mark.parametrize("seconds", [10.0, 12.0, -1.0])
def test_no_answer_holds_for_ever(seconds: float) -> None:
    """Ten seconds at most; nor does one of the future."""
    assert asked().still_holds(frame(seconds)) is None


@pytest.mark.parametrize(("times", "held"), [(1, [2.0]), (2, [2.0, 4.0]), (5, [2.0, 4.0, 6.0, 8.0])])
def test_an_answer_is_believed_the_longer_the_oftener_it_was_given(times: int, held: list[float]) -> None:
    """A heartbeat for each time in a row."""
    last = asked(times=times)
    assert [second for second in (2.0, 4.0, 6.0, 8.0, 10.0) if last.still_holds(frame(second))] == held


def test_a_detector_that_wavers_is_asked_often() -> None:
    """Another answer about the same picture counts from one again."""
    last = asked(times=5)
    last.keep(frame(10.0), Detections.none())

    assert last.still_holds(frame(12.0)) is not None
    assert last.still_holds(frame(14.0)) is None


def test_a_post_is_asked_about_often_before_anybody_is_accused() -> None:
    """Six times at least within the rule's own time: with 12 s, not every fourth second."""
    short = {**POST, "posts": [{"zone": "post", "absent_after": "18s"}]}

    assert [asked(of=short).still_holds(frame(second)) is None for second in (2.0, 3.0)] == [False, True]


def test_something_new_at_the_post_is_asked_about() -> None:
    """Small and pale as it may be."""
    assert asked().still_holds(frame(2.0, (0.5, 0.6, 0.52, 0.64), by=15)) is None


@pytest.mark.parametrize("spot", [(0.37, 0.6, 0.39, 0.7), (0.5, 0.28, 0.52, 0.36)])
def test_so_is_something_right_beside_or_above_it(spot: tuple[float, float, float, float]) -> None:
    """Who stands in a zone reaches out of it."""
    assert asked().still_holds(frame(2.0, spot)) is None


def test_what_changes_elsewhere_does_not_matter() -> None:
    """A clock in the picture's corner ticks every second."""
    assert asked().still_holds(frame(2.0, (0.02, 0.02, 0.3, 0.06), by=80)) is GUARD


def test_where_something_was_found_it_does() -> None:
    """Whoever was found outside of any zone may leave too."""
    waiting = found((0.2, 0.4, 0.3, 0.8))

    assert asked(waiting).still_holds(frame(2.0, BESIDE_THE_POST)) is None
    assert asked().still_holds(frame(2.0, BESIDE_THE_POST)) is GUARD


def test_without_a_zone_the_whole_picture_counts() -> None:
    """And nothing was found."""
    last = asked(Detections.none(), of={"zones": {}})

    assert last.still_holds(frame(2.0)) is not None
    assert last.still_holds(frame(2.0, (0.9, 0.9, 0.95, 0.95))) is None


def test_what_changes_slowly_is_noticed() -> None:
    """Every picture is compared with the one that was inferred, not with the one before it."""
    last = asked()
    held = [last.still_holds(frame(second, (0.4, 0.4, 0.6, 0.9), by=3 * second)) is not None for second in (1, 2, 3, 4)]

    assert held == [True, True, False, False]


def test_a_picture_of_another_size_is_asked_about() -> None:
    """A camera may change its resolution."""
    assert asked().still_holds(frame(2.0, wall=WALL[:200])) is None


def test_what_was_forgotten_is_asked_about() -> None:
    """And what was never known."""
    last = asked()
    last.forget()

    assert last.still_holds(frame(2.0)) is None
    assert LastAnswer(camera()).still_holds(frame(2.0)) is None


def test_a_vehicle_is_no_guard() -> None:
    """The same number of other things is another answer."""
    last = asked(times=5)
    last.keep(frame(10.0), found((0.45, 0.4, 0.55, 0.85), label=Label.VEHICLE))

    assert last.still_holds(frame(14.0)) is None
