"""Who moves through a scene: where they are at each moment, and how they look there."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_streams.cutouts import Cutout

STEP = 0.42  # length of a step, in heights of the walker
POSES = 9  # drawings of a walk, from legs together to legs apart
HIPS = 0.55  # of the height, from the top
BOB = 0.012  # of the height, up and down with each step


@dataclass(frozen=True, slots=True)
class Waypoint:
    """Where somebody touches the ground at a moment; between two they move evenly."""

    at_s: float
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody or something that comes, stays and goes: in the scene from the first waypoint to the last."""

    cutout: str
    path: tuple[Waypoint, ...]
    stature: float = 1.0  # times the height of a person there
    breadth: float = 0.3  # width over height
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)  # BGR
    faces_left: bool = False  # while standing since the beginning

    @property
    def walks(self) -> bool:
        """Whether it has legs."""
        return self.cutout != "bus"

    def at(self, at_s: float) -> tuple[float, float] | None:
        """Where it touches the ground; None while it is not there."""
        if not self.path[0].at_s <= at_s <= self.path[-1].at_s:
            return None
        index = min(bisect_right(self.path, at_s, key=lambda point: point.at_s), len(self.path) - 1)
        before, after = self.path[index - 1], self.path[index]
        share = (at_s - before.at_s) / (after.at_s - before.at_s)
        return before.x + (after.x - before.x) * share, before.y + (after.y - before.y) * share

    def walked(self, at_s: float) -> float:
        """How far it has gone by then, in pixels."""
        length = 0.0
        for before, after in pairwise(self.path):
            share = min(max((at_s - before.at_s) / (after.at_s - before.at_s), 0.0), 1.0)
            length += share * float(np.hypot(after.x - before.x, after.y - before.y))
        return length

    def moves(self, at_s: float) -> bool:
        """Whether it is on its way just then."""
        return self.walked(at_s + 0.05) > self.walked(at_s - 0.05)

    def is_mirrored(self, at_s: float) -> bool:
        """Whether it looks to the left: the way it goes, or went last."""
        mirrored = self.faces_left
        for before, after in pairwise(self.path):
            if before.at_s <= at_s and before.x != after.x:
                mirrored = after.x < before.x
        return mirrored


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How an actor looks at one moment."""

    x: float  # the middle of where it touches the ground
    y: float
    height: float  # pixels
    mirrored: bool
    pose: int  # 0 legs together .. POSES - 1 legs apart


def figure(actor: Actor, at_s: float, person_height: float) -> Figure | None:
    """`actor` at a moment, where a person would be `person_height` pixels high."""
    spot = actor.at(at_s)
    if spot is None:
        return None
    height, pose, lift = actor.stature * person_height, POSES // 2, 0.0
    if actor.walks and actor.moves(at_s):
        phase = np.pi * actor.walked(at_s) / (STEP * height)
        pose = round(abs(float(np.cos(phase))) * (POSES - 1))
        lift = BOB * height * abs(float(np.sin(phase)))
    return Figure(x=spot[0], y=spot[1] - lift, height=height, mirrored=actor.is_mirrored(at_s), pose=pose)


@dataclass(slots=True)
class Wardrobe:
    """An actor's cut-out in every pose, prepared once at about the size it is drawn at."""

    cutout: Cutout
    tint: tuple[float, float, float]
    height: int  # pixels, the largest it is drawn at
    _poses: dict[tuple[bool, int], NDArray[np.float32]] = field(default_factory=dict)

    def picture(self, figure: Figure, *, walks: bool) -> NDArray[np.float32]:
        """(h, w, 4), colours multiplied by alpha, 0 to 1."""
        key = (figure.mirrored, figure.pose)
        if key not in self._poses:
            self._poses[key] = self._posed(figure, walks=walks)
        return self._poses[key]

    def _posed(self, figure: Figure, *, walks: bool) -> NDArray[np.float32]:
        tall, wide = self.cutout.bgra.shape[:2]
        size = (max(1, round(wide * self.height / tall)), self.height)
        reduced = cv2.resize(self.cutout.bgra, size, interpolation=cv2.INTER_AREA)
        small = np.asarray(reduced, np.float32) / np.float32(255)
        small[..., :3] *= self.tint
        np.minimum(small[..., :3], small[..., 3:], out=small[..., :3])
        if walks:
            small = _with_legs(small, 0.45 + 0.55 * figure.pose / (POSES - 1))
        return np.ascontiguousarray(small[:, ::-1] if figure.mirrored else small)


def _with_legs(person: NDArray[np.float32], spread: float) -> NDArray[np.float32]:
    """`person` with the feet `spread` times as far apart, and the legs accordingly."""
    height, width = person.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    below = np.clip((y / height - HIPS) / (1 - HIPS), 0, 1)
    narrower = 1 + (spread - 1) * below
    middle = width * 0.5
    return np.asarray(cv2.remap(person, middle + (x - middle) / narrower, y, cv2.INTER_LINEAR), np.float32)
