"""Reading a model file with OpenVINO, and everything that is checked before it may look at a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino as ov
from openvino.frontend import (
    FrontEndManager,
    GeneralFailure,
    InitializationFailure,
    NotImplementedFailure,
    OpConversionFailure,
    OpValidationFailure,
)
from openvino.preprocess import ColorFormat, PrePostProcessor

from detect.backends.formats import Format, InputStyle
from detect.backends.recognise import Shapes, check_classes, recognise
from detect.boundary import refuse_shapes, refuse_words
from detect.classes import COCO, ClassMap, class_map
from detect.errors import ForbiddenModelError, ModelError
from detect.model_card import ModelCard, describe, how_to_say
from detect.model_files import parts

FRONT_ENDS = {".onnx": "onnx", ".xml": "ir"}
METADATA_KEYS = {"framework": ("names", "imgsz", "task"), "model_info": ("labels",)}  # ONNX props; Model API's
UNREADABLE = (
    RuntimeError,  # OpenVINO's own word for nearly everything
    GeneralFailure,
    InitializationFailure,
    NotImplementedFailure,
    OpConversionFailure,
    OpValidationFailure,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedModel:
    """A graph that was read and found to be a detector within the boundary."""

    graph: Any  # openvino.Model; its input is uint8, NHWC, BGR: what `Canvas` makes
    form: Format
    classes: ClassMap
    width: int  # of the input, pixels
    height: int


def read_checked(path: Path) -> CheckedModel:
    """The model file `path`, ready to be compiled.

    Raises:
        ForbiddenModelError: it is made for faces, plates, appearance, landmarks or attributes.
        ModelError: it cannot be read, is no detector of a known family, or its classes are not known.
    """
    graph = _read(path)
    try:
        return _check(graph, path)
    except ForbiddenModelError as error:
        raise ForbiddenModelError(_at(path, error)) from None
    except ModelError as error:
        raise ModelError(_at(path, error)) from None


def _at(path: Path, error: ModelError) -> str:
    text = str(error)
    return text if str(path.parent) in text else f"{path}: {text}"


def _read(path: Path) -> Any:
    parts(path)
    try:
        # Core tries every front end it has on a broken file and lets TensorFlow's parser complain on stderr: ask the
        # right one first.
        FrontEndManager().load_by_framework(FRONT_ENDS[path.suffix]).load(str(path))
        return ov.Core().read_model(str(path))
    except UNREADABLE as error:
        raise ModelError(f"{path}: OpenVINO cannot read it; is the file whole? ({_last_line(error)})") from None


def _last_line(error: BaseException) -> str:
    return next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), type(error).__name__)


def _check(graph: Any, path: Path) -> CheckedModel:
    refuse_words([path.stem, *_tensor_names(graph)], "its name or a tensor's name")
    card = describe(path, _embedded(graph))
    shapes = _fixed(graph, card)
    refuse_shapes(shapes.outputs)
    form = recognise(shapes, card)
    names = card.names or (COCO if form.classes == len(COCO) else None)
    if names is None:
        raise ModelError(f"its classes are not known: {how_to_say(path)}")
    check_classes(form, names)
    try:
        _prepare(graph, form.style)
    except UNREADABLE as error:
        raise ModelError(f"OpenVINO cannot give it a camera's pictures ({_last_line(error)})") from None
    return CheckedModel(graph=graph, form=form, classes=class_map(names), width=shapes.width, height=shapes.height)


def _tensor_names(graph: Any) -> list[str]:
    ports = (*graph.inputs, *graph.outputs)
    return [graph.get_friendly_name(), *sorted(name for port in ports for name in port.get_names())]


def _embedded(graph: Any) -> Mapping[str, str]:
    return {
        key: str(graph.get_rt_info([section, key]).value)
        for section, keys in METADATA_KEYS.items()
        for key in keys
        if graph.has_rt_info([section, key])
    }


def _fixed(graph: Any, card: ModelCard) -> Shapes:
    """The sizes, after a batch of one and the card's size were put in where the model leaves them open."""
    if len(graph.inputs) != 1:
        raise ModelError(f"it has {len(graph.inputs)} inputs; a detector has one, the picture")
    lengths = _lengths(graph.inputs[0])
    if len(lengths) != 4 or 3 not in {lengths[1], lengths[3]}:
        raise ModelError(f"its input {lengths} is not one colour picture, 1×3×h×w or 1×h×w×3")
    across, down = (3, 2) if lengths[1] == 3 else (2, 1)
    if lengths[0] != 1 or -1 in lengths:
        lengths = _close(lengths, across, down, card)
        _reshape(graph, lengths, f"{lengths[across]}x{lengths[down]}")
    return Shapes(lengths[across], lengths[down], tuple(tuple(_lengths(port)) for port in graph.outputs))


def _reshape(graph: Any, lengths: list[int], size: str) -> None:
    try:
        graph.reshape(lengths)
    except UNREADABLE as error:
        raise ModelError(
            f"it cannot look at one picture of {size}: its inside may be made for another size or batch; write its own "
            f"size to a file beside it, or export it with fixed shapes ({_last_line(error)})"
        ) from None


def _close(lengths: list[int], across: int, down: int, card: ModelCard) -> list[int]:
    if -1 in {lengths[across], lengths[down]} and card.size is None:
        raise ModelError("its input has no fixed size: write `size: [640, 640]` (width, height) to a file beside it")
    closed = [1, *lengths[1:]]
    if card.size is not None:
        closed[across], closed[down] = card.size
    return closed


def _lengths(port: Any) -> list[int]:
    shape = port.get_partial_shape()
    if shape.rank.is_dynamic:
        raise ModelError("a tensor's number of dimensions is open: export the model with fixed shapes")
    return [length.get_length() if length.is_static else -1 for length in shape]


def _prepare(graph: Any, style: InputStyle) -> None:
    """Let the graph itself turn bytes into its numbers: colour order, scale and layout run vectorised inside it."""
    steps = PrePostProcessor(graph)
    image = steps.input(0)
    image.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC")).set_color_format(ColorFormat.BGR)
    image.model().set_layout(ov.Layout("NCHW" if _lengths(graph.inputs[0])[1] == 3 else "NHWC"))
    image.preprocess().convert_element_type(ov.Type.f32)
    if style.rgb:
        image.preprocess().convert_color(ColorFormat.RGB)
    if style.scale != 1.0:
        image.preprocess().scale(style.scale)
    for index in range(len(graph.outputs)):
        steps.output(index).tensor().set_element_type(ov.Type.f32)
    steps.build()
