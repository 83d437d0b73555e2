from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from config.model import DetectorChoice, Label
from detect.errors import ModelError
from detect.models import ModelStore, default_store, labels_of, load_detector
from tests.detect.graphs import constant_model, labels, ssd


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "store")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    return labels(constant_model(folder / "watch.onnx", ssd()), "person")


def chosen(model: str, base: Path, store: ModelStore) -> str:
    detector = load_detector(DetectorChoice(model=model), base=base, threads=1, store=store)
    detector.close()
    return detector.name


def test_auto_is_the_built_in_one_until_a_model_is_installed(store: ModelStore, made: Path, tmp_path: Path) -> None:
    """Then the newest."""
    assert chosen("auto", tmp_path, store) == "built-in"

    store.add(made, "first")
    store.add(made, "second")
    os.utime(store.folder / "first", (1e9, 1e9))

    assert chosen("auto", tmp_path, store) == "second"
    assert chosen("first", tmp_path, store) == "first"
    assert chosen("built-in", tmp_path, store) == "built-in"


def test_a_path_is_read_from_beside_the_configuration(store: ModelStore, made: Path, tmp_path: Path) -> None:
    """A file, or its folder."""
    assert chosen("made/watch.onnx", tmp_path, store) == "watch"
    assert chosen("made", tmp_path, store) == "made"
    assert chosen(str(made), Path("/"), store) == "watch"


def test_a_model_is_copied_whole(store: ModelStore, made: Path) -> None:
    """With the file that names its classes, so that the original may go."""
    added = store.add(made)
    shutil.rmtree(made.parent)

    assert (added.name, added.size) == ("watch", added.path.stat().st_size)
    assert labels_of(DetectorChoice(model=str(added.path)), base=Path()) == {Label.PERSON}


@pytest.mark.parametrize("name", ["auto", "built-in", "", ".hidden", "a/b", "a\\b"])
def test_a_name_that_means_something_else_is_refused(store: ModelStore, made: Path, name: str) -> None:
    """With the option that gives another."""
    if name:
        with pytest.raises(ModelError, match="give another with --name"):
            store.add(made, name)
    else:
        assert store.add(made, name).name == "watch"  # none given


def test_a_name_that_is_taken_is_refused(store: ModelStore, made: Path) -> None:
    """The model that has it stays as it is."""
    before = store.add(made)

    with pytest.raises(ModelError, match="is installed already: give another --name, or remove it first"):
        store.add(made)

    assert store.installed() == (before,)


def test_a_model_that_cannot_be_loaded_is_not_installed(store: ModelStore, tmp_path: Path) -> None:
    """It is tried first."""
    (tmp_path / "text.onnx").write_text("no model")

    with pytest.raises(ModelError, match=r"text\.onnx"):
        store.add(tmp_path / "text.onnx")

    assert not store.folder.exists()


def test_a_half_copied_model_is_not_seen(store: ModelStore, made: Path) -> None:
    """What a killed `models add` left behind, and a folder that holds none."""
    store.add(made)
    (store.folder / ".adding-x").mkdir()
    shutil.copy(made, store.folder / ".adding-x")
    (store.folder / "empty").mkdir()

    assert [one.name for one in store.installed()] == ["watch"]


@pytest.mark.parametrize("name", ["built-in", "auto"])
def test_what_is_not_installed_cannot_be_removed(name: str, store: ModelStore) -> None:
    """It was said that there is none of that name, and whether built-in was meant."""
    with pytest.raises(ModelError, match=f"{name} is no installed model, and cannot be removed"):
        store.remove(name)


def test_a_removed_model_is_gone(store: ModelStore, made: Path) -> None:
    """And an unknown one is told with the nearest."""
    store.add(made)
    with pytest.raises(ModelError, match=r"no model is called wach, .*did you mean watch\?"):
        store.remove("wach")

    store.remove("watch")

    assert store.installed() == ()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            "yolo26",
            "no model is called yolo26, and no file or folder: none is; add one with `ringwatch models add FILE`",
        ),
        ("text.txt", "a file of type .txt is no model; known are .engine, .onnx, .pt, .xml"),
        ("weights.bin", "the weights of an OpenVINO model; give the .xml file beside it"),
        ("two", r"holds 2 models \(a.onnx, b.onnx …\); name the file"),
        ("none", "holds no model file"),
    ],
)
def test_a_choice_that_names_no_model_says_what_to_do(
    store: ModelStore, tmp_path: Path, wanted: str, message: str
) -> None:
    """Each mistake in its own words."""
    (tmp_path / "text.txt").touch()
    (tmp_path / "weights.bin").touch()
    (tmp_path / "none").mkdir()
    (tmp_path / "two").mkdir()
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / "two" / name).touch()

    with pytest.raises(ModelError, match=message):
        chosen(wanted, tmp_path, store)


def test_the_store_is_where_the_environment_says(tmp_path: Path) -> None:
    """Else among the user's own data."""
    assert default_store({"RINGWATCH_MODELS": str(tmp_path)}).folder == tmp_path
    assert default_store({"XDG_DATA_HOME": "/d"}).folder == Path("/d/ringwatch/models")
    assert default_store({"HOME": "/home/a"}).folder == Path("/home/a/.local/share/ringwatch/models")


def test_a_store_that_cannot_be_made_is_said(made: Path) -> None:
    """With the folder and the reason."""
    with pytest.raises(ModelError, match=r"watch cannot be copied into /dev/null/store: Not a directory"):
        ModelStore(Path("/dev/null/store")).add(made)


@pytest.mark.parametrize("name", ["a" * 201, "车" * 67])
def test_a_name_that_is_longer_than_a_file_s_may_be_is_refused(store: ModelStore, made: Path, name: str) -> None:
    """Counted in bytes; before the model is loaded."""
    store.folder.mkdir()

    with pytest.raises(ModelError, match="a model's name has 200 bytes at most"):
        store.add(made, name)

    assert store.add(made, "a" * 200).name == "a" * 200


def test_a_choice_longer_than_any_file_s_name_names_no_model(store: ModelStore, tmp_path: Path) -> None:
    """As any other that is not there."""
    with pytest.raises(ModelError, match="no model is called aaaa"):
        chosen("a" * 300, tmp_path, store)
