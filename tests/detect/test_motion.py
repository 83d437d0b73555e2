"""The motion gate: what moves, what is there, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from detect.motion import Motion, MotionGate
from tests.detect.given import at, picture, reduced

SOMEBODY = (0.4, 0.3, 0.5, 0.9)


class Gate:
    """A motion gate that is shown three pictures a second."""

    def __init__(self) -> None:
        self._gate = MotionGate()
        self._shown = 0

    def look(self, luma: NDArray[np.uint8]) -> Motion:
        self._shown += 1
        return self._gate.look(reduced(luma), at(self._shown / 3))


def noisy(luma: NDArray[np.uint8], seed: int, levels: float) -> NDArray[np.uint8]:
    """`luma` as a sensor in poor light sees it."""
    noise = np.random.default_rng(seed).normal(0, levels, luma.shape)
    return np.clip(luma + noise, 0, 255).astype(np.uint8)


def test_a_still_picture_does_not_move() -> None:
    """However long one looks."""
    gate = Gate()

    assert not any(gate.look(picture()).moving for _ in range(50))


def test_the_sensors_noise_is_not_motion() -> None:
    """Twelve levels of it, in every frame another."""
    gate = Gate()

    looks = [gate.look(noisy(picture(), seed, 12)) for seed in range(50)]

    assert not any(look.moving for look in looks)


def test_somebody_who_comes_in_moves_and_is_boxed() -> None:
    """The box is where he is, within a hundredth of the picture's width and two of its height."""
    gate = Gate()
    for _ in range(10):
        gate.look(picture())

    look = gate.look(picture([SOMEBODY]))

    assert look.moving
    np.testing.assert_allclose(look.boxes[0], SOMEBODY, atol=0.02)


def test_somebody_small_and_far_away_is_seen() -> None:
    """A person of a fifteenth of the picture's height."""
    gate = Gate()
    for _ in range(10):
        gate.look(picture())

    assert gate.look(picture([(0.7, 0.40, 0.72, 0.47)])).moving


def test_who_stands_still_no_longer_moves_and_is_still_boxed() -> None:
    """The heartbeat watches over him; the detector need not look at every frame."""
    gate = Gate()
    for _ in range(10):
        gate.look(picture())

    looks = [gate.look(picture([SOMEBODY])) for _ in range(30)]

    assert [look.moving for look in looks[20:]] == [False] * 10
    assert all(look.boxes for look in looks)
    assert looks[0].stirring == looks[0].boxes
    assert not any(look.stirring for look in looks[20:])


def test_where_something_left_is_different_and_does_not_stir() -> None:
    """A car that stood there from the first frame on leaves a hole in the background, and no car."""
    gate = Gate()
    for _ in range(10):
        gate.look(picture([SOMEBODY]))

    looks = [gate.look(picture()) for _ in range(30)]

    assert all(look.boxes for look in looks)
    assert not any(look.stirring for look in looks[20:])


def test_what_stays_for_minutes_becomes_the_background() -> None:
    """A parked car is a part of the picture in the end."""
    gate = Gate()
    gate.look(picture())

    looks = [gate.look(picture([SOMEBODY])) for _ in range(3 * 60 * 5)]

    assert not looks[-1].boxes


def test_a_light_that_is_switched_on_is_motion_without_boxes() -> None:
    """The whole picture changed: the detector looks once, and nothing is taken for an object."""
    gate = Gate()
    for _ in range(10):
        gate.look(picture())

    looks = [gate.look(picture(shade=180)) for _ in range(10)]

    assert (looks[0].moving, looks[0].boxes) == (True, ())
    assert not any(look.moving for look in looks[1:])
    assert [look.anew for look in looks] == [True] + [False] * 9


def test_dusk_is_not_motion() -> None:
    """Half a level a frame."""
    gate = Gate()

    looks = [gate.look(picture(shade=round(200 - step / 2))) for step in range(200)]

    assert not any(look.moving for look in looks)


