"""Who moves, by his pixels: not by noise, breathing, light or coding, and not by what happens round him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from detect.stillness import Stillness
from tests.detect.given import at, camera, track
from tests.detect.guard_film import (
    ASKED,
    GUARD,
    HEIGHT,
    WIDTH,
    Film,
    Picture,
    Pose,
    behind_a_passer_by,
    cloth,
    is_watched,
    known_since_s,
    moved_s,
)


@pytest.mark.parametrize("noise", [1.0, 3.0, 6.0])
def test_who_breathes_and_sways_does_not_move(noise: float) -> None:
    """A pixel and a half each way: 1.3 cm of a man of 1.7 m."""
    film = Film(noise=noise)

    looks = [film.look(Pose(sway=1.5 * np.sin(number))) for number in range(60)]

    assert {moved_s(told) for told in looks} == {2.0}
    assert all(is_watched(told) for told in looks[1:])


@pytest.mark.parametrize("pose", [Pose(arm=10.0), Pose(head=10.0), Pose(sway=10.0)], ids=["arm", "head", "body"])
@pytest.mark.parametrize("noise", [1.0, 3.0, 6.0])
def test_who_shifts_an_arm_or_the_head_or_himself_moves(pose: Pose, noise: float) -> None:
    """By ten pixels: less than a hand's breadth."""
    film = Film(noise=noise)
    for _ in range(10):
        film.look()

    told = film.look(pose)

    assert (moved_s(told), is_watched(told)) == (22.0, True)


def test_who_shifts_in_a_box_that_is_too_narrow_moves() -> None:
    """His arm and his shoulders are beside it: what differs there is no rain, for it goes on inside."""
    x0, y0, x1, y1 = GUARD
    narrow = (x0 + 0.2 * (x1 - x0), y0, x1 - 0.2 * (x1 - x0), y1)
    film = Film(noise=2.0)
    for _ in range(4):
        film.look(box=narrow)

    assert moved_s(film.look(Pose(sway=4, arm=10, head=8), box=narrow)) == 10.0


def test_the_time_counts_from_the_last_movement() -> None:
    """Every one begins it anew; a pose that is kept is no movement."""
    film = Film()
    poses = [0, 0, 10, 10, 10, 0, 0, 0, 0]

    assert [moved_s(film.look(Pose(arm=arm))) for arm in poses] == [2, 2, 6, 6, 6, 12, 12, 12, 12]


def brighter(gain: float, offset: float) -> Callable[[Picture], Picture]:
    """Another light all over."""
    return lambda picture: gain * picture + offset


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 20.0), (0.7, 0.0), (1.3, -10.0)])
def test_another_light_is_no_movement(gain: float, offset: float) -> None:
    """A cloud, a lamp, the camera's own exposure."""
    film = Film()
    for _ in range(5):
        film.look()

    looks = [film.look(spoil=brighter(gain, offset)) for _ in range(5)]

    assert {moved_s(told) for told in looks} == {2.0}


def with_shadows(picture: Picture) -> Picture:
    """Light from one side, stripes of it."""
    stripes = 1 - 0.4 * (np.arange(WIDTH) % 40 < 20)
    return np.asarray(picture * stripes.astype(np.float32), np.float32)


def test_where_everything_changes_it_cannot_be_told() -> None:
    """And what is unclear is neither stillness nor movement; then he is watched again."""
    film = Film()
    for _ in range(5):
        film.look()

    first, *after = [film.look(spoil=with_shadows) for _ in range(3)]

    assert not is_watched(first)
    assert all(is_watched(told) for told in after)
    assert {moved_s(told) for told in (first, *after)} == {2.0}


def test_who_passes_close_by_is_not_he() -> None:
    """It cannot be told of the guard while somebody walks past before him."""
    film = Film()
    for _ in range(5):
        film.look()

    told = film.look(spoil=behind_a_passer_by)

    assert (moved_s(told), is_watched(told)) == (2.0, False)


