"""Which files make up a model."""

from __future__ import annotations

from pathlib import Path

from detect.errors import ModelError
from detect.model_card import METADATA, sidecars

OPENVINO = frozenset({".xml", ".onnx"})
ULTRALYTICS = frozenset({".pt", ".engine"})
KNOWN = OPENVINO | ULTRALYTICS


def find_model(path: Path) -> Path:
    """The model file `path` is, or the only one in the folder `path`.

    Raises:
        ModelError: there is none, or more than one, or it is of no known type.
    """
    if path.is_dir():
        return _only_model(path)
    if not path.is_file():
        raise ModelError(f"{path}: no such model file; give an .onnx, .xml, .pt or .engine file, or a folder with one")
    if path.suffix == ".bin":
        raise ModelError(f"{path}: the weights of an OpenVINO model; give the .xml file beside it")
    if path.suffix not in KNOWN:
        raise ModelError(f"{path}: a file of type {path.suffix or '(none)'} is no model; known are {_types()}")
    return path


def _only_model(folder: Path) -> Path:
    found = sorted(child for child in folder.iterdir() if child.suffix in KNOWN and child.is_file())
    if len(found) == 1:
        return found[0]
    if found:
        raise ModelError(f"{folder}: holds {len(found)} models ({found[0].name}, {found[1].name} …); name the file")
    raise ModelError(f"{folder}: holds no model file; known are {_types()}")


def parts(model: Path) -> tuple[Path, ...]:
    """The files a model is made of, weights first of all: those whose change changes what it finds.

    Raises:
        ModelError: an OpenVINO model without its weights.
    """
    if model.suffix != ".xml":
        return (model,)
    weights = model.with_suffix(".bin")
    if not weights.is_file():
        raise ModelError(f"{model}: its weights, {weights.name}, are not beside it")
    return (model, weights)


def companions(model: Path) -> tuple[Path, ...]:
    """The files beside a model that tell its classes."""
    beside = (model.parent / METADATA, *sidecars(model))
    return tuple(path for path in beside if path.is_file())


def _types() -> str:
    return ", ".join(sorted(KNOWN))
