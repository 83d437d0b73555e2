"""Whether somebody moves: his pixels against what they were, beyond what noise, breathing and light explain.

Only who stands at a post that asks for it is watched. A look has one of three ends: still, moved, or unclear. It is
unclear where the surroundings change as much as he does (a lamp, a passer-by, a shaking camera), or where he is too
small or too dark to tell; unclear accuses nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import Camera, Label
from detect.messages import Box, Track
from detect.motion import learned
from detect.scene import anchor, covered, leaves_after, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 64  # a person is reduced to this many: one is 2 to 3 cm of him, which breathing and sway do not exceed
LEAST_ROWS = 28  # pixels of the picture: who is lower cannot be told to be still
MARGIN = 0.25  # of the box's sides, round it: the surroundings
LEAST_STEP = 8.0  # levels; smaller differences are noise and coding in any light
NOISE_FACTOR = 4.0  # times the noise of the surroundings
LEAST_PATCH = 6  # pixels, of a person of `ROWS`, that must differ together
DROPS, FALLING = 3, 3.0  # patches beside him from which on it rains; times their size is more than a drop
LARGE_DROP, LARGEST = 4.0, 1.25  # times that size a drop may be at most; times the largest of late is more than one
LEAST_CONTRAST = 3.0  # steps between his dark and his bright parts, or movement could not be seen
SURROUNDED = 0.15  # share of the surroundings that changes: then it is not he alone
DISPLACED = 0.5  # overlap of his box with what it was, under which he has gone elsewhere
LEAST_SPREAD = 25.0  # variance in levels of surroundings that can tell a gain from an offset
LEARN_S = 20.0  # how fast the reference follows what does not count as movement
NEIGHBOURS = np.ones((3, 3), np.uint8)


class Verdict(Enum):
    """What a look says."""

    STILL = auto()
    MOVED = auto()
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Region:
    """A person's box and what is round it, in whole pixels of the picture."""

    box: Box  # fractions of the picture
    rows: slice
    columns: slice
    size: tuple[int, int]  # width, height it is reduced to
    inner: tuple[slice, slice]  # rows, columns of the reduction that are the box
    around: NDArray[np.bool_]  # (h, w) of the reduction: what is not the box
    scale: float  # of the reduction

    @classmethod
    def of(cls, box: Box, shape: tuple[int, ...]) -> _Region:
        """Round `box`, within a picture of `shape`."""
        height, width = shape[:2]
        wide, high = (box[2] - box[0]) * width, (box[3] - box[1]) * height
        left, top = box[0] * width - MARGIN * wide, box[1] * height - MARGIN * high
        rows = _slice(top, top + (1 + 2 * MARGIN) * high, height)
        columns = _slice(left, left + (1 + 2 * MARGIN) * wide, width)
        scale = min(1.0, ROWS / max(high, 1.0))
        size = (_pixels(columns, scale), _pixels(rows, scale))
        inner = (
            _slice((box[1] * height - rows.start) * scale, (box[3] * height - rows.start) * scale, size[1]),
            _slice((box[0] * width - columns.start) * scale, (box[2] * width - columns.start) * scale, size[0]),
        )
        around = np.ones(size[::-1], bool)
        around[inner] = False
        return cls(box=box, rows=rows, columns=columns, size=size, inner=inner, around=around, scale=scale)

    def cut(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The region of `luma`, reduced."""
        part = luma[self.rows, self.columns]
        return np.asarray(cv2.resize(part, self.size, interpolation=cv2.INTER_AREA), np.float32)

    @property
    def high(self) -> int:
        """Rows of the picture that the person takes."""
        rows: int = self.inner[0].stop - self.inner[0].start
        return round(rows / self.scale)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Watched:
    """One person, as he was."""

    region: _Region
    shape: tuple[int, ...]  # of the picture
    reference: NDArray[np.float32]
    contrast: float  # levels between its dark and its bright parts, of the person
    noise: float | None  # levels; of the surroundings, from one look to another
    drop: float  # pixels of the reduction; the largest drop of late, beside him
    moved_at: datetime
    watched_at: datetime | None
    seen_at: datetime


class Stillness:
    """Watches the people at those posts of one camera that ask for it. One thread; looks come in the order of time."""

    def __init__(self, camera: Camera) -> None:
        zones = {post.zone for post in camera.posts if post.asleep_after is not None}
        self._polygons = [camera.zones[name].polygon for name in sorted(zones) if name in camera.zones]
        self._leaves_after = leaves_after(camera)
        self._watched: dict[int, _Watched] = {}  # by track id

    @property
    def wanted(self) -> bool:
        """Whether anybody asks."""
        return bool(self._polygons)

    def look(self, luma: NDArray[np.uint8], tracks: tuple[Track, ...], at: datetime) -> tuple[Track, ...]:
        """`tracks`, those at the posts with when they moved; `luma` is the picture's brightness, (h, w), of `at`."""
        here = {track.id for track in tracks if self._is_asked_for(track)}
        now: dict[int, _Watched] = {}
        for track in tracks:
            if track.id in here and track.last_seen_at == at:
                before = self._watched.pop(track.id, None) or self._adopted(track, here)
                now[track.id] = _after(before, track, luma, at)
        lingering = {number: one for number, one in self._watched.items() if at - one.seen_at <= self._leaves_after}
        self._watched = {**lingering, **now}
        return tuple(self._told(track) for track in tracks)

    def _told(self, track: Track) -> Track:
        one = self._watched.get(track.id)
        return track if one is None else replace(track, moved_at=one.moved_at, watched_at=one.watched_at)

    def _is_asked_for(self, track: Track) -> bool:
        place = anchor(track.box)
        return track.label is Label.PERSON and any(within(place, polygon) for polygon in self._polygons)

    def _adopted(self, track: Track, here: set[int]) -> _Watched | None:
        """The one who was in this place a moment ago and is followed under another id now: pixels tell if it is he."""
        for number, one in self._watched.items():
            if number not in here and covered(track.box, one.region.box) >= DISPLACED:
                return self._watched.pop(number)
        return None


class Portrait:
    """Somebody as one picture shows him, with what is round him, to be compared with later ones."""

    def __init__(self, track: Track, luma: NDArray[np.uint8]) -> None:
        """`track` is where `luma`, (h, w), shows it."""
        at = track.last_seen_at
        self._was = _anew(track, luma, moved_at=at, watched_at=None, at=at)

    def is_unchanged(self, luma: NDArray[np.uint8]) -> bool:
        """Whether `luma` shows the same there. Not where that cannot be told, as in the dark: see `Verdict.UNCLEAR`."""
        was = self._was
        return was.shape == luma.shape and _compared(was, was.region.cut(luma))[0] is Verdict.STILL


def _after(before: _Watched | None, track: Track, luma: NDArray[np.uint8], at: datetime) -> _Watched:
    """What is known of a person after the look at `luma`."""
    if before is None:
        return _anew(track, luma, moved_at=track.first_seen_at, watched_at=None, at=at)
    if before.shape != luma.shape:
        return _anew(track, luma, moved_at=at, watched_at=None, at=at)
    now = before.region.cut(luma)
    share = learned((at - before.seen_at).total_seconds(), LEARN_S)
    verdict, noise, drop = _compared(replace(before, drop=(1 - share) * before.drop), now)
    if verdict is Verdict.UNCLEAR and covered(before.region.box, track.box) < DISPLACED:
        verdict = Verdict.MOVED
    if verdict is Verdict.MOVED:
        return replace(_anew(track, luma, moved_at=at, watched_at=at, at=at), drop=drop)
    if verdict is Verdict.UNCLEAR:
        anew = _anew(track, luma, moved_at=before.moved_at, watched_at=before.watched_at, at=at)
        return replace(anew, noise=before.noise, drop=drop)
    reference = before.reference + share * (now - before.reference)
    return replace(before, reference=reference, noise=noise, drop=drop, watched_at=at, seen_at=at)


def _anew(
    track: Track, luma: NDArray[np.uint8], *, moved_at: datetime, watched_at: datetime | None, at: datetime
) -> _Watched:
    region = _Region.of(track.box, luma.shape)
    reference = region.cut(luma)
    dark, bright = np.percentile(reference[region.inner], (5, 95))
    return _Watched(
        region=region,
        shape=luma.shape,
        reference=reference,
        contrast=float(bright - dark),
        noise=None,
        drop=0.0,
        moved_at=moved_at,
        watched_at=watched_at,
        seen_at=at,
    )


def _compared(before: _Watched, now: NDArray[np.float32]) -> tuple[Verdict, float | None, float]:
    """What the pixels say, how noisy they are, and how large the largest drop of late is."""
    region, around = before.region, before.region.around
    gain, offset = _light(before.reference, now, around)
    was = gain * before.reference + offset
    noise = _noise(np.abs(now - was)[around], before.noise)
    step = max(LEAST_STEP, NOISE_FACTOR * noise)
    if region.high < LEAST_ROWS or gain * before.contrast < LEAST_CONTRAST * step:
        return Verdict.UNCLEAR, noise, before.drop
    differs = _excess(was, now) > step
    if around.any() and np.count_nonzero(differs[around]) > SURROUNDED * np.count_nonzero(around):
        return Verdict.UNCLEAR, before.noise, before.drop
    rows = region.inner[0].stop - region.inner[0].start
    beside = sorted(_apart(differs, region.inner), reverse=True)
    usual = beside[DROPS - 1] if len(beside) >= DROPS else 0  # rain and snow fall before him as they do beside him
    drop = max(before.drop, min(beside[0], LARGE_DROP * usual) if usual else 0.0)
    least = max(LEAST_PATCH * (rows / ROWS) ** 2, FALLING * usual, LARGEST * drop)
    largest = max(_patches(differs[region.inner]), default=0)
    return (Verdict.MOVED if largest >= least else Verdict.STILL), noise, drop


def _light(was: NDArray[np.float32], now: NDArray[np.float32], around: NDArray[np.bool_]) -> tuple[float, float]:
    """The gain and the offset, in levels, by which `was` is in the light of `now`: a lamp, a cloud, an exposure.

    The surroundings tell, where they are not all of one shade; else all of it must. What moved in them is left out.
    """
    x, y = was[around], now[around]
    if x.size == 0 or float(x.var()) < LEAST_SPREAD:
        x, y = was.ravel(), now.ravel()
    gain, offset = _fitted(x, y)
    rest = np.abs(y - gain * x - offset)
    near = rest <= 3.0 * max(1.0, _median(rest))
    return _fitted(x[near], y[near])


def _fitted(x: NDArray[np.float32], y: NDArray[np.float32]) -> tuple[float, float]:
    """The line through the points by least squares; its slope is never that of a negative."""
    mean_x, mean_y = float(x.mean()), float(y.mean())
    apart = x - mean_x
    spread = float(apart @ apart)
    gain = float(apart @ (y - mean_y)) / spread if spread > x.size else 1.0
    gain = min(max(gain, 0.5), 2.0)
    return gain, mean_y - gain * mean_x


def _noise(differences: NDArray[np.float32], before: float | None) -> float:
    """A running median of the differences, as a standard deviation."""
    now = _median(differences) / 0.6745 if differences.size else 0.0
    return now if before is None else before + 0.2 * (now - before)


def _median(values: NDArray[np.float32]) -> float:
    """What `np.median` says of finite values; on a few thousand most of its time is not spent on them."""
    half = values.size // 2
    if values.size % 2:
        return float(np.partition(values, half)[half])
    ordered = np.partition(values, (half - 1, half))
    return float((ordered[half - 1] + ordered[half]) / 2)


def _excess(was: NDArray[np.float32], now: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much each pixel leaves what stood within one pixel of it before, either way round, in levels."""
    gone = np.maximum(was - cv2.dilate(now, NEIGHBOURS), cv2.erode(now, NEIGHBOURS) - was)
    come = np.maximum(now - cv2.dilate(was, NEIGHBOURS), cv2.erode(was, NEIGHBOURS) - now)
    return np.asarray(np.maximum(gone, come), np.float32)


def _patches(differs: NDArray[np.bool_]) -> list[int]:
    """The sizes of what differs together, in pixels."""
    if not differs.any():
        return []
    stats = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)[2]
    sizes: list[int] = stats[1:, cv2.CC_STAT_AREA].tolist()
    return sizes


def _apart(differs: NDArray[np.bool_], inner: tuple[slice, slice]) -> list[int]:
    """The sizes of what differs together and does not reach into `inner`: what does is he, whose box is too narrow."""
    if not differs.any():
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    his = set(np.unique(labels[inner]).tolist())
    sizes: list[int] = stats[:, cv2.CC_STAT_AREA].tolist()
    return [size for label, size in enumerate(sizes) if label and label not in his]


def _slice(begins: float, ends: float, most: int) -> slice:
    """Whole pixels from `begins` to `ends`, at least one, within 0 to `most`."""
    first = min(max(0, round(begins)), most - 1)
    return slice(first, max(first + 1, min(most, round(ends))))


def _pixels(part: slice, scale: float) -> int:
    wide: int = part.stop - part.start
    return max(1, round(wide * scale))
