"""The ultralytics back end with the real package, on models of random weights made here."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.ultralytics_detector import UltralyticsDetector
from detect.classes import COCO
from detect.detector import Picture
from detect.errors import ForbiddenModelError, ModelError
from detect.models import load_file
from tests.services import unavailable

NOISE = np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8)
MAKE = """
import sys
from ultralytics import YOLO
for kind in ("yolo11n", "yolo26n", "yolo11n-pose"):
    YOLO(f"{kind}.yaml").save(f"{sys.argv[1]}/{kind}.pt")
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not find_spec("ultralytics"):
        unavailable("ultralytics (pip install 'ringwatch[yolo]')")
    folder = tmp_path_factory.mktemp("yolo")
    environ = {**os.environ, "YOLO_CONFIG_DIR": str(folder), "YOLO_OFFLINE": "true"}
    subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True, env=environ, cwd=folder)
    return folder


@pytest.mark.parametrize("name", ["yolo11n", "yolo26n"])
def test_a_pt_model_gives_boxes_of_allowed_classes(models: Path, name: str) -> None:
    """Those that ultralytics itself gives for the picture, in fractions, by score; the same on every run."""
    detector = load_file(models / f"{name}.pt", name=name, threshold=1e-5)

    first, again = detector.detect([Picture(image=NOISE), Picture(image=NOISE)])

    assert detector.labels == set(Label) - {Label.VEHICLE, Label.BIKE}
    assert len(first) > 0
    assert list(first.scores) == sorted(first.scores, reverse=True)
    assert first.boxes.min() >= 0
    assert first.boxes.max() <= 1
    assert first.boxes.tobytes() == again.boxes.tobytes()
    assert len(first) == len(_own_boxes(models / f"{name}.pt"))


def test_a_batch_gives_what_its_pictures_give_alone(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, in parts of the size that is asked for, in the order of the pictures."""
    detector = load_file(models / "yolo11n.pt", name="yolo11n", threshold=1e-5)
    pictures = [Picture(image=np.roll(NOISE, 40 * number, axis=1)) for number in range(5)]
    alone = detector.detect(pictures)
    assert detector.batch == 1

    monkeypatch.setattr(UltralyticsDetector, "batch", 2)
    together = detector.detect(pictures)

    assert [len(one) for one in together] == [len(one) for one in alone]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-3)


def _own_boxes(path: Path) -> Any:
    model = import_module("ultralytics").YOLO(path)
    allowed = [index for index, name in enumerate(COCO) if name in ALLOWED]
    (found,) = model.predict(NOISE, conf=1e-5, iou=0.6, max_det=300, classes=allowed, verbose=False, save=False)
    return found.boxes


ALLOWED = {
    *("person", "bicycle", "car", "motorcycle", "bus", "truck", "backpack", "handbag", "suitcase"),
    *("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),
}


def test_class_names_beside_the_model_win(models: Path, tmp_path: Path) -> None:
    """As with every back end."""
    model = tmp_path / "watch.pt"
    model.write_bytes((models / "yolo11n.pt").read_bytes())
    names = ["person", "truck", *["other"] * 78]
    model.with_name("model.yaml").write_text(f"labels: [{', '.join(names)}]\n", "utf-8")

    assert load_file(model, name="watch", threshold=0.5).labels == {Label.PERSON, Label.TRUCK}


def test_a_pose_model_is_refused(models: Path) -> None:
    """Also when its file is called something else."""
    renamed = models / "watch.pt"
    renamed.write_bytes((models / "yolo11n-pose.pt").read_bytes())

    for path in (models / "yolo11n-pose.pt", renamed):
        with pytest.raises(ForbiddenModelError, match="pose"):
            load_file(path, name="watch", threshold=0.5)


@pytest.mark.usefixtures("models")
def test_a_file_that_carries_a_program_is_refused_unrun(tmp_path: Path) -> None:
    """Weights are data: a .pt file is a pickle, and could be anything."""

    class Program:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    (tmp_path / "watch.pt").write_bytes(pickle.dumps(Program()))
    with pytest.raises(ModelError, match=r"watch\.pt: ultralytics cannot use it"):
        load_file(tmp_path / "watch.pt", name="watch", threshold=0.5)

    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("name", ["watch.pt", "watch.engine"])
def test_a_damaged_file_is_said(tmp_path: Path, name: str) -> None:
    """By name, in one line, without installing or fetching anything; a bare number in an error says nothing."""
    (tmp_path / name).write_text("hello")

    said = rf"{name}: ultralytics cannot use it; is the file whole\? \(\w+(Error|Exception)\b.*\)"
    with pytest.raises(ModelError, match=said) as error:
        load_file(tmp_path / name, name="watch", threshold=0.5)

    assert "\n" not in str(error.value)


def test_a_closed_detector_says_so(models: Path) -> None:
    """Instead of crashing the process."""
    detector = load_file(models / "yolo11n.pt", name="m", threshold=0.5)
    detector.close()

    with pytest.raises(BackendUnavailable, match="was closed"):
        detector.detect([Picture(image=NOISE)])


def test_without_the_extra_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what else would do."""
    monkeypatch.setitem(sys.modules, "ultralytics", None)  # as if it were not installed
    (tmp_path / "watch.pt").touch()

    with pytest.raises(ModelError, match=r"pip install 'ringwatch\[yolo\]'.*export the model to \.onnx"):
        load_file(tmp_path / "watch.pt", name="watch", threshold=0.5)
