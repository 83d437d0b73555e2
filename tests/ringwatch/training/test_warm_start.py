"""A model that goes on learning knows what it knew."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ringwatch.training.errors import TrainingError
from ringwatch.training.export import export
from ringwatch.training.networks import Network, untrained
from ringwatch.training.trainer import Plan, ultralytics
from ringwatch.training.warm_start import begin_from
from tests.detect.graphs import constant_model, ssd
from tests.services import unavailable

PLAN = Plan(classes=("person", "vehicle"), size=(64, 64), rounds=1, batch=2, seed=1)


@pytest.fixture(autouse=True, scope="module")
def torch_is_there() -> None:
    if not find_spec("ultralytics"):
        unavailable("ultralytics (pip install 'ringwatch[yolo]')")


def trained(pictures: Any) -> Any:
    """One whose normalisations have seen pictures, and whose weights are no longer what they were at first."""
    torch = import_module("torch")
    torch.manual_seed(3)
    model = untrained(Network.TINY, 2)
    for name, parameter in model.named_parameters():
        if name.endswith("bn.weight"):
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
        if name.endswith(("bn.bias", ".2.bias")):
            torch.nn.init.uniform_(parameter, -0.2, 0.2)
    model.train()
    for _ in range(20):
        model(pictures)
    return model.eval()


@pytest.fixture
def pictures() -> Any:
    ultralytics()
    torch = import_module("torch")
    torch.manual_seed(1)
    return torch.rand(8, 3, 64, 64)


@pytest.mark.filterwarnings("ignore")  # torch's exporter, as it is asked for, says that there is a newer one
def test_it_gives_what_the_exported_model_gave(pictures: Any, tmp_path: Path) -> None:
    """And its normalisations stand where training left them: in training, too, it gives nearly the same."""
    torch = import_module("torch")
    teacher = trained(pictures)
    torch.save({"model": teacher}, tmp_path / "last.pt")
    file = export(tmp_path / "last.pt", PLAN, tmp_path / "model.onnx")

    model = untrained(Network.TINY, 2)
    begin_from(model, file, pictures)

    with torch.no_grad():
        wanted, given = teacher(pictures)[0], model.eval()(pictures)[0]
        learning = model.train()(pictures)
    assert torch.allclose(wanted, given, atol=1e-2)
    scores = learning["scores"] if isinstance(learning, dict) else learning[0]
    assert torch.isfinite(scores).all()


def test_another_model_is_refused(pictures: Any, tmp_path: Path) -> None:
    """One of other classes, or made otherwise, or no model: with what to do."""
    other = constant_model(tmp_path / "other.onnx", ssd())
    (tmp_path / "text.onnx").write_text("no model")

    with pytest.raises(TrainingError, match="begin from a model that `ringwatch train` made with the same classes"):
        begin_from(untrained(Network.TINY, 2), other, pictures)
    with pytest.raises(TrainingError, match="cannot be read as ONNX"):
        begin_from(untrained(Network.TINY, 2), tmp_path / "text.onnx", pictures)
