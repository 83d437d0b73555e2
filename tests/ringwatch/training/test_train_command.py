"""`ringwatch train` from end to end with the real trainer, on a set made by code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from config.model import Label
from detect.backends.openvino_detector import OpenVinoDetector
from ringwatch.training.make import MODEL
from tests.detect.graphs import constant_model, labels, ssd
from tests.ringwatch.training.given import write_set
from tests.services import REPOSITORY, unavailable

LONG_S = 300


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models and checkpoints of the test's own."""
    if not find_spec("ultralytics"):
        unavailable("ultralytics (pip install 'ringwatch[yolo]')")
    monkeypatch.setenv("RINGWATCH_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path / "cache"))


def command(*arguments: str | Path) -> list[str]:
    small = ("--classes", "person,vehicle", "--size", "64x64", "--device", "cpu")
    return [sys.executable, "-m", "ringwatch", "train", *small, *map(str, arguments)]


def train(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=LONG_S, check=False, cwd=REPOSITORY
    )


@pytest.mark.timeout(LONG_S)
def test_a_killed_training_goes_on_and_ends_with_a_model_and_its_card(tmp_path: Path) -> None:
    """kill -9 after the first round; the same command then needs the second one alone."""
    pictures = write_set(tmp_path / "set", count=24)
    arguments = ("--images", pictures, "--hold-out", "beta", "--rounds", "2", "--out", "mine")
    with subprocess.Popen(command(*arguments), cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as first:
        assert first.stderr
        assert any("round 1 of 2" in line for line in first.stderr)
        _wait_for_checkpoint(tmp_path / "cache")
        first.kill()

    done = train(*arguments)

    assert done.returncode == 0, done.stderr
    assert "going on from" in done.stderr
    assert "round 1 of 2" not in done.stderr
    assert "round 2 of 2" in done.stderr
    assert "OpenVINO finds all" in done.stderr
    model = tmp_path / "models" / "mine"
    assert f"written to {model}" in done.stdout
    card = (model / "CARD.md").read_text("utf-8")
    assert "sources that it was not trained on (beta)" in card
    assert "| alpha | 12 |" in card
    assert {row["label"] for row in json.loads((model / "figures.json").read_text())["classes"]} == {
        "person",
        "vehicle",
    }
    assert list((model / "errors").glob("*.jpg"))
    detector = OpenVinoDetector(model / MODEL, name="mine", threshold=0.5)
    assert detector.labels == {Label.PERSON, Label.VEHICLE}
    assert detector.input_size == (64, 64)


def _wait_for_checkpoint(cache: Path) -> None:
    deadline = time.monotonic() + 60
    while not list(cache.rglob("last.pt")):
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.05)
    time.sleep(0.5)  # it is written in place, in one go of a few megabytes


def test_a_teacher_without_the_classes_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    """And a model of the same name stays as it is."""
    pictures = write_set(tmp_path / "set")
    teacher = labels(constant_model(tmp_path / "teacher.onnx", ssd()), "person")
    good = tmp_path / "models" / "mine"
    good.mkdir(parents=True)
    (good / "model.onnx").write_text("a good model")

    done = train("--images", pictures, "--teacher", teacher, "--out", "mine")

    assert done.returncode == 2
    assert "no teacher (teacher) tells vehicle: give another, or leave out the class" in done.stderr
    assert (good / "model.onnx").read_text() == "a good model"
    assert [file.name for file in good.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--out", "mine"), 2, "nothing to learn from: give --images SET"),
        (("--classes", "person,face", "--out", "mine"), 2, "face: not on the allow-list, which is person, vehicle"),
        (("--classes", "person,person", "--out", "mine"), 2, "a class stands twice"),
        (("--size", "300x200", "--out", "mine"), 2, "write WIDTHxHEIGHT, both divisible by 32"),
        (("--images", "SET", "--out", "face-finder"), 2, "tells of faces"),
        (("--images", "SET", "--out", "built-in"), 2, "cannot be a model's name"),
        (
            ("--images", "SET", "--work", "/dev/null/w", "--out", "mine"),
            1,
            "/dev/null/w cannot be made: Not a directory",
        ),
        (("--images", "SET", "--hold-out", "gamma", "--out", "mine"), 2, "no picture is of source gamma"),
        (("--footage", "SET/sources.json", "--out", "mine"), 2, "footage has no labels: give a --teacher MODEL"),
    ],
)
def test_a_mistake_is_told_at_once(tmp_path: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    """With what to write; nothing is installed."""
    pictures = str(write_set(tmp_path / "set"))

    done = train(*(word.replace("SET", pictures) for word in arguments))

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "models").exists()


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    """Before anything is read."""
    pictures = write_set(tmp_path / "set")
    hide = "import sys; sys.modules['ultralytics'] = None; from ringwatch.cli import main; main(sys.argv[1:])"
    arguments = [sys.executable, "-c", hide, "train", "--images", str(pictures), "--out", "mine"]

    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=REPOSITORY, env=dict(os.environ))

    assert done.returncode == 1
    assert "pip install 'ringwatch[yolo]'" in done.stderr
