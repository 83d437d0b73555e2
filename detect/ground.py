"""What lies in a fixed picture that did not, and what lay there and does not: the picture against its own memory.

People and vehicles are left out by the detector's boxes and by their motion. The light may change: slowly, at once over
the whole picture or in parts of it; a shadow darkens what is there and does not replace it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from config.model import Camera, LeftObject, RemovedObject
from detect.boxes import grown
from detect.messages import Box, Change
from detect.motion import learned
from detect.outline import CLOSE, GREY, LEAST_STEP, SWAY, outline_of_thing

WIDTH = 320  # columns of the picture that is compared
EVERY = timedelta(seconds=0.6)
LONGEST_S = 5.0  # between two looks: more of an absence is not counted as stillness
LEARN_S = 60.0  # how long the memory follows slow changes of the light
DRIFT_S = 5.0  # ... and what has become another while nothing moved there: the light, whatever it looks like
RECENT_S = 0.7
MOVES = 0.75  # of the least step: a pixel that changes by more than this from one look to the next moves
STILL_S = 1.5  # a pixel is judged when it has been still and free for so long,
FIRST_STILL_S = 1.0  # ... and remembered for the first time after this,
BESIDE_STILL_S = 4.0  # ... or this where somebody has been near: his shadow goes with him
BESIDE = (0.5, 0.15)  # of his box's width and height more
SHIFTED, MOST_SHIFTED = 1.0, 16.0  # pixels of the compared picture by which the camera has turned; another picture
SURELY = 0.4  # of a phase correlation's response, up to 1: that it has
WEAK = 0.5  # of the least step: what belongs to a change round about it
LEAST_STRONG = 0.15  # of a change's pixels
NOISE_FACTOR, MOST_NOISE = 6.0, 5.0  # times the picture's own noise; levels of it
LEAST_AREA = 40  # pixels of the compared picture: 0.07 % of it
MOST_AREA = 0.1  # of the picture: what is larger is no thing one carries
OTHER_PICTURE = 0.25  # of what can be judged: the memory is of another picture
MOST_CHANGES = 8  # at once: more of them are the light, the weather or the coding, not things
MOST_TOGETHER = 3  # ... and so many that began at a time: a camera that gave way a little
TOGETHER = timedelta(seconds=2)
UPSET_S = 6.0  # so long a sweep of light, or the sun through leaves, may look like that
SPARSE = 2  # every second pixel is enough for a median
TILES = (4, 3)  # columns, rows: the light is measured in each
MARGIN = (0.2, 0.05)  # of a box's width and height: a detector cuts off arms and feet
ABSORB = timedelta(minutes=10)  # twice a rule's own time and this later, what lies there belongs to the picture


def ground_of(camera: Camera) -> Ground | None:
    """A memory for `camera`, if one of its rules asks for what lies on the ground."""
    times = [rule.after for rule in camera.rules if isinstance(rule, LeftObject | RemovedObject)]
    return Ground(2 * max(times) + ABSORB) if times else None


class Ground:
    """One camera's memory of its empty picture. One thread; pictures come in the order of their times."""

    def __init__(self, absorb_after: timedelta) -> None:
        self._absorb_s = absorb_after.total_seconds()
        self._memory: NDArray[np.float32] | None = None  # (h, w, 3), levels: brightness and two of colour
        self._recent: NDArray[np.float32]
        self._known: NDArray[np.bool_]
        self._changed: NDArray[np.bool_]  # weakly at least,
        self._strong: NDArray[np.bool_]  # ... and strongly: a change is both, around what is strong
        self._still_s: NDArray[np.float32]
        self._beside_s: NDArray[np.float32]  # since somebody was near
        self._changed_s: NDArray[np.float32]  # for how long it has been changed
        self._at: datetime | None = None
        self._noise = np.array((2.0, 0.7, 0.7), np.float32)  # levels
        self._changes: tuple[Change, ...] | None = ()

    def look(self, picture: NDArray[np.uint8], occupied: Iterable[Box], at: datetime) -> tuple[Change, ...] | None:
        """Compare `picture`, (h, w, 3) BGR captured at `at`, with the memory, then learn from it.

        `occupied` is where people and vehicles are. None while the memory is of another picture.
        """
        if self._at is not None and timedelta() <= at - self._at < EVERY:
            return self._changes
        elapsed_s = min(LONGEST_S, max(0.0, (at - self._at).total_seconds())) if self._at else 0.0
        self._at = at
        now = _reduced(picture)
        if self._memory is None or self._memory.shape != now.shape:
            self._forget(now)
        boxes = tuple(occupied)
        beside = _mask((grown(box, *BESIDE) for box in boxes), now.shape[:2])
        self._beside_s = np.where(beside, 0, self._beside_s + elapsed_s).astype(np.float32)
        self._follow(now)
        self._changes = self._look(now, _mask(boxes, now.shape[:2]), elapsed_s, at)
        return self._changes

    def _follow(self, now: NDArray[np.float32]) -> None:
        """Move what is remembered to where it lies in `now`: a pole bends, a picture is stabilised."""
        assert self._memory is not None  # noqa: S101
        (across, down), sure = _shift(self._memory[..., 0], now[..., 0])
        if sure < SURELY or max(abs(across), abs(down)) < SHIFTED:
            return
        if max(abs(across), abs(down)) > MOST_SHIFTED:
            self._forget(now)
            return
        by = round(across), round(down)
        self._memory, self._recent = _moved(self._memory, by, now), _moved(self._recent, by, now)
        nothing = np.zeros(now.shape[:2], bool)
        self._known, self._changed, self._strong = (
            _moved(one, by, nothing) for one in (self._known, self._changed, self._strong)
        )
        self._still_s, self._changed_s, self._beside_s = (
            _moved(one, by, nothing) for one in (self._still_s, self._changed_s, self._beside_s)
        )

    def _forget(self, now: NDArray[np.float32]) -> None:
        self._memory, self._recent = now.copy(), now.copy()
        shape = now.shape[:2]
        self._upset_s = 0.0
        self._known = np.zeros(shape, bool)
        self._changed = np.zeros(shape, bool)
        self._strong = np.zeros(shape, bool)
        self._still_s = np.zeros(shape, np.float32)
        self._beside_s = np.full(shape, BESIDE_STILL_S, np.float32)
        self._changed_s = np.zeros(shape, np.float32)

    def _look(
        self, now: NDArray[np.float32], busy: NDArray[np.bool_], elapsed_s: float, at: datetime
    ) -> tuple[Change, ...] | None:
        assert self._memory is not None  # noqa: S101 - `look` has made it
        light = self._light(now, busy)
        lit = _lit(self._memory, light)
        difference = _beyond(now, lit)
        since_then = np.abs(now - self._recent)
        step = self._step(since_then, busy)
        moving = _most(since_then / step) > MOVES
        self._still_s = np.where(moving | busy, 0, self._still_s + elapsed_s).astype(np.float32)
        cv2.accumulateWeighted(now, self._recent, learned(elapsed_s, RECENT_S))
        judged = self._known & (self._still_s >= STILL_S)
        by = _most(difference / step)  # times what is more than noise
        sudden = self._changed | (self._still_s <= STILL_S + 2 * elapsed_s)
        self._changed = np.where(judged, (by > WEAK) & sudden, self._changed)
        self._strong = np.where(judged, by > 1, self._strong) & self._changed
        if np.count_nonzero(self._strong) > OTHER_PICTURE * int(np.count_nonzero(self._known)):
            self._upset(now, elapsed_s)
            return None
        for_s = np.maximum(self._changed_s + elapsed_s, self._still_s)
        self._changed_s = np.where(self._changed, for_s, 0).astype(np.float32)
        hidden = (self._known & (~judged | self._changed)).astype(np.uint8)  # it follows the light round about it
        cv2.accumulateWeighted(lit, self._memory, learned(elapsed_s, LEARN_S), mask=hidden)
        self._learn(now, light, judged, by > WEAK, elapsed_s)
        found = tuple(self._found(now, lit, step, at))
        if len(found) > MOST_CHANGES:
            self._upset(now, elapsed_s)
            return None
        self._upset_s = 0.0
        return tuple(one for one in found if _began_with(one, found) <= MOST_TOGETHER)

    def _upset(self, now: NDArray[np.float32], elapsed_s: float) -> None:
        """Nothing can be said; and what is so for long is another picture, of which all is learned anew."""
        self._upset_s += elapsed_s
        if self._upset_s > UPSET_S:
            self._forget(now)

    def _learn(
        self,
        now: NDArray[np.float32],
        light: NDArray[np.float32],
        judged: NDArray[np.bool_],
        differs: NDArray[np.bool_],
        elapsed_s: float,
    ) -> None:
        assert self._memory is not None  # noqa: S101
        enough_s = np.where(self._beside_s > self._still_s, FIRST_STILL_S, BESIDE_STILL_S)
        new = (~self._known & (self._still_s >= enough_s)) | (self._changed_s > self._absorb_s)
        if new.any():
            in_the_light_of_the_rest = _lit(now, np.float32(1) / light)
            self._memory[new] = in_the_light_of_the_rest[new]
        self._known |= new
        self._changed &= ~new
        same = judged & ~self._changed
        for drifted, constant_s in ((False, LEARN_S), (True, DRIFT_S)):
            mask = (same & (differs == drifted)).astype(np.uint8)
            cv2.accumulateWeighted(now, self._memory, learned(elapsed_s, constant_s), mask=mask)

    def _light(self, now: NDArray[np.float32], busy: NDArray[np.bool_]) -> NDArray[np.float32]:
        """By how much it is brighter than in the memory, (h, w): by parts, without sharp borders."""
        assert self._memory is not None  # noqa: S101
        usable = self._known & ~self._changed & ~busy
        height, width = now.shape[:2]
        columns, rows = TILES
        light, memory = now[..., 0], self._memory[..., 0]
        whole = _gain(light[usable], memory[usable], 1.0)
        gains = np.full((rows, columns), whole, np.float32)
        for row in range(rows):
            for column in range(columns):
                part = (
                    slice(row * height // rows, (row + 1) * height // rows),
                    slice(column * width // columns, (column + 1) * width // columns),
                )
                mask = usable[part]
                gains[row, column] = _gain(light[part][mask], memory[part][mask], whole)
        return np.asarray(cv2.resize(gains, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    def _step(self, since_then: NDArray[np.float32], busy: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The least difference that is more than noise, (3,), by how the picture has changed since the last look."""
        usable = since_then[::SPARSE, ::SPARSE][~busy[::SPARSE, ::SPARSE]]
        if usable.size:
            median = np.minimum(np.asarray(np.median(usable, axis=0), np.float32), MOST_NOISE)
            self._noise += np.float32(0.1) * (median - self._noise)
        return np.asarray(np.maximum(LEAST_STEP, NOISE_FACTOR * self._noise), np.float32)

    def _found(
        self, now: NDArray[np.float32], before: NDArray[np.float32], step: NDArray[np.float32], at: datetime
    ) -> Iterator[Change]:
        mask = cv2.morphologyEx(self._changed.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(mask, np.uint8), connectivity=8)
        height, width = mask.shape
        for number in range(1, count):
            x, y, wide, tall, size = (int(one) for one in stats[number])
            at_the_edge = x <= 1 or y <= 1 or x + wide >= width - 1 or y + tall >= height - 1
            if size < LEAST_AREA or size > MOST_AREA * height * width or at_the_edge:
                continue
            part = _around(x, y, wide, tall, (height, width))
            inside = labels[part] == number
            if np.count_nonzero(self._strong[part] & inside) < LEAST_STRONG * size:
                continue
            outline = outline_of_thing(now, before, part, inside, step)
            if outline is None:
                continue
            for_s = float(np.median(self._changed_s[part][inside]))
            yield Change(
                box=(x / width, y / height, (x + wide) / width, (y + tall) / height),
                lies=outline.lies,
                since=at - timedelta(seconds=for_s),
                looked_at=at,
            )


def _began_with(change: Change, found: Iterable[Change]) -> int:
    """How many changes began when `change` did, itself among them."""
    return sum(1 for one in found if abs(one.since - change.since) <= TOGETHER)


def _shift(before: NDArray[np.float32], now: NDArray[np.float32]) -> tuple[tuple[float, float], float]:
    """By how much `now` lies to the right of `before` and below, in pixels, and how sure that is, 0 to 1.

    At half of the size, which is enough.
    """
    size = (now.shape[1] // 2, now.shape[0] // 2)
    small = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (before, now)]
    (across, down), sure = cv2.phaseCorrelate(small[0], small[1], cv2.createHanningWindow(size, cv2.CV_32F))
    return (2 * float(across), 2 * float(down)), float(sure)


Grid = TypeVar("Grid", NDArray[np.float32], NDArray[np.bool_])


def _moved(grid: Grid, by: tuple[int, int], uncovered: NDArray[Any]) -> Grid:
    """`grid` moved to the right and down, in whole pixels; what comes in at the edges is as in `uncovered`."""
    across, down = by
    moved = np.roll(grid, (down, across), (0, 1))
    rows = slice(0, down) if down > 0 else slice(len(grid) + down, None)
    columns = slice(0, across) if across > 0 else slice(grid.shape[1] + across, None)
    moved[rows], moved[:, columns] = uncovered[rows], uncovered[:, columns]
    return moved


def _reduced(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Brightness and two of colour, (h, `WIDTH`, 3)."""
    height = max(1, round(WIDTH * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb), (3, 3), 0), np.float32)


def _most(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of the three levels of each pixel; much faster than asking along the short axis."""
    return np.asarray(np.maximum(np.maximum(grid[..., 0], grid[..., 1]), grid[..., 2]), np.float32)


def _lit(picture: NDArray[np.float32], light: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture as it would look in so many times its light."""
    return np.dstack([picture[..., 0] * light, GREY + (picture[..., 1:] - GREY) * light[..., None]])


def _beyond(now: NDArray[np.float32], before: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much each pixel lies outside what was there or right beside it, in levels."""
    above = now - cv2.dilate(before, SWAY)
    below = cv2.erode(before, SWAY) - now
    return np.asarray(np.maximum(np.maximum(above, below), 0), np.float32)


def _mask(boxes: Iterable[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    height, width = shape
    mask = np.zeros(shape, bool)
    for x0, y0, x1, y1 in boxes:
        rows = slice(max(0, int(y0 * height) - 1), max(0, int(y1 * height) + 2))
        mask[rows, max(0, int(x0 * width) - 1) : max(0, int(x1 * width) + 2)] = True
    return mask


def _gain(now: NDArray[np.float32], before: NDArray[np.float32], otherwise: float) -> float:
    """By how much the light has become brighter where the same things lie."""
    if now.size < 200:
        return otherwise
    few = slice(None, None, SPARSE)
    return float(np.clip(np.median((now[few] + 4) / (before[few] + 4)), 0.3, 3.0))


def _around(x: int, y: int, wide: int, tall: int, shape: tuple[int, int]) -> tuple[slice, slice]:
    """The region with what lies close round it."""
    rows = slice(max(0, y - CLOSE), min(shape[0], y + tall + CLOSE))
    return rows, slice(max(0, x - CLOSE), min(shape[1], x + wide + CLOSE))
