"""What differs together in and round a person's box: what is he, what is beside him, and what is others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PASSES = 0.75  # of what differs together, which lies in the boxes of others who move, if it may be they


@dataclass(frozen=True, slots=True, kw_only=True)
class Patches:
    """The sizes of what differs together, in pixels."""

    his: int  # the largest within his box
    others: int  # the largest within his box of what may be others
    beside: list[int]  # all that do not reach into his box, nor may be others, largest first


def told_apart(
    differs: NDArray[np.bool_], inner: tuple[slice, slice], others: NDArray[np.bool_] | None = None
) -> Patches:
    """What `differs`, (h, w), of which `inner` (rows, columns) is his box; `others` is where others move, (h, w).

    What does reach into his box is he, whose box is too narrow, but for what lies where others move.
    """
    if not differs.any():
        return Patches(his=0, others=0, beside=[])
    _, labels, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    sizes: list[int] = stats[:, cv2.CC_STAT_AREA].tolist()
    theirs: set[int] = set()
    if others is not None:
        shares = np.bincount(labels[others], minlength=len(sizes)) / sizes
        theirs = {label for label in range(1, len(sizes)) if shares[label] >= PASSES}
    not_beside = set(np.unique(labels[inner]).tolist()) | theirs | {0}
    their_own = np.isin(labels, list(theirs))
    return Patches(
        his=_largest(differs[inner] & ~their_own[inner]),
        others=_largest(their_own[inner]),
        beside=sorted((size for label, size in enumerate(sizes) if label not in not_beside), reverse=True),
    )


def _largest(differs: NDArray[np.bool_]) -> int:
    """The size of the largest patch, in pixels; 0 where nothing differs."""
    stats = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)[2]
    return max((int(size) for size in stats[1:, cv2.CC_STAT_AREA]), default=0)