def test_what_changes_for_good_is_not_waited_for() -> None:
    """Another light: he is watched from then on, and what was before it proves nothing."""
    film = Film()
    for _ in range(5):
        film.look()

    told = [film.look(spoil=with_shadows) for _ in range(2)][-1]

    assert (is_watched(told), known_since_s(told)) == (True, 12.0)


def pumped(number: int) -> Callable[[Picture], Picture]:
    """As coding does: every keyframe renews the texture a little, blocks of 8 pixels differ by some levels."""

    def spoil(picture: Picture) -> Picture:
        blocks = np.random.default_rng(number % 3).normal(0, 3, (HEIGHT // 8, WIDTH // 8))
        return np.asarray(picture + np.kron(blocks, np.ones((8, 8))), np.float32)

    return spoil


def test_coding_that_pumps_is_no_movement() -> None:
    """At every keyframe."""
    film = Film()

    looks = [film.look(spoil=pumped(number)) for number in range(30)]

    assert {moved_s(told) for told in looks} == {2.0}


@pytest.mark.parametrize("step_s", [0.2, 1 / 3, 1.0, 2.0, 10.0])
def test_it_is_the_same_at_any_rate(step_s: float) -> None:
    """Five times a second, or every ten."""
    film = Film()
    looks = [film.look(Pose(sway=np.sin(number)), step_s=step_s) for number in range(20)]

    told = film.look(Pose(arm=10.0), step_s=step_s)

    assert len({moved_s(one) for one in looks}) == 1
    assert moved_s(told) == pytest.approx(film.seconds)


def test_a_box_that_trembles_is_no_movement() -> None:
    """A detector never gives the same box twice; half of him is found now and then."""
    film = Film()
    boxes = [GUARD, (0.19, 0.31, 0.31, 0.84), (0.2, 0.3, 0.3, 0.6), (0.21, 0.29, 0.3, 0.86)]

    looks = [film.look(box=boxes[number % 4]) for number in range(20)]

    assert {moved_s(told) for told in looks} == {2.0}


def test_who_is_followed_under_another_id_is_the_same_if_his_pixels_are() -> None:
    """The tracker lost him for a moment: he has not moved."""
    film = Film()
    for _ in range(5):
        film.look()

    told = film.look(number=2)

    assert moved_s(told) == 2.0


def test_another_in_his_place_begins_anew() -> None:
    """It does not matter who: the pixels are others."""
    film = Film()
    for _ in range(5):
        film.look()

    def another(picture: Picture) -> Picture:
        picture[115:300, 140:180] = 200 - 60 * cloth(7, 185, 40, 7)
        return picture

    told = film.look(number=2, spoil=another)

    assert moved_s(told) == 12.0


@pytest.mark.parametrize("film", [Film(guard=(0.2, 0.3, 0.22, 0.36)), Film(contrast=0.08), Film(noise=40.0)])
def test_who_is_too_small_or_too_dark_cannot_be_told(film: Film) -> None:
    """Nobody is accused for want of light."""
    looks = [film.look() for _ in range(10)]

    assert not any(is_watched(told) for told in looks)


def test_only_who_stands_at_a_post_that_asks_is_watched() -> None:
    """Everybody else costs nothing."""
    elsewhere = track(seen=1, box=(0.7, 0.3, 0.8, 0.9))
    luma = np.zeros((HEIGHT, WIDTH), np.uint8)

    assert not Stillness(camera()).wanted
    assert Stillness(camera(**ASKED)).look(luma, (elsewhere,), at(1)) == (elsewhere,)


def test_a_stream_that_changes_its_size_begins_anew() -> None:
    """An engineer has set another resolution."""
    film = Film()
    for _ in range(3):
        film.look()

    (told,) = film.stillness.look(np.zeros((720, 1280), np.uint8), (track(seen=8, box=GUARD),), at(8))

    assert not is_watched(replace(told))
