"""The pictures of a scene: its actors put before the drawn checkpoint, in its light, with the sensor's noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from sample_streams.actors import Actor, Figure, Wardrobe, figure
from sample_streams.drawing import SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_streams.cutouts import Cutout
    from sample_streams.scenes import Scene

RATE_HZ = 10
NOISES = 12  # different noise pictures, each used with many offsets
SHADOW = 0.45  # how much light an actor takes from the ground under it
WIDTH, HEIGHT = SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the picture, in whole pixels, as a pair of slices."""

    rows: slice
    columns: slice

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float) -> Window | None:
        """The pixels that the rectangle touches; None outside the picture."""
        left, right = max(0, int(np.floor(x0))), min(WIDTH, int(np.ceil(x1)))
        top, bottom = max(0, int(np.floor(y0))), min(HEIGHT, int(np.ceil(y1)))
        if left >= right or top >= bottom:
            return None
        return cls(rows=slice(top, bottom), columns=slice(left, right))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.columns.stop - self.columns.start, self.rows.stop - self.rows.start

    def cut(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """A view of `picture`."""
        return picture[self.rows, self.columns]


class Stage:
    """Draws one scene, frame by frame. The same scene gives the same pictures, whoever draws it and in any order."""

    def __init__(self, scene: Scene, cutouts: Mapping[str, Cutout]) -> None:
        brush = scene.paint()
        self._scene = scene
        self._light = scene.light.map()
        self._ground = brush.picture().astype(np.float32) * self._light
        self._props = sorted(brush.props, key=lambda prop: prop.base)
        self._wardrobes = [self._wardrobe(actor, cutouts) for actor in scene.actors]
        self._noises = _noises(scene.seed, scene.light.noise)

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Every frame, (360, 640, 3) BGR."""
        for index in range(round(self._scene.length_s * RATE_HZ)):
            yield self.picture(index)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Frame `index`, (360, 640, 3) BGR."""
        canvas = self._ground.copy()
        at_s = index / RATE_HZ
        present = [
            (found, actor, wardrobe)
            for actor, wardrobe in zip(self._scene.actors, self._wardrobes, strict=True)
            if (found := figure(actor, at_s, self._person_height(actor, at_s)))
        ]
        for found, actor, wardrobe in sorted(present, key=lambda entry: entry[0].y):
            self._draw(canvas, found, wardrobe.picture(found, walks=actor.walks))
        return self._noisy(canvas, index)

    def _person_height(self, actor: Actor, at_s: float) -> float:
        spot = actor.at(at_s)
        return self._scene.person_height(spot[1]) if spot else 0.0

    def _wardrobe(self, actor: Actor, cutouts: Mapping[str, Cutout]) -> Wardrobe:
        tallest = max(actor.stature * self._scene.person_height(point.y) for point in actor.path)
        return Wardrobe(cutout=cutouts[actor.cutout], tint=actor.tint, height=max(8, round(tallest)))

    def _draw(self, canvas: NDArray[np.float32], found: Figure, sprite: NDArray[np.float32]) -> None:
        scale = found.height / sprite.shape[0]
        wide = sprite.shape[1] * scale
        left, top = found.x - wide / 2, found.y - found.height
        self._shade(canvas, found, wide)
        window = Window.around(left, top, left + wide, found.y)
        if window is None:
            return
        move = np.array([[scale, 0, left - window.columns.start], [0, scale, top - window.rows.start]])
        placed = np.asarray(cv2.warpAffine(sprite, move, window.size, flags=cv2.INTER_LINEAR), np.float32)
        placed *= self._visible(window, found.y)[..., None]
        part = window.cut(canvas)
        part *= 1 - placed[..., 3:]
        part += placed[..., :3] * window.cut(self._light) * 255

    def _shade(self, canvas: NDArray[np.float32], found: Figure, wide: float) -> None:
        """A soft shadow on the ground."""
        across, along = 0.55 * wide, 0.05 * found.height
        window = Window.around(found.x - 1.3 * across, found.y - 2 * along, found.x + 1.3 * across, found.y + 2 * along)
        if window is None:
            return
        y, x = np.mgrid[window.rows, window.columns].astype(np.float32)
        far = ((x - found.x) / across) ** 2 + ((y - found.y) / along) ** 2
        dark = SHADOW * np.clip(1.2 - far, 0, 1) * self._visible(window, found.y)
        part = window.cut(canvas)
        part *= 1 - dark[..., None]

    def _visible(self, window: Window, base: float) -> NDArray[np.float32]:
        """1 where nothing stands before somebody at `base`, 0 where a prop hides them."""
        seen = np.ones((window.size[1], window.size[0]), np.float32)
        for prop in self._props:
            if prop.base > base:
                seen *= 1 - window.cut(prop.mask)
        return seen

    def _noisy(self, canvas: NDArray[np.float32], index: int) -> NDArray[np.uint8]:
        random = np.random.default_rng((self._scene.seed, index))
        noise = self._noises[int(random.integers(NOISES))]
        shift = (int(random.integers(HEIGHT)), int(random.integers(WIDTH)))
        canvas += np.roll(noise, shift, (0, 1))[..., None]
        return np.clip(canvas.round(), 0, 255).astype(np.uint8)


def _noises(seed: int, strength: float) -> NDArray[np.float32]:
    random = np.random.default_rng((seed, NOISES))
    return random.normal(0, strength, (NOISES, HEIGHT, WIDTH)).astype(np.float32)
