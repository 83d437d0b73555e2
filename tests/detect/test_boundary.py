"""The boundary: ringwatch never identifies a person, so no model that could is ever loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detect.boundary import refuse_shapes, refuse_words
from detect.classes import COCO
from detect.errors import ForbiddenModelError
from detect.models import ModelStore, load_file
from tests.detect.graphs import constant_model, labels, ssd

REFUSED = [
    "face-detection-adas-0001",
    "yolov8n-face",
    "人脸检测",
    "license_plate",
    "vehicle-license-plate-detection-barrier-0106",
    "LPRNet",
    "车牌",
    "person-reidentification-retail-0287",
    "person_reid",
    "osnet_x1_0",
    "image-embeddings",
    "landmarks-regression",
    "human-pose",
    "person-attributes-recognition-crossroad-0230",
    "age-gender",
    "woman",
    "emotions",
]
ALLOWED = [*COCO, "surface", "template", "interface_boxes", "car", "cage", "plateau", "行人", "person-detection-0200"]


@pytest.mark.parametrize("word", REFUSED)
def test_a_word_of_identity_is_refused(word: str) -> None:
    """In English, in Chinese, as a file or as a class is called."""
    with pytest.raises(ForbiddenModelError, match="never identifies a person"):
        refuse_words([word], "its class")


@pytest.mark.parametrize("word", ALLOWED)
def test_an_ordinary_word_is_not(word: str) -> None:
    """Every class of COCO, and words that only look like others."""
    refuse_words([word], "its class")


@pytest.mark.parametrize("shape", [(1, 512), (1, 256, 1, 1), (-1, 128), (64,)])
def test_a_vector_for_a_whole_picture_is_refused(shape: tuple[int, ...]) -> None:
    """It is an embedding, or a classifier."""
    with pytest.raises(ForbiddenModelError, match="one vector for the whole picture"):
        refuse_shapes([shape])


@pytest.mark.parametrize("shape", [(1, 1, 200, 7), (1, 84, 8400), (1, 300, 6), (1,), (1, -1)])
def test_boxes_are_not(shape: tuple[int, ...]) -> None:
    """Of every family."""
    refuse_shapes([shape])


def test_a_model_is_refused_by_its_file_name(tmp_path: Path) -> None:
    """Though its classes say nothing."""
    model = labels(constant_model(tmp_path / "face-detector.onnx", ssd()), "person")

    with pytest.raises(ForbiddenModelError, match="tells of faces"):
        load_file(model, name="watch", threshold=0.5)


def test_a_model_is_refused_by_a_tensors_name(tmp_path: Path) -> None:
    """Whatever the file was renamed to."""
    model = labels(constant_model(tmp_path / "watch.onnx", ssd(), names=["face_boxes"]), "person")

    with pytest.raises(ForbiddenModelError, match="tensor's name 'face_boxes' tells of faces"):
        load_file(model, name="watch", threshold=0.5)


def test_a_model_is_refused_by_its_own_classes(tmp_path: Path) -> None:
    """A file beside it that calls them otherwise does not help."""
    model = constant_model(tmp_path / "watch.onnx", ssd(), metadata={"names": "{0: 'face'}"})

    with pytest.raises(ForbiddenModelError, match="'face' tells of faces"):
        load_file(labels(model, "person"), name="watch", threshold=0.5)


def test_a_model_with_an_embedding_beside_its_boxes_is_refused(tmp_path: Path) -> None:
    """A tracker by appearance, for instance."""
    model = constant_model(tmp_path / "watch.onnx", ssd(), np.zeros((1, 512)), names=["boxes", "extra"])

    with pytest.raises(ForbiddenModelError, match="1×512"):
        load_file(labels(model, "person"), name="watch", threshold=0.5)


def test_a_pose_model_is_refused_by_its_task(tmp_path: Path) -> None:
    """As ultralytics writes it."""
    metadata = {"task": "pose", "names": "{0: 'person'}"}
    model = constant_model(tmp_path / "watch.onnx", np.zeros((1, 56, 168)), metadata=metadata)

    with pytest.raises(ForbiddenModelError, match="its task is 'pose'"):
        load_file(model, name="watch", threshold=0.5)


def test_a_refused_model_is_not_installed(tmp_path: Path) -> None:
    """Nothing of it stays in the store."""
    store = ModelStore(tmp_path / "store")
    model = labels(constant_model(tmp_path / "reid.onnx", ssd()), "person")

    with pytest.raises(ForbiddenModelError):
        store.add(model, "watch")
    with pytest.raises(ForbiddenModelError):
        store.add(model)

    assert store.installed() == ()
