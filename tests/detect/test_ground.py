"""What lies in a picture that did not, and what is gone: told whatever the light and the noise do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.ground import Ground, ground_of
from detect.messages import Box, Change
from tests.detect.given import at, camera

Picture = NDArray[np.float32]
SIZE = (320, 180)
BOX: Box = (0.6, 0.6, 0.66, 0.7)  # a suitcase
MAN: Box = (0.55, 0.2, 0.7, 0.8)


def floor() -> Picture:
    """Stones, brown and grey, with a wall behind them."""
    random = np.random.default_rng(3)
    stones = random.normal(110, 14, (18, 32, 3)).astype(np.float32) + np.array((-12, 0, 10), np.float32)
    picture = cv2.resize(stones, SIZE, interpolation=cv2.INTER_LINEAR)
    picture[:60] = 150
    return np.asarray(picture, np.float32)


def with_thing(picture: Picture, box: Box = BOX, colour: tuple[int, int, int] = (60, 50, 120)) -> Picture:
    """Something of one colour lies there."""
    x0, y0, x1, y1 = (round(one * side) for one, side in zip(box, (*SIZE, *SIZE), strict=True))
    whole = picture.copy()
    whole[y0:y1, x0:x1] = colour
    return whole


def seen(
    show: Callable[[float], Picture],
    until_s: float,
    *,
    busy: Callable[[float], tuple[Box, ...]] = lambda _at_s: (),
    step_s: float = 1 / 3,
    noise: float = 2.0,
) -> list[tuple[float, tuple[Change, ...] | None]]:
    """What a memory says of a film, look by look."""
    ground = Ground(timedelta(minutes=10))
    said = []
    for index in range(round(until_s / step_s) + 1):
        at_s = index * step_s
        random = np.random.default_rng(index)
        noisy = np.clip(show(at_s) + random.normal(0, noise, (*SIZE[::-1], 3)), 0, 255).astype(np.uint8)
        said.append((at_s, ground.look(noisy, busy(at_s), at(at_s))))
    return said


def kinds(said: list[tuple[float, tuple[Change, ...] | None]]) -> set[bool]:
    """Of all changes that were ever told, whether they appeared."""
    return {change.lies > 0 for _, changes in said for change in changes or ()}


EMPTY = floor()
LYING = with_thing(EMPTY)


@pytest.mark.parametrize("step_s", [1 / 3, 1.0, 2.0])
def test_a_thing_that_lies_there_is_told_with_its_place_and_its_time(step_s: float) -> None:
    """It was put down at 6."""
    said = seen(lambda at_s: LYING if at_s >= 6 else EMPTY, 14, step_s=step_s)

    (change,) = said[-1][1] or ()
    assert change.lies > 0
    assert change.box == pytest.approx(BOX, abs=0.02)
    assert -0.1 <= (change.since - at(6)).total_seconds() <= 2 * step_s + 0.7
    assert not any(changes for at_s, changes in said if at_s < 6)


def test_a_thing_that_is_gone_is_told_as_gone() -> None:
    """It lay there from the beginning."""
    said = seen(lambda at_s: EMPTY if at_s >= 6 else LYING, 14)

    (change,) = said[-1][1] or ()
    assert change.lies < 0
    assert change.box == pytest.approx(BOX, abs=0.02)


def test_a_thing_that_is_taken_back_is_a_change_no_more() -> None:
    """The picture is what it was."""
    said = seen(lambda at_s: LYING if 6 <= at_s < 12 else EMPTY, 18)

    assert any(changes for at_s, changes in said if 9 < at_s < 12)
    assert said[-1][1] == ()


def test_who_stands_there_is_no_thing() -> None:
    """The detector's box covers him, also when he stands still for long."""
    man = with_thing(EMPTY, (0.58, 0.25, 0.67, 0.78), (40, 40, 40))

    said = seen(lambda at_s: man if 4 <= at_s < 20 else EMPTY, 26, busy=lambda at_s: (MAN,) if 4 <= at_s < 20 else ())

    assert not any(changes for _, changes in said)


def test_who_walks_through_is_no_thing_even_if_no_detector_finds_him() -> None:
    """What moves is not judged."""

    def walks(at_s: float) -> Picture:
        x = 0.05 + 0.06 * at_s
        return with_thing(EMPTY, (x, 0.4, x + 0.06, 0.8), (30, 30, 30))

    said = seen(walks, 12)

    assert not any(changes for at_s, changes in said if at_s > 2)


def test_what_somebody_leaves_behind_him_is_told_from_when_he_is_off_it() -> None:
    """He covers it until 9."""
    said = seen(lambda at_s: LYING if at_s >= 5 else EMPTY, 16, busy=lambda at_s: (MAN,) if 4 <= at_s < 9 else ())

    (change,) = said[-1][1] or ()
    assert change.lies > 0
    assert -0.5 <= (change.since - at(9)).total_seconds() <= 1


