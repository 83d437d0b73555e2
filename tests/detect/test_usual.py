"""What a camera usually shows is its view, and not whoever stood before it when it was learned."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detect.messages import Box, Event
from detect.picture_state import PictureState
from ingest.messages import CameraState
from tests.detect.bright import FindsWhatIsBright, analysis
from tests.detect.given import at
from tests.detect.test_picture_state import SPOILED, Picture, seen, street


def drawn(*objects: tuple[int, int, int, int], horizon: bool = True) -> Picture:
    """Ground and sky as somebody draws them, with dark objects: x, y, width and height, pixels of 640 x 360."""
    view = np.full((360, 640), 100, np.float32)
    if horizon:
        view[:100] = np.linspace(190, 170, 100, dtype=np.float32)[:, None]
        view[60:200, 60:160] = 140.0  # a booth
    for x, y, w, h in objects:
        view[y : y + h, x : x + w] = 25.0
    return view


def boxed(*objects: tuple[int, int, int, int]) -> tuple[Box, ...]:
    """As a detector finds them."""
    return tuple((x / 640, y / 360, (x + w) / 640, (y + h) / 360) for x, y, w, h in objects)


STANDS = (300, 110, 70, 230)
CROWD = tuple((20 + 76 * n, 150 + 10 * (n % 3), 60, 200) for n in range(5))
LORRY = (150, 60, 300, 260)
GRAIN = np.random.default_rng(8).normal(0, 1, (360, 640)).astype(np.float32)
LEAVES: dict[str, tuple[tuple[tuple[int, int, int, int], ...], bool, bool]] = {
    "a guard in a scene with few edges": ((STANDS,), True, True),
    "... whom no model sees": ((STANDS,), True, False),
    "a guard in one without any": ((STANDS,), False, True),
    "... whom no model sees there": ((STANDS,), False, False),
    "a crowd": (CROWD, True, True),
    "a crowd on plain ground": (CROWD, False, True),
    "a lorry": ((LORRY,), True, True),
    "a lorry on plain ground": ((LORRY,), False, True),
}


def shaded(*objects: tuple[int, int, int, int], horizon: bool) -> Picture:
    """What was drawn, in a light that comes from one side, on ground with a little grain."""
    light = np.linspace(0, 30, 640, dtype=np.float32)
    return np.asarray(drawn(*objects, horizon=horizon) + light + 2 * cv2.GaussianBlur(GRAIN, (0, 0), 2), np.float32)


@pytest.mark.parametrize(("looks", "noise"), [(range(20), 0.3), (range(20), 2.5), (range(0, 400, 4), 0.3)])
@pytest.mark.parametrize("name", LEAVES)
def test_whoever_leaves_leaves_a_camera_that_is_well(name: str, looks: range, noise: float) -> None:
    """He was there from the first picture on: his edges and his contrast were never the view's."""
    objects, horizon, is_found = LEAVES[name]
    with_them, without = shaded(*objects, horizon=horizon), shaded(horizon=horizon)
    state = PictureState()
    for second in looks:
        state.look(seen(with_them, second, noise), boxed(*objects) if is_found and second else ())

    told, doubted = set(), 0
    for second in range(looks.stop, looks.stop + 40):
        told.add(state.look(seen(without, second, noise)))
        doubted += state.doubtful

    assert (told, doubted) == ({CameraState.LIVE}, 0)


@pytest.mark.parametrize("name", LEAVES)
def test_whoever_takes_over_knows_who_stood_there(name: str) -> None:
    """They leave while the worker is replaced."""
    objects, horizon, is_found = LEAVES[name]
    before, after = PictureState(), PictureState()
    for second in range(20):
        before.look(
            seen(shaded(*objects, horizon=horizon), second, 0.5), boxed(*objects) if is_found and second else ()
        )
    if note := before.note():
        after.go_on(note)

    doubted = 0
    for second in range(20, 40):
        assert after.look(seen(shaded(horizon=horizon), second, 0.5)) is CameraState.LIVE
        doubted += after.doubtful

    assert doubted == 0


@pytest.mark.parametrize("noise", [0.3, 2.5])
def test_a_guard_who_leaves_a_scene_with_few_edges_is_told_and_no_camera_is(noise: float) -> None:
    """From the picture to the event: nobody is at the post, and nothing is doubted."""
    whole = analysis(FindsWhatIsBright(), posts=[{"zone": "post", "absent_after": "10s"}])
    guard, ground = (100, 120, 50, 200), np.minimum(shaded(horizon=True), 125.0)
    x, y, w, h = guard
    manned = ground.copy()
    manned[y : y + h, x : x + w] = 230.0

    events: list[Event] = []
    for number in range(3 * 60):
        second = number / 3
        events += whole.analyse(seen(manned if second < 20 else ground, second, noise)).events

    assert [(event.rule, event.phase.value) for event in events] == [("post.absent", "raised")]
    assert abs((events[0].captured_at - at(30)).total_seconds()) <= 1.0


SPOILS = [
    pytest.param(street(), CameraState.COVERED, id="covered"),
    pytest.param(street(), CameraState.DEFOCUSED, id="defocused"),
    pytest.param(street(), CameraState.MOVED, id="moved"),
    pytest.param(shaded(horizon=True), CameraState.COVERED, id="few edges, covered"),
    pytest.param(shaded(horizon=True), CameraState.DEFOCUSED, id="few edges, defocused"),
]


@pytest.mark.parametrize(("view", "expected"), SPOILS)
@pytest.mark.parametrize("people", [(STANDS,), CROWD], ids=["a guard", "people"])
@pytest.mark.parametrize(("stay", "are_found"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_camera_before_which_people_stood_is_spoiled_as_any_other(
    view: Picture, expected: CameraState, people: tuple[tuple[int, int, int, int], ...], stay: bool, are_found: bool
) -> None:
    """They stood there from the first picture on, and stay or have left; the detector sees them, or does not."""
    manned = np.where(drawn(*people) == 25.0, 25.0, view).astype(np.float32)
    state = PictureState()
    for second in range(40):
        state.look(seen(manned, second), boxed(*people) if are_found and second else ())

    spoilt = SPOILED[expected](manned if stay else view)
    hidden = boxed(*people) if stay and are_found else ()
    in_it = hidden if expected is CameraState.DEFOCUSED else ()
    told = [state.look(seen(spoilt, second), in_it) for second in range(40, 80)]
    after = [state.look(seen(manned if stay else view, second), hidden) for second in range(80, 90)]

    assert set(told[30:]) == {expected}
    assert after[-1] is CameraState.LIVE
