"""The pictures of a scene: always the same, with their figures in the right place, light and order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sample_streams.actors import Actor, Waypoint
from sample_streams.cutouts import Cutout
from sample_streams.drawing import SIZE, Brush, Lamp, Light
from sample_streams.scenes import SCENES, Scene
from sample_streams.stage import RATE_HZ, Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Cutouts = Mapping[str, Cutout]
STILL = Light(noise=0.0)


def grey(brush: Brush) -> None:
    """Even ground."""
    brush.box(-1, -1, 641, 361, (120, 120, 120))


def grey_with_wall(brush: Brush) -> None:
    """Even ground, and a wall on it."""
    grey(brush)
    with brush.prop(220):
        brush.box(260, 100, 380, 220, (60, 200, 60))


def stands(x: float, y: float, cutout: str = "light-coat") -> Actor:
    return Actor(cutout=cutout, path=(Waypoint(0, x, y), Waypoint(60, x, y)))


def scene(*actors: Actor, light: Light = STILL, wall: bool = False) -> Scene:
    draw = grey_with_wall if wall else grey
    return Scene(name="test", seed=3, draw=draw, actors=actors, zones={}, light=light)


def differs(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((np.abs(first.astype(int) - second.astype(int)) > 3).any(axis=2))


@pytest.mark.parametrize("one", SCENES, ids=lambda one: one.name)
def test_the_same_scene_gives_the_same_pictures(cutouts: Cutouts, one: Scene) -> None:
    """Drawn twice, and in another order."""
    frames = (0, 155, 430)
    first, second = Stage(one, cutouts), Stage(one, cutouts)
    forwards = {index: first.picture(index) for index in frames}
    backwards = {index: second.picture(index) for index in reversed(frames)}
    assert all(np.array_equal(forwards[index], backwards[index]) for index in frames)


def test_pictures_are_what_the_encoder_takes(cutouts: Cutouts) -> None:
    """As many as the length asks for, each 640 x 360, three bytes a pixel."""
    pictures = list(Stage(replace(scene(), length_s=1.5), cutouts).pictures())
    assert len(pictures) == 1.5 * RATE_HZ
    assert {(picture.shape, picture.dtype.name) for picture in pictures} == {((360, 640, 3), "uint8")}


def test_noise_differs_from_frame_to_frame_and_is_mild(cutouts: Cutouts) -> None:
    """A sensor's picture is never twice the same; a detector must not mind."""
    stage = Stage(scene(light=Light(noise=2.0)), cutouts)
    first, second = stage.picture(0).astype(int), stage.picture(1).astype(int)
    assert 1.5 < (first - second)[..., 0].std() / np.sqrt(2) < 2.5
    assert abs(first.mean() - 120) < 0.5


def test_a_figure_stands_with_its_feet_where_it_was_sent(cutouts: Cutouts) -> None:
    """And is as tall as the distance makes it."""
    place = scene(stands(320, 300))
    changed = differs(Stage(place, cutouts).picture(0), Stage(scene(), cutouts).picture(0))
    rows = np.flatnonzero(changed.sum(axis=1) > 2)
    columns = np.flatnonzero(changed[:250].any(axis=0))
    assert rows[0] == pytest.approx(300 - place.person_height(300), abs=3)
    assert 298 <= rows[-1] <= 300 + 0.11 * place.person_height(300)  # its shadow lies a little lower
    assert abs((columns[0] + columns[-1]) / 2 - 320) < 8


def test_a_wall_hides_who_is_behind_it_and_not_who_is_before_it(cutouts: Cutouts) -> None:
    """By where they touch the ground."""
    empty = Stage(scene(wall=True), cutouts).picture(0)
    wall = np.zeros(SIZE[::-1], bool)
    wall[105:215, 265:375] = True
    behind = differs(Stage(scene(stands(320, 210), wall=True), cutouts).picture(0), empty)
    before = differs(Stage(scene(stands(320, 235), wall=True), cutouts).picture(0), empty)
    assert not (behind & wall).any()
    assert (before & wall).sum() > 500


def test_the_nearer_of_two_is_seen(cutouts: Cutouts) -> None:
    """Whichever was named first."""
    near, far = stands(320, 300), stands(320, 240, "dark-coat")
    one = Stage(scene(near, far), cutouts).picture(0)
    other = Stage(scene(far, near), cutouts).picture(0)
    assert np.array_equal(one, other)
    alone = Stage(scene(near), cutouts).picture(0)
    assert not differs(one, alone)[200:230, 312:328].any()


def test_who_leaves_the_picture_leaves_nothing_behind(cutouts: Cutouts) -> None:
    """Half outside they are cut off; outside they are gone."""
    empty = Stage(scene(), cutouts).picture(0)
    half, outside = (Stage(scene(stands(x, 300)), cutouts).picture(0) for x in (0, -120))
    assert differs(half, empty).any()
    assert np.array_equal(outside, empty)


def test_night_darkens_ground_and_figures_and_a_lamp_lights_them(cutouts: Cutouts) -> None:
    """People are in the same light as what they stand on."""
    dark = Light(gain=(0.3, 0.3, 0.3), noise=0.0)
    lit = replace(dark, lamps=(Lamp(at=(480, 250), reach=120, strength=0.6),))
    people = (stands(160, 300), stands(480, 300))
    day, night, lamp = (Stage(scene(*people, light=light), cutouts).picture(0) for light in (STILL, dark, lit))
    body = (slice(200, 230), slice(470, 490))
    away = (slice(200, 230), slice(150, 170))
    assert night[body].mean() < 0.4 * day[body].mean()
    assert lamp[body].mean() > 2 * night[body].mean()
    assert lamp[away].mean() == pytest.approx(night[away].mean(), abs=2)
