"""How each family of models writes its boxes, and how its input is to be filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from detect.backends.canvas import Placement
from detect.model_card import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIDES = ((8, 16, 32), (8, 16, 32, 64))  # pixels of the input a grid cell stands for, per family size


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Boxes as the model gave them: corners in pixels of its input, (n, 4); scores (n,); class indices (n,)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputStyle:
    """What a family expects on its input."""

    placement: Placement
    rgb: bool  # False: BGR
    scale: float  # pixel values are divided by this


class Format(Protocol):
    """One family's output."""

    @property
    def kind(self) -> Kind:
        """The family."""
        ...

    @property
    def style(self) -> InputStyle:
        """How its input is filled."""
        ...

    @property
    def overlapping(self) -> bool:
        """Whether one object comes as many boxes, so that all but the strongest must be dropped."""
        ...

    @property
    def classes(self) -> int | None:
        """How many classes the output has, where its shape tells."""
        ...

    def decode(self, output: NDArray[np.float32], threshold: float) -> Candidates:
        """The boxes whose score is at least `threshold`, out of the model's one output."""
        ...


ULTRALYTICS_STYLE = InputStyle(placement=Placement.CENTRED, rgb=True, scale=255.0)


@dataclass(frozen=True, slots=True)
class Ssd:
    """Open Model Zoo's detection output, 1×1×n×7. Source: the models' pages, "Outputs"; -1 as image ends the list."""

    width: int
    height: int
    kind = Kind.SSD
    style = InputStyle(placement=Placement.STRETCH, rgb=False, scale=1.0)
    overlapping = False
    classes: int | None = None

    def decode(self, output: NDArray[np.float32], threshold: float) -> Candidates:
        """Corners come as fractions."""
        rows = output.reshape(-1, 7)
        ends = np.flatnonzero(rows[:, 0] < 0)
        rows = rows[: ends[0]] if len(ends) else rows
        rows = rows[rows[:, 2] >= threshold]
        size = np.array([self.width, self.height, self.width, self.height], np.float32)
        return Candidates(boxes=rows[:, 3:7] * size, scores=rows[:, 2], classes=rows[:, 1].astype(np.intp))


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Boxes without doubles, 1×n×6: corners in pixels, score, class. YOLO26, YOLOv10, or exported with its own NMS."""

    kind = Kind.END_TO_END
    style = ULTRALYTICS_STYLE
    overlapping = False
    classes: int | None = None

    def decode(self, output: NDArray[np.float32], threshold: float) -> Candidates:
        """Rows are in order of score, filled up with zeros."""
        rows = output.reshape(-1, 6)
        rows = rows[rows[:, 4] >= threshold]
        return Candidates(boxes=rows[:, :4], scores=rows[:, 4], classes=rows[:, 5].astype(np.intp))


@dataclass(frozen=True, slots=True)
class Yolo:
    """ultralytics' raw output, 1×(4+classes)×n: centre and size in pixels, then one score a class."""

    classes: int | None
    kind = Kind.YOLO
    style = ULTRALYTICS_STYLE
    overlapping = True

    def decode(self, output: NDArray[np.float32], threshold: float) -> Candidates:
        """Each place is of its strongest class."""
        columns = output[0]
        best = columns[4:].max(axis=0)
        places = np.flatnonzero(best >= threshold)
        found = columns[:, places]
        boxes = _corners(found[0:2].T, found[2:4].T)
        return Candidates(boxes=boxes, scores=best[places], classes=found[4:].argmax(axis=0))


class Yolox:
    """YOLOX without its decoder, 1×n×(5+classes).

    Source: YOLOX, `demo_postprocess`: centre = (xy + cell) · stride, size = exp(wh) · stride.
    """

    kind = Kind.YOLOX
    style = InputStyle(placement=Placement.TOP_LEFT, rgb=False, scale=1.0)
    overlapping = True

    def __init__(self, classes: int, width: int, height: int, strides: Sequence[int]) -> None:
        self.classes: int | None = classes
        self._cells, self._strides = _grid(width, height, strides)

    def decode(self, output: NDArray[np.float32], threshold: float) -> Candidates:
        """A score is objectness × class; what objectness alone keeps too low is not looked at further."""
        rows = output[0]
        places = np.flatnonzero(rows[:, 4] >= threshold)
        found = rows[places]
        classes = found[:, 5:].argmax(axis=1)
        scores = found[:, 4] * found[np.arange(len(found)), 5 + classes]
        keep = scores >= threshold
        stride = self._strides[places][keep]
        centre = (found[keep, 0:2] + self._cells[places][keep]) * stride
        return Candidates(
            boxes=_corners(centre, np.exp(found[keep, 2:4]) * stride), scores=scores[keep], classes=classes[keep]
        )


def cells(width: int, height: int, strides: Sequence[int]) -> int:
    """How many places a one-stage detector looks at."""
    return sum((width // stride) * (height // stride) for stride in strides)


def _grid(width: int, height: int, strides: Sequence[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The cell (x, y) and the stride of each of the n places, as (n, 2) and (n, 1)."""
    levels, steps = [], []
    for stride in strides:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        levels.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        steps.append(np.full((rows.size, 1), stride))
    return np.concatenate(levels).astype(np.float32), np.concatenate(steps).astype(np.float32)


def _corners(centre: NDArray[np.float32], size: NDArray[np.float32]) -> NDArray[np.float32]:
    half = size / 2
    return np.concatenate([centre - half, centre + half], axis=1)
