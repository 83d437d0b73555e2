"""One box for one object: non-maximum suppression among classes that can be the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import Label
from detect.classes import group_of
from detect.messages import Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERLAP = 0.6  # intersection over union above which two boxes are one object; guards may stand close together
MOST = 300  # boxes a picture


def strongest(boxes: NDArray[np.float32], scores: NDArray[np.float32], labels: Sequence[Label]) -> Detections:
    """All of them as `Detections`, strongest first; equal scores keep their order, so every run gives the same."""
    order = np.argsort(-scores, kind="stable")[:MOST]
    return Detections(
        boxes=np.ascontiguousarray(boxes[order], np.float32),
        scores=np.ascontiguousarray(scores[order], np.float32),
        labels=tuple(labels[index] for index in order),
    )


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], labels: Sequence[Label], overlap: float = OVERLAP
) -> Detections:
    """Drop every box that overlaps a stronger one of its group: a van found as car and as truck is one vehicle.

    `boxes` are (n, 4) corners in one unit for both axes or in fractions; the overlap is a ratio either way.
    """
    if not len(scores):
        return Detections.none()
    groups = np.array([_GROUP_NUMBER[group_of(label)] for label in labels], np.int32)
    corner_and_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).astype(np.float64)
    kept = cv2.dnn.NMSBoxesBatched(corner_and_size, scores, groups, 0.0, overlap)  # type: ignore[arg-type]  # takes arrays
    chosen = np.sort(np.asarray(kept, np.intp).ravel())
    return strongest(boxes[chosen], scores[chosen], [labels[index] for index in chosen])


_GROUP_NUMBER = {label: number for number, label in enumerate(Label)}
