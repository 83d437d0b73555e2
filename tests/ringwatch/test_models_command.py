from __future__ import annotations

import json
from pathlib import Path

import pytest

from detect.models import BUILT_IN_MODEL
from tests.detect.graphs import constant_model, labels, ssd
from tests.footage import model
from tests.ringwatch.test_replay_command import ringwatch


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "store"
    monkeypatch.setenv("RINGWATCH_MODELS", str(folder))
    return folder


def test_a_model_is_added_listed_and_removed(store: Path) -> None:
    """A real one; `auto` then means it, and means the built-in one again afterwards."""
    added = ringwatch("models", "add", model("yolox_nano"), "--name", "nano")
    listed = ringwatch("models", "list")
    removed = ringwatch("models", "remove", "nano")
    after = ringwatch("models", "list")

    assert (added.returncode, added.stdout) == (
        0,
        "added nano: it tells animal, bag, bicycle, bus, car, motorcycle, person, truck\n",
    )
    first, second = listed.stdout.splitlines()
    assert first.startswith("* nano ")
    assert "3.7 MB  animal, bag, bicycle, bus, car" in first
    assert second.startswith("  built-in ")
    assert str(store) in listed.stderr
    assert removed.stdout == "removed nano\n"
    assert after.stdout.startswith("* built-in ")


BUILT_IN = ["bike", "person", "vehicle"]


def test_the_list_is_for_programs_too(tmp_path: Path, store: Path) -> None:
    """An object a line; a model that has been damaged since is still listed, without classes."""
    made = labels(constant_model(tmp_path / "watch.onnx", ssd()), "person")
    ringwatch("models", "add", made)
    (store / "watch" / "watch.onnx").write_text("damaged")

    rows = [json.loads(line) for line in ringwatch("models", "list", "--json").stdout.splitlines()]

    size = BUILT_IN_MODEL.stat().st_size
    assert rows == [
        {"name": "watch", "auto": True, "labels": None, "bytes": 7, "path": str(store / "watch" / "watch.onnx")},
        {"name": "built-in", "auto": False, "labels": BUILT_IN, "bytes": size, "path": None},
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("add", "missing.onnx"), 2, "does not exist"),
        (("add", __file__), 2, "a file of type .py is no model"),
        (("remove", "watch"), 2, "no model is called watch"),
    ],
)
def test_mistakes_are_said(arguments: tuple[str, ...], code: int, message: str) -> None:
    """With an exit code that tells the user's from the model's."""
    done = ringwatch("models", *arguments)

    assert done.returncode == code
    assert message in done.stderr
