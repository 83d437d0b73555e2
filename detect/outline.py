"""Whether what has changed in a picture is a thing: by its outline, and by what lies within it.

A thing that came or went has an outline, which a change of the light or a shadow has not, or not all round. Edges that
have moved a little are no thing either, nor is the same texture in another light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_STEP = np.array((13.0, 5.0, 5.0), np.float32)  # levels of brightness and of either colour: less is noise
GREY = 128.0  # level of no colour
SWAY = np.ones((3, 3), np.uint8)  # a camera sways by a pixel, and so do the edges in its picture
SAME_TEXTURE = 0.8  # correlation with what was there: it is still there, in another light
TEXTURED = 6.0  # levels, standard deviation: less of it shows no texture
MOVED, SAME_MOVED = 2, 0.4  # pixels aside; of the difference that is left when what was there is moved so
SHARP, ALL_ROUND = 0.04, 0.004  # of a change's height a pixel: an outline that is softer is a shadow's
CLEAR = 0.1  # of a change's height a pixel: what is softer says little of whether the thing came or went
CLOSE = 4  # pixels round a region
FLAT = 0.1  # least steps a pixel: less of a slope is noise
MOST_BY_TEXTURE = 0.6  # what an outline at its clearest says is 1
LEAST_SIDE, COMPACT = 4, 0.35  # pixels of the compared picture; share of the box round about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """How much outline a region has that it has in one picture alone, as a share of the change's height a pixel.

    A thing has an outline, most of the way round; a change of the light has none, or has it where an edge crosses it.
    """

    strength: float  # in the mean
    now: float  # most of the way round: what is there now and was not,
    before: float  # ... and what was there and is not now
    lies: float = 0.0  # how clearly it lies there now; under 0: lay there before

    @property
    def is_of_a_thing(self) -> bool:
        """Whether it is sharp enough, all in all and most of the way round."""
        return self.strength >= SHARP and max(self.now, self.before) >= ALL_ROUND


def outline_of_thing(
    now: NDArray[np.float32],
    before: NDArray[np.float32],
    part: tuple[slice, slice],
    inside: NDArray[np.bool_],
    step: NDArray[np.float32],
) -> Outline | None:
    """The outline of what came or went; None where that is no thing.

    `now` and `before` are (h, w, 3), levels of brightness and two of colour. `part` is the region's rows and columns
    in them, `inside` which pixels of that part have changed, and `step` the least difference that is more than noise.
    """
    if not _is_compact(inside) or _is_moved(now, before, part, inside):
        return None
    outline = _outline(now[part], before[part], inside)
    if not outline.is_of_a_thing or _is_light(now[part], before[part], inside, step):
        return None
    return replace(outline, lies=outline.lies + _texture(now[part], before[part], inside))


def _rim(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels along the outline, on both sides of it."""
    grid, cross = inside.astype(np.uint8), np.ones((3, 3), np.uint8)
    return np.asarray((cv2.dilate(grid, cross) > 0) & (cv2.erode(grid, cross, borderValue=0) == 0), bool)


def _is_compact(inside: NDArray[np.bool_]) -> bool:
    """Whether the region is neither a sliver nor a scatter: those are edges that have moved a little, or the light."""
    rows, columns = np.count_nonzero(inside.any(axis=1)), np.count_nonzero(inside.any(axis=0))
    return bool(min(rows, columns) >= LEAST_SIDE and np.count_nonzero(inside) >= COMPACT * rows * columns)


def _is_moved(
    now: NDArray[np.float32], before: NDArray[np.float32], part: tuple[slice, slice], inside: NDArray[np.bool_]
) -> bool:
    """Whether the region shows what was there, by up to two pixels aside: the camera has moved, or its coding blurs."""
    rows, columns = part
    height, width = now.shape[:2]
    seen = now[part][..., 0][inside]
    offsets = [(down, across) for down in range(-MOVED, MOVED + 1) for across in range(-MOVED, MOVED + 1)]
    apart = []
    for down, across in offsets:
        if not (rows.start + down >= 0 and rows.stop + down <= height):
            continue
        if not (columns.start + across >= 0 and columns.stop + across <= width):
            continue
        moved = before[rows.start + down : rows.stop + down, columns.start + across : columns.stop + across, 0]
        apart.append(float(np.abs(seen - moved[inside]).mean()))
    still = float(np.abs(seen - before[part][..., 0][inside]).mean())
    return min(apart, default=still) < SAME_MOVED * still


def _outline(now: NDArray[np.float32], before: NDArray[np.float32], inside: NDArray[np.bool_]) -> Outline:
    rim = _rim(inside)
    first, second = _slopes(now), _slopes(before)
    height = float((np.abs(now[inside] - before[inside]).mean(axis=0) / LEAST_STEP).sum()) + 0.1
    new = np.maximum(first - cv2.dilate(second, SWAY), 0)[rim].sum(axis=-1) / height
    gone = np.maximum(second - cv2.dilate(first, SWAY), 0)[rim].sum(axis=-1) / height
    came, went = float(new.mean()), float(gone.mean())
    return Outline(
        strength=max(came, went),
        now=float(np.median(new)),
        before=float(np.median(gone)),
        lies=(came - went) / (came + went + CLEAR),
    )


def _texture(now: NDArray[np.float32], before: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """How much less the inside is now structured as the ground close round it is than it was: what is gone shows it.

    The ground's own edges (a mat's, a kerb's) may be stronger than the thing's, but they go on within where it lay.
    """
    grid, near = inside.astype(np.uint8), np.ones((2 * CLOSE - 1, 2 * CLOSE - 1), np.uint8)
    ring = (cv2.dilate(grid, near) > 0) & (cv2.dilate(grid, SWAY) == 0)
    core = cv2.erode(grid, SWAY, borderValue=0) > 0
    if not (ring.any() and core.any()):
        return 0.0
    new, old = (_slopes(picture).sum(axis=-1) for picture in (now, before))
    unlike = [abs(float(np.log((np.median(one[core]) + FLAT) / (np.median(one[ring]) + FLAT)))) for one in (new, old)]
    return float(np.clip(unlike[0] - unlike[1], -MOST_BY_TEXTURE, MOST_BY_TEXTURE))


def _slopes(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """How steep each channel is, in least steps a pixel, (h, w, 3): a colour's edge counts for more than a light's."""
    across, down = cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down) / (8 * LEAST_STEP), np.float32)


def _is_light(
    now: NDArray[np.float32], before: NDArray[np.float32], inside: NDArray[np.bool_], step: NDArray[np.float32]
) -> bool:
    """Whether the region shows the texture it did, brighter or darker."""
    new, old = now[inside], before[inside]
    fading = np.clip((new[:, 0].mean() + 4) / (old[:, 0].mean() + 4), 0.3, 3.0)  # a colour fades with its light
    if np.abs(new[:, 1:] - (GREY + (old[:, 1:] - GREY) * fading)).mean(axis=0).max() > step[1]:
        return False  # the light does not change it otherwise
    textured = old[:, 0].std() > TEXTURED and new[:, 0].std() > TEXTURED
    return bool(textured and np.corrcoef(new[:, 0], old[:, 0])[0, 1] > SAME_TEXTURE)
