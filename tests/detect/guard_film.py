"""A guard before a wall, drawn and looked at again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detect.messages import Box, Track
from detect.stillness import Stillness
from tests.detect.given import at, camera, track

HEIGHT, WIDTH = 360, 640
GUARD: Box = (0.20, 0.30, 0.30, 0.85)  # 64 x 198 pixels
FAR: Box = (0.90, 0.30, 0.99, 0.40)  # where who passes comes from
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
        behind: Callable[[Picture], Picture] = lambda picture: picture,
        passer: Box | None = None,
    ) -> Track:
        """The track after one more look."""
        self.seconds += step_s
        luma = spoil(self._drawn(pose or Pose(), behind))
        luma += np.random.default_rng(round(self.seconds * 10)).normal(0, self.noise, luma.shape).astype(np.float32)
        seen = track(number, first=step_s, seen=self.seconds, box=box or self.guard)
        others = (replace(track(9, seen=self.seconds, box=passer), first_box=FAR),) if passer else ()
        told, *_ = self.stillness.look(np.clip(luma, 0, 255).astype(np.uint8), (seen, *others), at(self.seconds))
        return told

    def _drawn(self, pose: Pose, behind: Callable[[Picture], Picture]) -> Picture:
        picture = behind(np.asarray(110 + 40 * cloth(1, HEIGHT, WIDTH, 24), np.float32))
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


def known_since_s(told: Track) -> float:
    """Since when it is known whether he moves."""
    assert told.watched_since is not None
    return (told.watched_since - at(0)).total_seconds()


def behind_a_passer_by(picture: Picture) -> Picture:
    """Somebody walks past close before the guard."""
    picture[100:340, 150:230] = 30 + 60 * cloth(5, 240, 80, 11)
    return picture
