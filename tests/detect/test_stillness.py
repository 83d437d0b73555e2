"""Who moves, by his pixels: not by noise, breathing, light or coding, and not by what happens round him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.messages import Box, Track
from detect.stillness import Stillness
from tests.detect.given import at, camera, track

HEIGHT, WIDTH = 360, 640
GUARD: Box = (0.20, 0.30, 0.30, 0.85)  # 64 x 198 pixels
ASKED = {"posts": [{"zone": "post", "asleep_after": "60s"}]}
Picture = NDArray[np.float32]


def cloth(seed: int, rows: int, columns: int, cell: int) -> Picture:
    """A texture of soft patches, `cell` pixels wide."""
    coarse = np.random.default_rng(seed).uniform(0, 1, (rows // cell + 2, columns // cell + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How somebody stands: pixels by which he sways, his arm hangs aside, his head leans."""

    sway: float = 0.0
    arm: float = 0.0
    head: float = 0.0


@dataclass(slots=True, kw_only=True)
class Film:
    """A guard before a wall, looked at again and again."""

    noise: float = 3.0
    guard: Box = GUARD
    contrast: float = 1.0
    stillness: Stillness = field(default_factory=lambda: Stillness(camera(**ASKED)))
    seconds: float = 0.0

    def look(
        self,
        pose: Pose | None = None,
        *,
        step_s: float = 2.0,
        number: int = 1,
        box: Box | None = None,
        spoil: Callable[[Picture], Picture] = lambda picture: picture,
    ) -> Track:
        """The track after one more look."""
        self.seconds += step_s
        luma = spoil(self._drawn(pose or Pose()))
        luma += np.random.default_rng(round(self.seconds * 10)).normal(0, self.noise, luma.shape).astype(np.float32)
        seen = track(number, first=step_s, seen=self.seconds, box=box or self.guard)
        (told,) = self.stillness.look(np.clip(luma, 0, 255).astype(np.uint8), (seen,), at(self.seconds))
        return told

    def _drawn(self, pose: Pose) -> Picture:
        picture = 110 + 40 * cloth(1, HEIGHT, WIDTH, 24)
        x0, y0, x1, y1 = self.guard
        left, top = x0 * WIDTH, y0 * HEIGHT
        wide, high = (x1 - x0) * WIDTH, (y1 - y0) * HEIGHT
        size = (int(high), int(wide))
        person = 128 + self.contrast * (30 + 70 * cloth(2, *size, 9) - 128)
        mask = np.zeros(size, np.float32)
        cv2.ellipse(
            mask,
            (round(wide / 2 + pose.head), round(0.09 * high)),
            (round(0.2 * wide), round(0.09 * high)),
            0,
            0,
            360,
            1.0,
            -1,
        )
        cv2.rectangle(mask, (round(0.2 * wide), round(0.2 * high)), (round(0.8 * wide), round(high)), 1.0, -1)
        cv2.line(
            mask, (round(0.2 * wide), round(0.25 * high)), (round(0.12 * wide - pose.arm), round(0.55 * high)), 1.0, 7
        )
        move = np.array([[1, 0, left + pose.sway], [0, 1, top]])
        placed = cv2.warpAffine(person.astype(np.float32), move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        there = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), 1.0), move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        return np.asarray(picture * (1 - there) + placed * there, np.float32)


def moved_s(told: Track) -> float:
    """When he moved last."""
    assert told.moved_at is not None
    return (told.moved_at - at(0)).total_seconds()


def is_watched(told: Track) -> bool:
    """Whether the look could tell."""
    return told.watched_at == told.last_seen_at


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

    def with_passer_by(picture: Picture) -> Picture:
        picture[100:340, 150:230] = 30 + 60 * cloth(5, 240, 80, 11)
        return picture

    told = film.look(spoil=with_passer_by)

    assert (moved_s(told), is_watched(told)) == (2.0, False)


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
