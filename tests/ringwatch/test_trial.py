from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from config.model import DetectorChoice, Label
from detect.errors import ModelError
from ringwatch import trial
from tests.detect.graphs import constant_model, labels, ssd


def test_the_classes_come_from_another_process(tmp_path: Path) -> None:
    """Of the built-in detector, and of a file beside the configuration."""
    labels(constant_model(tmp_path / "watch.onnx", ssd()), "person", "bus")

    assert trial.labels_on_trial(DetectorChoice(model="built-in"), tmp_path) >= {Label.PERSON, Label.VEHICLE}
    assert trial.labels_on_trial(DetectorChoice(model="watch.onnx"), tmp_path) == {Label.PERSON, Label.BUS}


def test_threads_of_this_process_do_not_hang_it(tmp_path: Path) -> None:
    """OpenCV has a pool of them once it has worked on a picture, as after the sample clips were made."""
    cv2.setNumThreads(2)
    cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 5)

    assert trial.labels_on_trial(DetectorChoice(model="built-in"), tmp_path)


def test_what_is_wrong_with_a_model_is_said_in_its_own_words(tmp_path: Path) -> None:
    """As if it had been loaded here."""
    with pytest.raises(ModelError, match="no model is called yolo99"):
        trial.labels_on_trial(DetectorChoice(model="yolo99"), tmp_path)


def test_a_model_that_ends_the_process_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in native code takes the trial along, and not the node."""
    monkeypatch.setattr("ringwatch.trial.sys.executable", "/bin/false")

    with pytest.raises(ModelError, match="loading the model built-in ends the process: without a word"):
        trial.labels_on_trial(DetectorChoice(model="built-in"), tmp_path)


def test_a_model_that_never_loads_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that waits for ever looks as if it were starting."""
    monkeypatch.setattr(trial, "LOADED_S", 0.01)

    with pytest.raises(ModelError, match=r"does not load within 0\.01 s"):
        trial.labels_on_trial(DetectorChoice(model="built-in"), tmp_path)
