from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from detect.errors import ForbiddenModelError
from ringwatch.training.errors import TrainingError
from ringwatch.training.picture_sets import read_set
from tests.ringwatch.training.given import BOTH, write_set


def test_a_folder_and_a_tar_of_it_are_the_same_set(tmp_path: Path) -> None:
    """Pictures in the order of their names, boxes as corners, classes as they are to be trained."""
    folder = write_set(tmp_path / "set")
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as tar:
        tar.add(folder, arcname=".")

    pictures, licences = read_set(folder, BOTH)
    packed, _ = read_set(tmp_path / "set.tar.gz", BOTH)

    assert pictures == packed
    assert [one.source for one in pictures] == ["alpha"] * 6 + ["beta"] * 6
    assert [target.wanted for target in pictures[0].targets] == [0, 1]
    assert pictures[0].complete == {0, 1}
    assert "CC0" in licences["alpha"]


def test_what_a_source_has_not_labelled_is_not_background(tmp_path: Path) -> None:
    """Vehicles are complete only where cars, buses and trucks all are."""
    folder = write_set(tmp_path / "set")
    said = json.loads((folder / "sources.json").read_text())
    said["alpha"]["annotated"] = [0, 3]
    said["beta"]["annotated"] = [3, 4, 5]
    (folder / "sources.json").write_text(json.dumps(said))

    pictures, _ = read_set(folder, BOTH)

    assert {one.source: one.complete for one in pictures} == {"alpha": {0}, "beta": {1}}


def test_a_data_yaml_names_the_classes_of_a_set_of_one_source(tmp_path: Path) -> None:
    """Whatever they are called there."""
    folder = write_set(tmp_path / "set")
    (folder / "sources.json").unlink()
    (folder / "data.yaml").write_text("names: [pedestrian, tree, sky, van]\nlicense: CC0\n")

    pictures, _ = read_set(folder, BOTH)

    assert [target.wanted for target in pictures[0].targets] == [0, 1]
    assert pictures[0].complete == {0, 1}


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    """All at once, and with what to write."""
    folder = write_set(tmp_path / "set")
    (folder / "labels" / "alpha_000.txt").write_text(
        "9 0.5 0.5 0.1 0.1\n0 0.5 0.5 1.5 0.1\nperson here\n0 0.5 0.5 0 1\n"
    )
    (folder / "images" / "alpha_002.jpg").write_bytes(b"no picture")
    (folder / "images" / "gamma_001.jpg").write_bytes((folder / "images" / "beta_001.jpg").read_bytes())

    with pytest.raises(TrainingError) as error:
        read_set(folder, BOTH)

    lines = [line.removeprefix(f"{folder}: ") for line in str(error.value).splitlines()]
    assert lines == [
        "labels/alpha_000.txt:1: class 9 is out of range: the set has 7 classes",
        "labels/alpha_000.txt:2: the box 0.5 0.5 1.5 0.1 is out of the picture: write fractions from 0 to 1",
        "labels/alpha_000.txt:3: 'person here' is no label: write `class cx cy w h`",
        "labels/alpha_000.txt:4: the box 0.5 0.5 0 1 is out of the picture: write fractions from 0 to 1",
        "images/alpha_002.jpg: the picture cannot be decoded; remove it, or write it again",
        "images/gamma_001.jpg: its source 'gamma' is not in sources.json",
    ]


def test_of_many_mistakes_a_dozen_are_shown(tmp_path: Path) -> None:
    """And how many more there are."""
    folder = write_set(tmp_path / "set", count=20)
    for file in (folder / "labels").iterdir():
        file.write_text("9 9 9 9 9\n")

    with pytest.raises(TrainingError, match=r"\.\.\. and 8 more"):
        read_set(folder, BOTH)


def test_a_set_of_faces_or_plates_is_refused(tmp_path: Path) -> None:
    """The boundary holds for what is learnt, too."""
    folder = write_set(tmp_path / "set")
    (folder / "data.yaml").write_text("names: [person, face]\n")

    with pytest.raises(ForbiddenModelError, match="'face' tells of faces"):
        read_set(folder, BOTH)


@pytest.mark.parametrize(
    ("remove", "message"),
    [("sources.json", "neither data.yaml nor sources.json"), ("images", "no picture in it")],
)
def test_a_set_that_is_none_is_told(tmp_path: Path, remove: str, message: str) -> None:
    """With what it must hold."""
    folder = write_set(tmp_path / "set")
    path = folder / remove
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
    else:
        path.unlink()

    with pytest.raises(TrainingError, match=message):
        read_set(folder, BOTH)


def test_a_damaged_tar_is_told(tmp_path: Path) -> None:
    """Half of it is missing."""
    folder = write_set(tmp_path / "set")
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as tar:
        tar.add(folder, arcname=".")
    whole = (tmp_path / "set.tar.gz").read_bytes()
    (tmp_path / "set.tar.gz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(TrainingError, match=r"set\.tar\.gz: cannot be read as a folder or a tar of pictures"):
        read_set(tmp_path / "set.tar.gz", BOTH)