LIGHTS: dict[str, Callable[[float], Picture]] = {
    "noise alone": lambda _at_s: EMPTY,
    "it becomes darker at once": lambda at_s: EMPTY * (0.6 if at_s > 6 else 1.0),
    "it becomes brighter in a quarter of a minute": lambda at_s: EMPTY * (1 + 0.3 * min(1.0, at_s / 15)),
    "a cloud's soft shadow comes and stays": lambda at_s: EMPTY * (_cloud() if at_s > 6 else np.ones_like(_cloud())),
    "the camera sways by a pixel": lambda at_s: np.roll(EMPTY, round(at_s * 3) % 2, axis=1),
}


def _cloud() -> Picture:
    y, x = np.mgrid[0:180, 0:320].astype(np.float32)
    far = np.hypot((x - 175) / 100, (y - 150) / 50)
    return np.asarray(1 - 0.4 * np.clip(1.3 - far, 0, 1)[..., None], np.float32)


@pytest.mark.parametrize("name", LIGHTS)
def test_the_light_is_no_thing(name: str) -> None:
    """Nothing was put down and nothing taken."""
    assert kinds(seen(LIGHTS[name], 18, step_s=0.6)) == set()


def test_what_somebody_hides_follows_the_light_round_about_him() -> None:
    """It becomes a third brighter while he stands there: no edge of old light is left where he was."""

    def show(at_s: float) -> Picture:
        light = EMPTY * (0.7 + 0.25 * min(max((at_s - 6) / 60, 0.0), 1.0))
        return with_thing(light, (0.58, 0.25, 0.67, 0.78), (40, 40, 40)) if 6 <= at_s < 60 else light

    said = seen(show, 72, busy=lambda at_s: (MAN,) if 6 <= at_s < 60 else (), step_s=0.6)

    assert kinds(said) == set()


def test_what_is_seen_later_than_the_rest_is_remembered_in_the_light_of_the_rest() -> None:
    """Somebody stood there at first, and goes as a cloud comes; when another passes, the sun is out again."""

    def show(at_s: float) -> Picture:
        light = EMPTY * (1 - 0.3 * min(max((at_s - 8) / 3, 0.0), 1.0) + 0.3 * min(max((at_s - 17) / 3, 0.0), 1.0))
        return with_thing(light, (0.58, 0.25, 0.67, 0.78), (40, 40, 40)) if is_there(at_s) else light

    def is_there(at_s: float) -> bool:
        return at_s < 12 or 20 < at_s < 23

    assert kinds(seen(show, 32, busy=lambda at_s: (MAN,) if is_there(at_s) else ())) == set()


def test_a_thing_is_found_in_another_light_too() -> None:
    """It was put down just as the lamps went on."""
    said = seen(lambda at_s: LYING * 1.25 if at_s >= 6 else EMPTY, 16)

    assert [change.lies > 0 for change in said[-1][1] or ()] == [True]


def test_a_sweep_of_light_makes_it_forget_nothing() -> None:
    """For two seconds half of the picture is another; the bag that was told before is told after."""
    glare = np.where(np.indices((180, 320))[1][..., None] < 200, 1.0, 0.0).astype(np.float32) * (90, 20, 60)

    said = seen(lambda at_s: LYING + glare * (12 <= at_s < 14) if at_s >= 4 else EMPTY, 20)

    assert [len(changes) if changes is not None else None for at_s, changes in said if 10 <= at_s < 12] == [1] * 6
    (change,) = said[-1][1] or ()
    assert (change.since - at(4)).total_seconds() <= 3


def test_another_picture_says_nothing_and_is_learned() -> None:
    """Somebody has turned the camera."""
    other = np.where((np.arange(320) // 20 % 2 == 0)[None, :, None], np.float32(40), EMPTY + 60)

    said = seen(lambda at_s: other if at_s > 6 else EMPTY, 20)

    assert None in [changes for _, changes in said]
    assert said[-1][1] == ()


SPOTS: tuple[Box, ...] = ((0.2, 0.5, 0.26, 0.6), (0.4, 0.7, 0.46, 0.8), (0.6, 0.5, 0.66, 0.6), (0.8, 0.7, 0.86, 0.8))


@pytest.mark.parametrize(("apart_s", "told"), [(0.0, 0), (10.0, 4)])
def test_many_that_begin_at_a_time_are_a_camera_that_gave_way(apart_s: float, told: int) -> None:
    """Nobody puts down four things at once; one after the other four people do."""

    def shown(at_s: float) -> Picture:
        picture = floor()
        for number, spot in enumerate(SPOTS):
            picture = with_thing(picture, spot) if at_s >= 10 + number * apart_s else picture
        return picture

    said = seen(shown, 60)

    assert len(said[-1][1] or ()) == told


def test_what_lies_there_for_ever_belongs_to_the_picture() -> None:
    """Ten minutes after it was put down, here."""
    said = seen(lambda at_s: LYING if at_s >= 6 else EMPTY, 700, step_s=4.0)

    assert any(changes for at_s, changes in said if at_s < 500)
    assert said[-1][1] == ()


def test_only_a_camera_with_such_a_rule_has_a_memory() -> None:
    """It costs a few milliseconds a second."""
    assert ground_of(camera()) is None
    assert ground_of(camera(rules=[{"rule": "left_object", "zone": "lane"}])) is not None
