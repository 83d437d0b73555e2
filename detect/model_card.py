"""What is known of a model's classes and output: from a sidecar file, the model's own metadata, or its name."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from detect.boundary import refuse_words
from detect.classes import KNOWN_MODELS
from detect.errors import ForbiddenModelError, ModelError

METADATA = "metadata.yaml"  # what ultralytics writes beside an exported model
OUTSIDE = frozenset({"pose", "classify", "segment", "obb", "semantic"})  # ultralytics' tasks that give no plain boxes


class Kind(StrEnum):
    """How a model's output is laid out."""

    SSD = "ssd"  # 1×1×n×7: image, class, score, corners as fractions
    YOLOX = "yolox"  # 1×n×(5+classes): offsets on a grid, objectness, class scores
    YOLO = "yolo"  # 1×(4+classes)×n: centre, size in pixels, class scores; YOLOv8, YOLO11, YOLO12
    END_TO_END = "yolo_end2end"  # 1×n×6: corners in pixels, score, class; YOLO26, YOLOv10


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model's maker or its installer says of it."""

    names: tuple[str, ...] | None = None  # class names by index; "" where an index is not to be used
    kind: Kind | None = None  # None: recognised by shape
    size: tuple[int, int] | None = None  # width, height in pixels, for a model whose input has no fixed size


def sidecars(model: Path) -> tuple[Path, Path]:
    """Where an installer may write what a model file does not say itself."""
    return model.with_name(f"{model.stem}.ringwatch.yaml"), model.with_name("model.yaml")


def describe(model: Path, embedded: Mapping[str, str]) -> ModelCard:
    """The card of the model file `model`. Earlier wins: sidecar, metadata.yaml, `embedded` metadata, a known name.

    A sidecar adds to what the model says and never hides it: the model's own class names are checked as well.

    Raises:
        ForbiddenModelError: any of these tells of faces, plates, landmarks and the like.
        ModelError: one of these cannot be read.
    """
    own = _from_metadata(_metadata_file(model), model) if (model.parent / METADATA).is_file() else ModelCard()
    inside = _from_metadata(dict(embedded), model)
    for card in (own, inside):
        refuse_words(card.names or (), f"{model.name}: its class")
    said = _sidecar(model)
    return ModelCard(
        names=said.names or own.names or inside.names or KNOWN_MODELS.get(model.stem),
        kind=said.kind,
        size=said.size or own.size or inside.size,
    )


def how_to_say(model: Path) -> str:
    """What to write where the classes are not known."""
    return (
        f"write its class names, in the order of its output, to {sidecars(model)[0].name} beside it, for example: "
        "labels: [vehicle, person, bike]"
    )


def _sidecar(model: Path) -> ModelCard:
    for path in sidecars(model):
        if path.is_file():
            return _read_sidecar(path)
    return ModelCard()


def _read_sidecar(path: Path) -> ModelCard:
    content = _yaml(path)
    unknown = sorted(set(map(str, content)) - {"labels", "kind", "size"})
    if unknown:
        raise ModelError(f"{path}: {', '.join(unknown)}: unknown; write labels, kind or size")
    return ModelCard(
        names=_names(content.get("labels"), path), kind=_kind(content.get("kind"), path), size=_size(content, path)
    )


def _kind(value: object, path: Path) -> Kind | None:
    if value is None:
        return None
    if value not in list(Kind):
        raise ModelError(f"{path}: kind {value!r} is unknown; write one of {', '.join(Kind)}")
    return Kind(str(value))


def _size(content: Mapping[str, Any], path: Path) -> tuple[int, int] | None:
    match content.get("size"):
        case None:
            return None
        case [int(width), int(height)] if width > 0 and height > 0:
            return width, height
    raise ModelError(f"{path}: size must be [width, height] in pixels, for example [640, 384]")


def _metadata_file(model: Path) -> dict[str, Any]:
    return _yaml(model.parent / METADATA)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = YAML(typ="safe", pure=True).load(path)
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise ModelError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: must be a mapping, for example labels: [vehicle, person, bike]")
    return content


def _from_metadata(said: Mapping[str, Any], model: Path) -> ModelCard:
    """From ultralytics' keys `names`, `imgsz`, `task` (values or their text), or Model API's `labels`."""
    task = str(said.get("task") or "detect")
    if task in OUTSIDE:
        error = ForbiddenModelError if task == "pose" else ModelError
        raise error(f"{model.name}: its task is {task!r}; only detectors, which give boxes and classes, are loaded")
    names = _names(_literal(said.get("names")), model)
    if names is None and (words := str(said.get("labels") or "").split()):
        names = tuple(words)
    return ModelCard(names=names, size=_image_size(_literal(said.get("imgsz"))))


def _literal(value: object) -> object:
    """A Python literal out of its text, as ONNX metadata carries it; other values as they are."""
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # TypeError: a list in place of an index
        return None


def _names(value: object, where: Path) -> tuple[str, ...] | None:
    """Names from a list, or from a mapping of index to name; None stays None and an empty entry is not used."""
    if value is None:
        return None
    if isinstance(value, dict) and value and all(isinstance(index, int) and 0 <= index < 10_000 for index in value):
        value = [value.get(index) for index in range(max(value) + 1)]
    if isinstance(value, list | tuple) and value:
        return tuple("" if name is None else str(name) for name in value)
    raise ModelError(f"{where}: the class names must be a list, for example labels: [vehicle, person, bike]")


def _image_size(value: object) -> tuple[int, int] | None:
    match value:
        case [int(height), int(width)] | (int(height), int(width)):
            return width, height
        case int(side):
            return side, side
    return None
