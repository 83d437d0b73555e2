"""Tiny ONNX models made by code: each gives the same boxes whatever it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import ArrayLike
from onnx import TensorProto, helper, numpy_helper

SIZE = (64, 32)  # width, height of the input, pixels


def constant_model(
    path: Path,
    *outputs: ArrayLike,
    names: Sequence[str] = ("boxes",),
    size: tuple[int, int] = SIZE,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """A model of one picture, 1×3×h×w, whose outputs are `outputs`, called `names`."""
    width, height = size
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])
    zero = helper.make_node("Constant", [], ["zero"], value=numpy_helper.from_array(np.zeros((), np.float32), "z"))
    blank = helper.make_node("Mul", ["images", "zero"], ["blank"])
    total = helper.make_node("ReduceSum", ["blank"], ["nothing"], keepdims=0)
    nodes, infos = [zero, blank, total], []
    for name, output in zip(names, outputs, strict=True):
        array = np.asarray(output, np.float32)
        nodes.append(helper.make_node("Constant", [], [f"{name}_c"], value=numpy_helper.from_array(array, f"{name}_v")))
        nodes.append(helper.make_node("Add", [f"{name}_c", "nothing"], [name]))
        infos.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape))
    model = helper.make_model(
        helper.make_graph(nodes, path.stem, [image], infos),
        opset_imports=[helper.make_opsetid("", 13)],
        ir_version=8,
    )
    for key, value in (metadata or {}).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.save(model, str(path))
    return path


def open_model(path: Path, output: ArrayLike, *, inside: tuple[int, int]) -> Path:
    """A model that takes pictures of any number and size, it says, and whose inside is for one of `inside` pixels."""
    width, height = inside
    array = np.asarray(output, np.float32)
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, "h", "w"])
    constants = {"flat": np.array([1, 3 * width * height]), "zero": np.zeros((), np.float32), "boxes_c": array}
    nodes = [
        helper.make_node("Reshape", ["images", "flat"], ["row"]),
        helper.make_node("Mul", ["row", "zero"], ["blank"]),
        helper.make_node("ReduceSum", ["blank"], ["nothing"], keepdims=0),
        helper.make_node("Add", ["boxes_c", "nothing"], ["boxes"]),
    ]
    graph = helper.make_graph(
        nodes,
        path.stem,
        [image],
        [helper.make_tensor_value_info("boxes", TensorProto.FLOAT, array.shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def ssd(*rows: Sequence[float], beyond: Sequence[Sequence[float]] = ()) -> ArrayLike:
    """Rows of label, score and corners as fractions, and the mark that ends them; rows `beyond` it do not count."""
    return [[[[0, *row] for row in rows] + [[-1, 0, 0, 0, 0, 0, 0]] + [[0, *row] for row in beyond]]]


def labels(path: Path, *names: str) -> Path:
    """Write the class names of the model at `path` beside it."""
    path.with_name("model.yaml").write_text(f"labels: [{', '.join(names)}]\n", "utf-8")
    return path
