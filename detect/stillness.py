"""Whether somebody moves: his pixels against what they were, beyond what noise, breathing and light explain.

Only who stands at a post that asks for it is watched. A look has one of three ends: still, moved, or unclear. It is
unclear where the surroundings change as much as he does (a lamp, a passer-by, a shaking camera), or where he is too
small or too dark to tell; unclear accuses nobody. Where others pass, what he was before
is remembered for some seconds: who shows again as he was has not moved meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import Camera, Label
from detect.boxes import grown, overlap, within_share
from detect.messages import Box, Track
from detect.motion import learned
from detect.passers import Passers
from detect.patches import told_apart
from detect.rules.timer import longest_gap
from detect.scene import anchor, leaves_after, within

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
LOOSE = 0.1  # of the sides of a box: so much further may reach what it is of
LEAST_SPREAD = 25.0  # variance in levels of surroundings that can tell a gain from an offset
REMEMBERED = timedelta(seconds=6)  # for so long it is remembered what he was before it could not be told
NEIGHBOURS = np.ones((3, 3), np.uint8)
LEARN_S = 20.0  # how fast the reference follows what does not count as movement


class Verdict(Enum):
    """What a look says."""

    STILL = auto()
    MOVED = auto()
    UNCLEAR = auto()
    DOUBTED = auto()  # he, or something that passes behind him


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Region:
    """A person's box and what is round it, in whole pixels of the picture."""

    box: Box  # fractions of the picture
    picture: tuple[int, int]  # its height and width
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
        return cls(
            box=box,
            picture=(height, width),
            rows=rows,
            columns=columns,
            size=size,
            inner=inner,
            around=around,
            scale=scale,
        )

    def cut(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The region of `luma`, reduced."""
        return self.reduced(luma[self.rows, self.columns])

    def reduced(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        """`part`, which is the region of a picture."""
        return np.asarray(cv2.resize(part, self.size, interpolation=cv2.INTER_AREA), np.float32)

    def within(self, boxes: tuple[Box, ...]) -> NDArray[np.bool_] | None:
        """The parts of the reduction that lie in `boxes`: (h, w); None where none does."""
        height, width = self.picture
        inside = np.zeros(self.size[::-1], bool)
        for x0, y0, x1, y1 in boxes:
            rows = slice(*(max(0, round((y * height - self.rows.start) * self.scale)) for y in (y0, y1)))
            columns = slice(*(max(0, round((x * width - self.columns.start) * self.scale)) for x in (x0, x1)))
            inside[rows, columns] = True
        return inside if inside.any() else None

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
    watched_since: datetime  # since when it is known whether he moves, without a break
    seen_at: datetime
    earlier: _Watched | None = None  # what he was when it could last be told, while it cannot
    doubted: bool = False  # he has moved since, unless he shows again as he was `earlier`


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Look:
    """One person in one picture."""

    track: Track
    luma: NDArray[np.uint8]  # (h, w)
    at: datetime
    passers: tuple[Box, ...]  # where others move


class Stillness:
    """Watches the people at those posts of one camera that ask for it. One thread; looks come in the order of time."""

    def __init__(self, camera: Camera) -> None:
        zones = {post.zone for post in camera.posts if post.asleep_after is not None}
        self._polygons = [camera.zones[name].polygon for name in sorted(zones) if name in camera.zones]
        self._leaves_after = leaves_after(camera)
        self._gap = longest_gap(camera.heartbeat)
        self._passers = Passers()
        self._watched: dict[int, _Watched] = {}  # by track id

    @property
    def wanted(self) -> bool:
        """Whether anybody asks."""
        return bool(self._polygons)

    def look(self, luma: NDArray[np.uint8], tracks: tuple[Track, ...], at: datetime) -> tuple[Track, ...]:
        """`tracks`, those at the posts with when they moved; `luma` is the picture's brightness, (h, w), of `at`."""
        here = {track.id for track in tracks if self._is_asked_for(track)}
        moving = self._passers.among(tracks, at)
        now: dict[int, _Watched] = {}
        for track in tracks:
            if track.id in here and track.last_seen_at == at:
                before = self._watched.pop(track.id, None) or self._adopted(track, here)
                look = _Look(track=track, luma=luma, at=at, passers=_past(track, moving))
                now[track.id] = _after(before and self._without_gap(before, at), look)
        lingering = {number: one for number, one in self._watched.items() if at - one.seen_at <= self._leaves_after}
        self._watched = {**lingering, **now}
        return tuple(self._told(track) for track in tracks)

    def _told(self, track: Track) -> Track:
        one = self._watched.get(track.id)
        if one is None:
            return track
        return replace(track, moved_at=one.moved_at, watched_at=one.watched_at, watched_since=one.watched_since)

    def _without_gap(self, before: _Watched, at: datetime) -> _Watched:
        """What a look at `at` goes on from: of a long time without any nothing is known."""
        return before if at - before.seen_at <= self._gap else replace(before, watched_since=at, earlier=None)

    def _is_asked_for(self, track: Track) -> bool:
        place = anchor(track.box)
        return track.label is Label.PERSON and any(within(place, polygon) for polygon in self._polygons)

    def _adopted(self, track: Track, here: set[int]) -> _Watched | None:
        """The one who was in this place a moment ago and is followed under another id now: pixels tell if it is he."""
        for number, one in self._watched.items():
            if number not in here and within_share(track.box, one.region.box) >= DISPLACED:
                return self._watched.pop(number)
        return None


class Portrait:
    """Somebody as one picture shows him, with what is round him, to be compared with later ones.

    Kept as it was seen: few are ever compared, and reducing one costs many times as much.
    """

    def __init__(self, track: Track, luma: NDArray[np.uint8]) -> None:
        """`track` is where `luma`, (h, w), shows it."""
        self._at = track.last_seen_at
        self._shape = luma.shape
        self._region = _Region.of(track.box, luma.shape)
        self._part = luma[self._region.rows, self._region.columns].copy()

    def is_unchanged(self, luma: NDArray[np.uint8]) -> bool:
        """Whether `luma` shows the same there. Not where that cannot be told, as in the dark: see `Verdict.UNCLEAR`."""
        if self._shape != luma.shape:
            return False
        reference = self._region.reduced(self._part)
        was = _seen(self._region, reference, self._shape, moved_at=self._at, watched_at=None, at=self._at)
        return _compared(was, self._region.cut(luma), ())[0] is Verdict.STILL


def _past(track: Track, moving: tuple[Track, ...]) -> tuple[Box, ...]:
    """Where others move, a little larger; a box much like somebody's own is about him."""
    others = (other for other in moving if other.id != track.id and overlap(track.box, other.box) < DISPLACED)
    return tuple(grown(other.box, LOOSE, LOOSE) for other in others)


def _after(before: _Watched | None, look: _Look) -> _Watched:
    """What is known of a person after `look`."""
    at = look.at
    if before is None:
        return _anew(look, moved_at=look.track.first_seen_at, watched_at=None)
    if before.shape != look.luma.shape:
        return _anew(look, moved_at=at, watched_at=None)
    before = replace(before, drop=(1 - _learned(before, at)) * before.drop)
    earlier = before.earlier if before.earlier and at - before.earlier.seen_at <= REMEMBERED else None
    if before.doubted and earlier is None:  # he has not shown again as he was
        return replace(_anew(look, moved_at=at, watched_at=at), drop=before.drop)
    verdict, told = _told_by(replace(earlier or before, drop=before.drop), look)
    if earlier and verdict is Verdict.UNCLEAR and not before.doubted:
        verdict, told = _told_by(replace(before, earlier=earlier), look)
        if verdict is Verdict.MOVED:  # by what he seemed to be while somebody passed
            verdict, told = Verdict.DOUBTED, None
    return told or _unclear(before, earlier, look, doubted=before.doubted or verdict is Verdict.DOUBTED)


def _told_by(was: _Watched, look: _Look) -> tuple[Verdict, _Watched | None]:
    """What a look says by what he `was`, and what is known then; None where it does not tell."""
    now = was.region.cut(look.luma)
    verdict, noise, drop = _compared(was, now, look.passers)
    if verdict is Verdict.MOVED:
        return verdict, replace(_anew(look, moved_at=look.at, watched_at=look.at), drop=drop)
    if verdict is not Verdict.STILL:
        return verdict, None
    reference = was.reference + _learned(was, look.at) * (now - was.reference)
    return verdict, replace(was, reference=reference, noise=noise, drop=drop, watched_at=look.at, seen_at=look.at)


def _unclear(before: _Watched, earlier: _Watched | None, look: _Look, *, doubted: bool) -> _Watched:
    """What is known after a look that cannot tell; where others pass, what he was is kept beside what he seems now."""
    if within_share(before.region.box, look.track.box) < DISPLACED:
        return replace(_anew(look, moved_at=look.at, watched_at=look.at), drop=before.drop)
    anew = _anew(look, moved_at=before.moved_at, watched_at=before.watched_at)
    if earlier is None and before.region.within(look.passers) is not None:  # else it may be he, in too narrow a box
        earlier = replace(before, earlier=None)
    return replace(anew, noise=before.noise, drop=before.drop, earlier=earlier, doubted=doubted)


def _learned(before: _Watched, at: datetime) -> float:
    """The share of what he is at `at` that his reference takes on."""
    return learned((at - before.seen_at).total_seconds(), LEARN_S)


def _anew(look: _Look, *, moved_at: datetime, watched_at: datetime | None) -> _Watched:
    region = _Region.of(look.track.box, look.luma.shape)
    reference = region.cut(look.luma)
    return _seen(region, reference, look.luma.shape, moved_at=moved_at, watched_at=watched_at, at=look.at)


def _seen(
    region: _Region,
    reference: NDArray[np.float32],
    shape: tuple[int, ...],
    *,
    moved_at: datetime,
    watched_at: datetime | None,
    at: datetime,
) -> _Watched:
    """Somebody of whom nothing else is known; `reference` is the region of a picture of `shape`, reduced."""
    dark, bright = np.percentile(reference[region.inner], (5, 95))
    return _Watched(
        region=region,
        shape=shape,
        reference=reference,
        contrast=float(bright - dark),
        noise=None,
        drop=0.0,
        moved_at=moved_at,
        watched_at=watched_at,
        watched_since=at,
        seen_at=at,
    )


def _compared(
    before: _Watched, now: NDArray[np.float32], passers: tuple[Box, ...]
) -> tuple[Verdict, float | None, float]:
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
    found = told_apart(differs, region.inner, region.within(passers))
    least, drop = _least(found.beside, rows, before.drop)
    if found.his >= least:
        return Verdict.MOVED, noise, drop
    return (Verdict.DOUBTED if found.others >= least else Verdict.STILL), noise, drop


def _least(beside: list[int], rows: int, before: float) -> tuple[float, float]:
    """From how large a patch on somebody `rows` high has moved, and the largest drop of late."""
    usual = beside[DROPS - 1] if len(beside) >= DROPS else 0  # rain and snow fall before him as they do beside him
    drop = max(before, min(beside[0], LARGE_DROP * usual) if usual else 0.0)
    return max(LEAST_PATCH * (rows / ROWS) ** 2, FALLING * usual, LARGEST * drop), drop


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


def _slice(begins: float, ends: float, most: int) -> slice:
    """Whole pixels from `begins` to `ends`, at least one, within 0 to `most`."""
    first = min(max(0, round(begins)), most - 1)
    return slice(first, max(first + 1, min(most, round(ends))))


def _pixels(part: slice, scale: float) -> int:
    wide: int = part.stop - part.start
    return max(1, round(wide * scale))
