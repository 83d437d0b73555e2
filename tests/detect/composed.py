"""Short clips of a post, composed of the sample scenes' cut-outs, for the rules of posts and a real detector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_streams.cutouts import Cutout
from sample_streams.encoding import encode
from sample_streams.scenes import SCENES
from sample_streams.stage import RATE_HZ, Stage

SIZE = (640, 360)
HIPS = 0.55  # of somebody's height, from the top: what is above it leans
GRAINS = 7  # different pictures of noise, each used at many offsets
Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One figure in one frame; pixels of the picture."""

    cutout: str
    x: float  # the middle of where it touches the ground
    base: float
    height: float
    lean: float = 0.0  # by how much the head is aside of where it usually is


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What happens, frame by frame, and in what light."""

    length_s: float
    figures: Callable[[float], Sequence[Seen]]  # at a second, the farthest first
    light: Callable[[float], float] = lambda _: 1.0
    noise: float = 3.0

    def write(self, cutouts: Mapping[str, Cutout], path: Path) -> Path:
        """Encode it as a camera would: H.264, ten pictures a second, a keyframe every two seconds."""
        encode(self._pictures(cutouts), path, "composed")
        return path

    def _pictures(self, cutouts: Mapping[str, Cutout]) -> Iterator[NDArray[np.uint8]]:
        silent = replace(SCENES[0], actors=(), light=replace(SCENES[0].light, noise=0.0))
        ground = Stage(silent, cutouts).picture(0).astype(np.float32)
        random = np.random.default_rng(1)
        grains = [self.noise * random.standard_normal(ground.shape[:2], np.float32)[..., None] for _ in range(GRAINS)]
        for index in range(round(self.length_s * RATE_HZ)):
            at_s = index / RATE_HZ
            picture = ground.copy()
            for figure in self.figures(at_s):
                _draw(picture, figure, cutouts[figure.cutout].bgra)
            picture *= self.light(at_s)
            picture += np.roll(grains[index % GRAINS], 37 * index, 0)
            yield np.clip(picture, 0, 255).astype(np.uint8)


def _draw(picture: Pixels, seen: Seen, bgra: NDArray[np.uint8]) -> None:
    """Put the figure into `picture`, to the fraction of a pixel."""
    rows = bgra.shape[0]
    scale = seen.height / rows
    small = cv2.resize(bgra, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    y, x = np.mgrid[0 : small.shape[0], 0 : small.shape[1] + 40].astype(np.float32)
    aside = seen.lean * np.clip(1 - y / (HIPS * small.shape[0]), 0, 1)
    leaning = cv2.remap(small, x - 20 - aside, y, cv2.INTER_LINEAR)
    move = np.array([[1, 0, seen.x - leaning.shape[1] / 2], [0, 1, seen.base - small.shape[0]]])
    placed = cv2.warpAffine(leaning, move, SIZE, flags=cv2.INTER_LINEAR)
    picture *= 1 - placed[..., 3:] / 255
    picture += placed[..., :3]


def breathing(at_s: float) -> float:
    """How far the head sways of somebody who does nothing else, in pixels: a breath takes four seconds."""
    return 0.6 * float(np.sin(2 * np.pi * at_s / 4.1)) + 0.4 * float(np.sin(at_s / 7))


def guard(at_s: float, *, x: float = 200.0, lean: float = 0.0, cutout: str = "dark-coat") -> Seen:
    """A guard at the post, who breathes."""
    return Seen(cutout=cutout, x=x, base=290, height=150, lean=lean + breathing(at_s))


def walking(at_s: float, begin_s: float, x0: float, x1: float, *, cutout: str = "dark-coat") -> Seen:
    """A guard on his way from `x0` to `x1`, at 60 pixels a second; he stays where he arrives."""
    gone = max(0.0, at_s - begin_s) * 60
    return guard(at_s, x=x0 + float(np.sign(x1 - x0)) * min(gone, abs(x1 - x0)), cutout=cutout)


def bus(at_s: float, begin_s: float, *, stops_s: float = 0.0) -> list[Seen]:
    """A bus that passes close before the post from `begin_s`, and stands before it for `stops_s`."""
    moved_s = min(at_s - begin_s, 3.0) + max(0.0, at_s - begin_s - 3.0 - stops_s)
    return [Seen(cutout="bus", x=-250 + 150 * moved_s, base=335, height=240)] if 0 <= moved_s < 8 else []
