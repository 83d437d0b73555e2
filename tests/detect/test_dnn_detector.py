"""The back end for machines without OpenVINO gives what OpenVINO gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import detect.models
from config.errors import BackendUnavailable
from detect.backends.dnn_detector import DnnDetector
from detect.backends.openvino_detector import OpenVinoDetector
from detect.detector import Picture
from detect.errors import ForbiddenModelError, ModelError
from tests.detect.graphs import constant_model, labels
from tests.detect.test_openvino_detector import sampled
from tests.footage import model


def with_size(path: Path, size: str) -> Path:
    """Write the size of the model's input beside it."""
    path.with_name(f"{path.stem}.ringwatch.yaml").write_text(f"size: {size}\n", "utf-8")
    return path


def test_a_real_model_gives_the_same_boxes(tmp_path: Path) -> None:
    """To a hundredth of the picture."""
    file = tmp_path / "yolox_nano.onnx"
    file.write_bytes(next(model("yolox_nano").glob("*.onnx")).read_bytes())
    with_size(file, "[416, 416]")
    shown = [Picture(image=image) for image in sampled("street-vehicles.mp4", 1.0, 5.0)]

    theirs = OpenVinoDetector(file, name="theirs", threshold=0.4).detect(shown)
    ours = DnnDetector(file, name="ours", threshold=0.4).detect(shown)

    assert [one.labels for one in ours] == [one.labels for one in theirs]
    assert sum(map(len, ours)) > 2
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
        np.testing.assert_allclose(one.scores, other.scores, atol=0.01)


def test_it_is_taken_where_openvino_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself."""
    monkeypatch.setattr(detect.models, "find_spec", lambda _name: None)
    rows = np.zeros((1, 10, 6), np.float32)
    file = constant_model(tmp_path / "made.onnx", rows)
    (tmp_path / "made.ringwatch.yaml").write_text("labels: [person]\nsize: [64, 32]\n", "utf-8")

    assert isinstance(detect.models.load_file(file, name="made", threshold=0.5), DnnDetector)


def test_what_it_needs_to_know_it_asks_for(tmp_path: Path) -> None:
    """OpenCV does not show what a model says of itself."""
    file = constant_model(tmp_path / "made.onnx", np.zeros((1, 10, 6), np.float32))
    with pytest.raises(ModelError, match=r"write `size: \[width, height\]` of its input to made\.ringwatch\.yaml"):
        DnnDetector(file, name="made", threshold=0.5)
    with pytest.raises(ModelError, match="its classes are not known: write its class names"):
        DnnDetector(with_size(file, "[64, 32]"), name="made", threshold=0.5)


def test_the_boundary_holds_here_too(tmp_path: Path) -> None:
    """By name, by tensor, by shape."""
    face = labels(constant_model(tmp_path / "face.onnx", np.zeros((1, 10, 6))), "person")
    with pytest.raises(ForbiddenModelError, match="faces"):
        DnnDetector(face, name="watch", threshold=0.5)
    (tmp_path / "model.yaml").write_text("labels: [person]\nsize: [64, 32]\n", "utf-8")
    tensor = constant_model(tmp_path / "watch.onnx", np.zeros((1, 10, 6)), names=["face_boxes"])
    with pytest.raises(ForbiddenModelError, match="faces"):
        DnnDetector(tensor, name="watch", threshold=0.5)
    vector = constant_model(tmp_path / "vector.onnx", np.zeros((1, 512)))
    with pytest.raises(ForbiddenModelError, match="1×512"):
        DnnDetector(vector, name="watch", threshold=0.5)


def test_a_damaged_or_closed_model_says_so(tmp_path: Path) -> None:
    """In a line."""
    (tmp_path / "model.yaml").write_text("labels: [person]\nsize: [64, 32]\n", "utf-8")
    (tmp_path / "half.onnx").write_bytes(b"half")
    with pytest.raises(ModelError, match=r"half\.onnx: OpenCV cannot read it; is the file whole"):
        DnnDetector(tmp_path / "half.onnx", name="half", threshold=0.5)
    with pytest.raises(ModelError, match=r"only \.onnx models can be used"):
        DnnDetector(tmp_path / "other.xml", name="other", threshold=0.5)

    detector = DnnDetector(constant_model(tmp_path / "m.onnx", np.zeros((1, 10, 6))), name="m", threshold=0.5)
    detector.close()
    with pytest.raises(BackendUnavailable, match="was closed"):
        detector.detect([Picture(image=np.zeros((32, 64, 3), np.uint8))])
