from __future__ import annotations

from pathlib import Path

import pytest

from detect.errors import ModelError
from detect.model_card import Kind, describe


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "watch.onnx"


def test_a_file_beside_the_model_says_its_classes(model: Path) -> None:
    """And its kind and size where the model leaves them open."""
    model.with_name("watch.ringwatch.yaml").write_text("labels: [person, car]\nkind: yolo\nsize: [640, 384]\n", "utf-8")

    card = describe(model, {})

    assert (card.names, card.kind, card.size) == (("person", "car"), Kind.YOLO, (640, 384))


def test_what_ultralytics_writes_is_understood(model: Path) -> None:
    """In the model's own metadata as text, or in metadata.yaml beside it; the file beside wins."""
    inside = describe(model, {"names": "{0: 'person', 2: 'car'}", "imgsz": "[384, 640]", "task": "detect"})
    model.with_name("metadata.yaml").write_text("names: {0: bus}\nimgsz: 320\n", "utf-8")
    beside = describe(model, {"names": "{0: 'person', 2: 'car'}"})

    assert (inside.names, inside.size) == (("person", "", "car"), (640, 384))
    assert (beside.names, beside.size) == (("bus",), (320, 320))


@pytest.mark.parametrize("names", ["{[]: 1}", "{0: ", "person", "(" * 900])
def test_names_that_are_no_literal_are_none(model: Path, names: str) -> None:
    """A model's own metadata is text, and could be any."""
    assert describe(model, {"names": names}).names is None


def test_what_the_model_zoo_writes_is_understood(model: Path) -> None:
    """Labels as words; or nothing at all, for the models whose classes are known by name."""
    assert describe(model, {"labels": "vehicle person"}).names == ("vehicle", "person")
    known = model.with_name("person-vehicle-bike-detection-2001.xml")
    assert describe(known, {}).names == ("vehicle", "person", "bike")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labels: person", "the class names must be a list"),
        ("labels: []", "the class names must be a list"),
        ("names: [person]", "names: unknown; write labels, kind or size"),
        ("labels: [person]\nkind: ssd2", "kind 'ssd2' is unknown; write one of ssd, yolox"),
        ("labels: [person]\nsize: 640", r"size must be \[width, height\]"),
        ("- person", "must be a mapping"),
        ("labels: [person", "cannot be read as YAML"),
    ],
)
def test_a_mistake_in_it_is_said_with_its_file(model: Path, text: str, message: str) -> None:
    """And with what to write."""
    model.with_name("model.yaml").write_text(text, "utf-8")

    with pytest.raises(ModelError, match=rf"model\.yaml: {message}"):
        describe(model, {})
