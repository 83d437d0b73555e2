"""What light and weather make of a picture: night, rain, headlights, a shaking pole, a camera that has a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LAYERS = 6  # different pictures of noise and of rain, each used at many offsets
SLACK = 64  # pixels by which they are larger than the picture
DROPS = 260  # streaks of rain in a picture at full strength
COVERED = 70  # level of a picture that shows a hand or a bag over the camera


def steady(_at_s: float) -> float:
    """Light that does not change."""
    return 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the camera for a while."""

    kind: str  # covered, dark, frozen, blurred, turned
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How a scene is lit and seen. Lights are fractions of full daylight, shake in pixels."""

    name: str
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)  # BGR
    lamps: tuple[tuple[float, float], ...] = ()  # where they throw their light, fractions of the picture
    noise: float = 2.5  # levels, standard deviation
    rain: float = 0.0  # 0 none .. 1 heavy
    shake: float = 0.0  # pixels, standard deviation of the pole's sway
    level: Callable[[float], float] = steady  # light by the second
    headlights: tuple[float, ...] = ()  # seconds at which a car's lights sweep over the ground
    faults: tuple[Fault, ...] = ()


class Lens:
    """Shows pictures of one size as a camera in some weather would. The same frames give the same pictures."""

    def __init__(self, weather: Weather, size: tuple[int, int], seed: int) -> None:
        self._weather = weather
        self._size = size
        self._seed = seed
        random = np.random.default_rng((seed, 1))
        height, width = size[1] + SLACK, size[0] + SLACK
        grains = random.normal(0, weather.noise, (LAYERS, height, width, 1)).round().astype(np.int16)
        self._grains = np.repeat(grains, 3, axis=3)
        self._rains = [_rain(random, height, width, weather.rain) for _ in range(LAYERS)] if weather.rain else []
        self._beam = _beam(size) if weather.headlights else None
        self._frozen: Pixels | None = None

    def show(self, picture: Pixels, index: int, at_s: float) -> Pixels:
        """`picture`, (h, w, 3) BGR, as it arrives; frame `index` at `at_s`."""
        fault = next((one.kind for one in self._weather.faults if one.from_s <= at_s < one.to_s), "")
        if fault == "frozen" and self._frozen is not None:
            return self._frozen
        random = np.random.default_rng((self._seed, index))
        seen = self._noisy(self._lit(self._faulty(self._swayed(picture, at_s), fault), at_s), random)
        self._frozen = seen
        return seen

    def _swayed(self, picture: Pixels, at_s: float) -> Pixels:
        """A pole sways slowly and trembles fast."""
        shake = self._weather.shake
        if not shake:
            return picture
        dx = shake * (np.sin(2 * np.pi * at_s / 1.7) + 0.5 * np.sin(2 * np.pi * at_s / 0.43 + 1))
        dy = shake * 0.6 * (np.sin(2 * np.pi * at_s / 2.3 + 2) + 0.5 * np.sin(2 * np.pi * at_s / 0.37))
        move = np.array([[1, 0, dx], [0, 1, dy]])
        return np.asarray(cv2.warpAffine(picture, move, self._size, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _faulty(self, picture: Pixels, fault: str) -> Pixels:
        if fault == "covered":
            return np.full_like(picture, COVERED)
        if fault == "blurred":
            return np.asarray(cv2.GaussianBlur(picture, (0, 0), self._size[0] / 100), np.uint8)
        if fault == "turned":
            return np.asarray(cv2.flip(np.roll(picture, (self._size[1] // 4, self._size[0] // 3), (0, 1)), 1), np.uint8)
        return (picture * 0.03).astype(np.uint8) if fault == "dark" else picture

    def _lit(self, picture: Pixels, at_s: float) -> Pixels:
        level = self._weather.level(at_s)
        lit = picture if level == 1.0 else cv2.convertScaleAbs(picture, alpha=level)
        for began_s in self._weather.headlights:
            lit = self._swept(np.asarray(lit, np.uint8), at_s - began_s)
        return np.asarray(lit, np.uint8)

    def _swept(self, picture: Pixels, since_s: float) -> Pixels:
        """A beam crosses the ground within three seconds, and all of it grows a little brighter meanwhile."""
        if self._beam is None or not 0 <= since_s < 3:
            return picture
        shift = round((since_s / 3 - 0.5) * 2 * self._size[0])
        beam = self._beam[:, self._size[0] - shift : 2 * self._size[0] - shift]
        return np.asarray(cv2.add(picture, beam), np.uint8)

    def _noisy(self, picture: Pixels, random: np.random.Generator) -> Pixels:
        x, y, layer = (int(random.integers(most)) for most in (SLACK, SLACK, LAYERS))
        window = (slice(y, y + self._size[1]), slice(x, x + self._size[0]))
        if self._rains:
            rain = self._rains[int(random.integers(LAYERS))][window]
            picture = np.asarray(cv2.add(picture, rain), np.uint8)
        return np.asarray(cv2.add(picture, self._grains[layer][window], dtype=cv2.CV_8U), np.uint8)


def _rain(random: np.random.Generator, height: int, width: int, strength: float) -> Pixels:
    layer = np.zeros((height, width, 3), np.uint8)
    for _ in range(round(DROPS * strength)):
        x, y = int(random.integers(width)), int(random.integers(height))
        long, bright = int(random.integers(8, 22)), int(random.integers(18, 60))
        cv2.line(layer, (x, y), (x - long // 5, y + long), (bright, bright, bright), 1, cv2.LINE_AA)
    return layer


def _beam(size: tuple[int, int]) -> Pixels:
    """Light on the ground, (h, 3 w, 3): a pool in the middle third, a glow round about."""
    width, height = size
    y, x = np.mgrid[0:height, 0 : 3 * width].astype(np.float32)
    far = ((x - 1.5 * width) / (0.22 * width)) ** 2 + ((y - 0.8 * height) / (0.22 * height)) ** 2
    glow = 90 * np.exp(-far) + 10 * np.exp(-far / 12)
    return np.asarray(np.repeat(glow[..., None], 3, axis=2), np.uint8)


# The gains and the noise are those of the sample scenes' own lights.
DAY = Weather(name="day")
OVERCAST = Weather(name="overcast", gain=(0.86, 0.84, 0.82), noise=3.0)
NIGHT = Weather(name="night", gain=(0.34, 0.27, 0.25), lamps=((0.32, 0.70), (0.72, 0.68)), noise=3.0)
RAIN = Weather(name="rain", gain=(0.72, 0.70, 0.68), noise=3.0, rain=0.7)
SHAKING = Weather(name="shaking", shake=0.7)
HEADLIGHTS = Weather(
    name="headlights",
    gain=(0.45, 0.38, 0.36),
    lamps=((0.32, 0.70), (0.72, 0.68)),
    noise=3.0,
    headlights=(5.0, 11.0, 17.0, 23.0, 29.0, 35.0, 41.0),
)
CLOUDS = Weather(name="clouds", level=lambda at_s: 0.85 + 0.15 * float(np.cos(2 * np.pi * at_s / 19)))
EVERY = (DAY, OVERCAST, NIGHT, RAIN, SHAKING, HEADLIGHTS, CLOUDS)
