"""Which family a model belongs to, told by its shapes and its card; what is not known is refused with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detect.backends.formats import STRIDES, EndToEnd, Format, Ssd, Yolo, Yolox, cells
from detect.errors import ModelError
from detect.model_card import ModelCard

END_TO_END_MOST = 1000  # rows; more than any model's list of final boxes, fewer than any grid


@dataclass(frozen=True, slots=True)
class Shapes:
    """A model's input size in pixels and its outputs' shapes; -1 is a length that varies."""

    width: int
    height: int
    outputs: tuple[tuple[int, ...], ...]

    def __str__(self) -> str:
        return ", ".join("×".join("?" if length < 0 else str(length) for length in shape) for shape in self.outputs)


def recognise(shapes: Shapes, card: ModelCard) -> Format:
    """The format of a model's output.

    Raises:
        ModelError: none fits; says which shapes are known.
    """
    found = [form for form in _candidates(shapes) if card.kind in {None, form.kind}]
    if len(found) == 1:
        return found[0]
    if found:
        kinds = " or ".join(form.kind for form in found)
        raise ModelError(f"its output {shapes} may be {kinds}: write `kind:` with one of them to a file beside it")
    wanted = f" is not of kind {card.kind}" if card.kind else " is none that is known"
    raise ModelError(
        f"its output {shapes}{wanted} for an input of {shapes.width}×{shapes.height}; known are 1×1×n×7 (ssd), "
        "1×n×(5+classes) on strides 8, 16, 32 (yolox), 1×(4+classes)×n (yolo: YOLOv8, YOLO11) and 1×n×6 "
        "(yolo_end2end: YOLO26)"
    )


def _candidates(shapes: Shapes) -> list[Format]:
    match shapes.outputs:
        case ((1, 1, _, 7),):
            return [Ssd(shapes.width, shapes.height)]
        case ((1, rows, columns),):
            return _three_lengths(shapes, rows, columns)
    return []


def _three_lengths(shapes: Shapes, rows: int, columns: int) -> list[Format]:
    found: list[Format] = []
    grids = {cells(shapes.width, shapes.height, strides): strides for strides in STRIDES}
    if columns in grids and rows > 4:
        found.append(Yolo(rows - 4))
    if rows in grids and columns > 5:
        found.append(Yolox(columns - 5, shapes.width, shapes.height, grids[rows]))
    if columns == 6 and rows <= END_TO_END_MOST and rows not in grids:
        found.append(EndToEnd())
    return found


def check_classes(form: Format, names: Sequence[str]) -> None:
    """That there is a name for every class of the output.

    Raises:
        ModelError: the counts differ; a pose or segmentation model looks like a detector with more classes.
    """
    if form.classes is not None and form.classes != len(names):
        raise ModelError(
            f"its output has room for {form.classes} classes and {len(names)} are named: name each, in order; "
            "a model of poses or masks is not a plain detector and is not loaded"
        )
