from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from ringwatch.training.errors import TrainingError
from ringwatch.training.prepared import INDEX, PIXELS, Prepared, load, save, split
from tests.ringwatch.training.given import UPRIGHT, WIDE, picture

MANY = [picture((0, UPRIGHT), source=source, seed=seed) for source in ("a", "b", "c") for seed in range(20)]


def test_a_source_is_on_one_side_of_the_split() -> None:
    """The figures are of pictures that nothing alike was learnt from."""
    prepared = split(MANY, frozenset({"b"}), seed=1)

    assert {one.source for one in prepared.held_out} == {"b"}
    assert {one.source for one in prepared.train} == {"a", "c"}


def test_without_a_source_named_a_few_scenes_are_held_out() -> None:
    """The same ones for the same seed, and whole."""
    several = [replace(one, scene=str(number // 2)) for number, one in enumerate(MANY)]
    prepared, again, other = (split(several, frozenset(), seed=seed) for seed in (1, 1, 2))

    assert prepared == again != other
    assert 0 < len(prepared.held_out) < 10
    held = {(one.source, one.scene) for one in prepared.held_out}
    assert not held & {(one.source, one.scene) for one in prepared.train}


@pytest.mark.parametrize(
    ("pictures", "held_out", "message"),
    [
        (MANY, {"d"}, "no picture is of source d: there are a, b, c"),
        (MANY, {"a", "b", "c"}, "too few labelled pictures"),
        ([picture(), picture(source="x")], {"x"}, "too few labelled pictures"),
    ],
)
def test_a_split_that_leaves_nothing_is_told(pictures: list[object], held_out: set[str], message: str) -> None:
    """With what there is."""
    with pytest.raises(TrainingError, match=message):
        split(pictures, frozenset(held_out), seed=1)  # type: ignore[arg-type]


def prepared() -> Prepared:
    full = replace(picture((0, UPRIGHT), (1, WIDE), complete=frozenset({1})), ignored=(WIDE,))
    return Prepared(train=(full, picture(seed=1)), held_out=(picture((1, WIDE), source="x"),))


def test_what_was_prepared_comes_back_whole(tmp_path: Path) -> None:
    """Every box, every byte."""
    save(prepared(), tmp_path)

    assert load(tmp_path) == prepared()


def test_what_is_half_written_is_prepared_again(tmp_path: Path) -> None:
    """A run that was killed while it wrote."""
    assert load(tmp_path) is None
    save(prepared(), tmp_path)
    (tmp_path / PIXELS).write_bytes((tmp_path / PIXELS).read_bytes()[:-1])
    assert load(tmp_path) is None
    save(prepared(), tmp_path)
    (tmp_path / INDEX).write_text("{")
    assert load(tmp_path) is None


def test_a_full_disk_is_told_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In mid-run, as disks fill."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ringwatch.training.prepared.os.fsync", full)
    with pytest.raises(TrainingError, match="No space left on device; make room"):
        save(prepared(), tmp_path)

    assert list(tmp_path.iterdir()) == []
