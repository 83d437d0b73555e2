"""Beginning from a model that was made before: what it knows need not be learnt again.

An exported model has its normalisation folded into its convolutions. Training needs it unfolded: each gets back the
mean and the spread that the convolution before it has on real pictures, and a scale and shift that undo them, so that
the model gives what it gave, and goes on learning as if it had never been exported.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ringwatch.training.errors import TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOKED_AT = 64  # pictures that mean and spread are taken from
Weights = Mapping[str, "NDArray[np.float32]"]


def begin_from(model: Any, exported: Path, pictures: Any) -> None:
    """Give the untrained torch `model` what the ONNX file `exported` knows.

    `pictures` is a float tensor (n, 3, h, w), 0..1, of what will be learnt from.

    Raises:
        TrainingError: the file was not made by `ringwatch train` with the same architecture and classes.
    """
    weights = _weights(exported)
    folded = [module for name, module in model.named_modules() if _take(name, module, weights, exported)]
    _unfold(model, folded, pictures)


def _weights(exported: Path) -> Weights:
    onnx = import_module("onnx")
    try:
        graph = onnx.load(str(exported)).graph
    except Exception as error:  # noqa: BLE001 - protobuf's errors have no common base
        raise TrainingError(f"{exported}: cannot be read as ONNX: {error}") from None
    return {one.name: np.array(onnx.numpy_helper.to_array(one), np.float32) for one in graph.initializer}


def _take(name: str, module: Any, weights: Weights, exported: Path) -> bool:
    """Copy the weights of one convolution; whether it has a normalisation that is still folded into it."""
    plain = import_module("torch").nn.Conv2d
    if hasattr(module, "conv") and hasattr(module, "bn"):
        _copy(module.conv.weight, f"{name}.conv.weight", weights, exported)
        _copy(module.bn.bias, f"{name}.conv.bias", weights, exported)
        return True
    if isinstance(module, plain) and module.bias is not None:
        _copy(module.weight, f"{name}.weight", weights, exported)
        _copy(module.bias, f"{name}.bias", weights, exported)
    return False


def _copy(into: Any, name: str, weights: Weights, exported: Path) -> None:
    torch = import_module("torch")
    found = weights.get(name)
    if found is None or tuple(found.shape) != tuple(into.shape):
        raise TrainingError(
            f"{exported}: its {name} does not fit: begin from a model that `ringwatch train` made with the same classes"
        )
    with torch.no_grad():
        into.copy_(torch.from_numpy(found))


def _unfold(model: Any, folded: list[Any], pictures: Any) -> None:
    torch = import_module("torch")
    hooks = []
    for module in folded:
        normal = module.bn
        torch.nn.init.ones_(normal.weight)
        torch.nn.init.zeros_(normal.running_mean)
        torch.nn.init.constant_(normal.running_var, 1.0 - normal.eps)
        hooks.append(normal.register_forward_pre_hook(_note_spread))
    was_training = model.training
    with torch.no_grad():
        model.eval()(pictures)
        for module in folded:
            normal, (mean, variance) = module.bn, module.bn.seen
            normal.running_mean.copy_(mean)
            normal.running_var.copy_(variance)
            normal.weight.copy_((variance + normal.eps).sqrt())
            normal.bias.add_(mean)
            del normal.seen
    for hook in hooks:
        hook.remove()
    model.train(was_training)


def _note_spread(normal: Any, inputs: tuple[Any]) -> None:
    (given,) = inputs
    normal.seen = given.mean((0, 2, 3)), given.var((0, 2, 3), unbiased=False)