def test_in_a_light_that_drifts_somebody_differs_by_more_than_the_light() -> None:
    """What differs in brightness alone is noise by then, and so is he; of what another light leaves he is all."""
    gate = MotionGate()
    wall = np.kron(np.random.default_rng(1).integers(60, 120, (18, 32)), np.ones((20, 20)))
    for number in range(60):
        light = 1 + 0.3 * np.sin(number / 8)
        seen = np.where(picture([SOMEBODY] if number >= 50 else [], shade=0) > 0, 20.0, light * wall)
        look = gate.look(reduced(seen.clip(0, 255).astype(np.uint8)), at(number / 3))

    boxes, step = gate.beyond_light()

    assert look.step > 30
    assert not look.boxes
    assert step < 12
    np.testing.assert_allclose(boxes[0], SOMEBODY, atol=0.02)


def test_a_gate_that_has_seen_nothing_knows_of_no_difference() -> None:
    """Nor does it after its first picture."""
    gate = MotionGate()
    before, _ = gate.beyond_light()
    gate.look(reduced(picture()), at(0))

    assert before == gate.beyond_light()[0] == ()


def test_another_size_begins_anew() -> None:
    """A camera that was set to another resolution."""
    gate = Gate()
    first, second = gate.look(picture()), gate.look(picture())

    other = gate.look(np.full((600, 300), 90, np.uint8))

    assert not other.moving
    assert (first.anew, second.anew, other.anew) == (True, False, True)


def test_what_is_learned_goes_by_time() -> None:
    """A keyframe every two seconds teaches as much background in a minute as three pictures a second do."""
    often, seldom = MotionGate(), MotionGate()
    often.look(reduced(picture()), at(0))
    seldom.look(reduced(picture()), at(0))

    lasts = [
        [gate.look(reduced(picture([SOMEBODY])), at(n * step)) for n in range(1, round(60 / step) + 1)][-1]
        for gate, step in ((often, 1 / 3), (seldom, 2.0))
    ]

    assert lasts[0].score == lasts[1].score > 0


NIGHT_NOISE = 12.0  # levels, of a sensor by infrared light


def small_night(seed: int, darker: float = 0.0, levels: float = NIGHT_NOISE) -> NDArray[np.uint8]:
    """A yard by night, 240 rows by 320 columns; somebody in it may be a little `darker` than the ground."""
    yard = np.full((240, 320), 70.0)
    yard[72:216, 128:160] -= darker
    return np.clip(yard + np.random.default_rng(seed).normal(0, levels, yard.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("darker", [13, 16, 40])
def test_in_the_noise_of_a_small_picture_somebody_is_seen(darker: float) -> None:
    """Each of his pixels differs by less than the noise does; he is more than one."""
    gate = Gate()
    for seed in range(30):
        gate.look(small_night(seed))

    looks = [gate.look(small_night(30 + seed, darker)) for seed in range(10)]

    assert all(look.moving for look in looks[:2])
    for look in looks:
        x0, y0, x1, y1 = look.boxes[0]
        np.testing.assert_allclose((x0, y0, x1, y1), SOMEBODY, atol=0.04)


@pytest.mark.parametrize("levels", [9.0, NIGHT_NOISE, 16.0, 24.0, 40.0])
def test_the_noise_of_a_small_picture_is_not_motion(levels: float) -> None:
    """What hangs together of it by chance is no one either."""
    gate = Gate()

    looks = [gate.look(small_night(seed, levels=levels)) for seed in range(200)]

    assert not any(look.moving or look.boxes for look in looks)


def test_in_noise_a_light_that_is_switched_on_is_no_noise() -> None:
    """It is motion at once, without boxes, as by day."""
    gate = Gate()
    for seed in range(30):
        gate.look(small_night(seed))

    looks = [gate.look(small_night(30 + seed, darker=0) + np.uint8(60)) for seed in range(5)]

    assert (looks[0].moving, looks[0].boxes, looks[0].anew) == (True, (), True)
    assert not any(look.moving for look in looks[1:])
