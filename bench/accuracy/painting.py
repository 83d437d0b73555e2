"""Pictures of a place with people and vehicles in it, quickly: a hundred camera-hours are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from sample_streams.actors import POSES, Figure, Wardrobe
from sample_streams.cutouts import Cutout
from sample_streams.drawing import SIZE, Lamp, Light

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.accuracy.weather import Weather
    from sample_streams.scenes import Scene

    Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = SIZE
HIPS = 0.55  # of somebody's height, from the top: what is above it leans
MARGIN = 20  # pixels beside somebody, to lean into
SHADOW = 0.35  # share of the light taken from the ground beneath
LAMP_REACH, LAMP_STRENGTH = 180.0, 0.55
KEPT = 400  # sprites at their size, before they are drawn anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """One figure in one picture, in pixels."""

    cutout: str
    x: float  # the middle of where it touches the ground
    y: float
    height: float
    lean: float = 0.0  # by how much the head is aside of where it usually is
    tilt: float = 0.0  # degrees from upright, to the right
    pose: int = POSES // 2
    mirrored: bool = False
    walks: bool = True
    wide: float = 1.0  # times its usual width
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)  # BGR


class Painter:
    """Paints one place in one light. One thread."""

    def __init__(self, place: Scene, cutouts: Mapping[str, Cutout], weather: Weather) -> None:
        brush = place.paint()
        lamps = tuple(
            Lamp(at=(x * WIDTH, y * HEIGHT), reach=LAMP_REACH, strength=LAMP_STRENGTH) for x, y in weather.lamps
        )
        self._light = Light(gain=weather.gain, lamps=lamps).map()
        self._ground: Pixels = np.clip(brush.picture() * self._light, 0, 255).astype(np.uint8)
        self._props = sorted(brush.props, key=lambda prop: prop.base)
        self._cutouts = {**cutouts, "bag": bag()}
        self._drawn: dict[Sprite, NDArray[np.float32]] = {}

    def paint(self, sprites: Sequence[Sprite]) -> Pixels:
        """The place with `sprites` in it, (360, 640, 3) BGR."""
        picture = np.array(self._ground)
        for sprite in sorted(sprites, key=lambda one: one.y):
            self._put(picture, sprite)
        return picture

    def _put(self, picture: Pixels, sprite: Sprite) -> None:
        drawn = self._picture(sprite)
        high, wide = drawn.shape[:2]
        left, top = round(sprite.x - wide / 2), round(sprite.y - high)
        rows = slice(max(0, top), min(HEIGHT, top + high))
        columns = slice(max(0, left), min(WIDTH, left + wide))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        placed = drawn[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        seen = self._visible(rows, columns, sprite.y)
        colour, alpha = placed[..., :3] * self._light[rows, columns], placed[..., 3:]
        if seen is not None:
            colour, alpha = colour * seen, alpha * seen
        part = picture[rows, columns]
        part[:] = np.clip(part * (1 - alpha) + colour * 255, 0, 255).astype(np.uint8)

    def _visible(self, rows: slice, columns: slice, base: float) -> NDArray[np.float32] | None:
        """1 where nothing stands before somebody at `base`; None where nothing does anywhere."""
        before = [prop.mask[rows, columns] for prop in self._props if prop.base > base]
        masks = [mask for mask in before if mask.any()]
        if not masks:
            return None
        return np.asarray(np.prod([1 - mask for mask in masks], axis=0)[..., None], np.float32)

    def _picture(self, sprite: Sprite) -> NDArray[np.float32]:
        """(h, w, 4), colours multiplied by alpha, 0 to 1."""
        key = _placeless(sprite)
        if key not in self._drawn:
            if len(self._drawn) >= KEPT:
                self._drawn.clear()
            self._drawn[key] = self._posed(key)
        return self._drawn[key]

    def _posed(self, sprite: Sprite) -> NDArray[np.float32]:
        high = round(sprite.height)
        wardrobe = Wardrobe(cutout=self._cutouts[sprite.cutout], tint=sprite.tint, height=max(8, high))
        figure = Figure(x=0, y=0, height=high, mirrored=sprite.mirrored, pose=sprite.pose)
        drawn = wardrobe.picture(figure, walks=sprite.walks)
        if sprite.wide != 1.0:
            drawn = np.asarray(cv2.resize(drawn, None, fx=sprite.wide, fy=1, interpolation=cv2.INTER_AREA), np.float32)
        drawn = _shaded(drawn)
        if sprite.tilt:
            return _turned(drawn, sprite.tilt)
        return _leaning(drawn, sprite.lean) if sprite.lean else drawn


def _placeless(sprite: Sprite) -> Sprite:
    """`sprite` at no place, so that the same drawing serves wherever it goes; leans by quarters of a pixel."""
    return Sprite(
        cutout=sprite.cutout,
        x=0,
        y=0,
        height=round(sprite.height),
        lean=round(4 * sprite.lean) / 4,
        tilt=round(sprite.tilt),
        pose=sprite.pose,
        mirrored=sprite.mirrored,
        walks=sprite.walks,
        wide=sprite.wide,
        tint=sprite.tint,
    )


def _shaded(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """With a soft shadow about the feet."""
    high, wide = drawn.shape[:2]
    deep = max(2, high // 20)
    y, x = np.mgrid[0 : high + deep, 0:wide].astype(np.float32)
    far = ((x - wide / 2) / (0.5 * wide)) ** 2 + ((y - high) / deep) ** 2
    shade = SHADOW * np.clip(1.1 - far, 0, 1)
    whole = np.zeros((high + deep, wide, 4), np.float32)
    whole[:high] = drawn
    whole[..., 3] = np.maximum(whole[..., 3], shade)
    return whole


def _leaning(drawn: NDArray[np.float32], lean: float) -> NDArray[np.float32]:
    high, wide = drawn.shape[:2]
    y, x = np.mgrid[0:high, 0 : wide + 2 * MARGIN].astype(np.float32)
    aside = lean * np.clip(1 - y / (HIPS * high), 0, 1)
    return np.asarray(cv2.remap(drawn, x - MARGIN - aside, y, cv2.INTER_LINEAR), np.float32)


def _turned(drawn: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    """Turned about the feet, in a picture with room for it, whose lowest row is the ground."""
    high, wide = drawn.shape[:2]
    reach = high + wide
    turn = cv2.getRotationMatrix2D((wide / 2, high - wide / 2), -degrees, 1.0)
    turn[0, 2] += reach - wide / 2
    turn[1, 2] += reach - (high - wide / 2)
    whole = np.asarray(cv2.warpAffine(drawn, turn, (2 * reach, reach + wide // 2), flags=cv2.INTER_LINEAR), np.float32)
    return np.ascontiguousarray(whole)


def bag() -> Cutout:
    """A suitcase, drawn: dark cloth, a lighter pocket, a handle."""
    drawn = np.zeros((100, 84, 4), np.uint8)
    cv2.rectangle(drawn, (28, 2), (56, 22), (60, 60, 60, 255), 6)
    cv2.rectangle(drawn, (4, 18), (80, 96), (70, 46, 40, 255), -1)
    cv2.rectangle(drawn, (14, 50), (70, 88), (104, 78, 66, 255), -1)
    cv2.line(drawn, (4, 38), (80, 38), (36, 30, 28, 255), 3)
    drawn.flags.writeable = False
    return Cutout(bgra=drawn)
