"""The cut-outs: whole figures, without a face or lettering, and nothing else of the photograph kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from sample_streams import cutouts as cuts
from sample_streams.cutouts import Cutout, without_face

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEOPLE = tuple(cuts.PEOPLE)


def detail(grey: NDArray[np.uint8]) -> float:
    """How much fine structure there is: the energy of what a Laplacian leaves."""
    return float(np.square(cv2.Laplacian(grey, cv2.CV_32F)).mean())


def inner_head(cutout: Cutout) -> NDArray[np.uint8]:
    """The middle of the head, away from its outline."""
    assert cutout.head is not None
    x0, y0, x1, y1 = cutout.head
    across, down = (x1 - x0) // 3, (y1 - y0) // 4
    part = cutout.bgra[y0 + down : y1 - down, x0 + across : x1 - across, :3]
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.uint8)


def coat(cutout: Cutout) -> NDArray[np.uint8]:
    """A part of the clothing, for comparison."""
    assert cutout.head is not None
    x0, _, x1, y1 = cutout.head
    part = cutout.bgra[y1 + 20 : y1 + 100, x0 + 10 : x1 - 10, :3]
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.uint8)


@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_of_a_face_is_left(cutouts: Mapping[str, Cutout], name: str) -> None:
    """The head has hardly any fine structure, while the clothing keeps its own."""
    assert detail(inner_head(cutouts[name])) < 6
    assert detail(coat(cutouts[name])) > 60


@pytest.mark.parametrize("name", PEOPLE)
def test_a_head_is_no_more_than_a_few_colours(cutouts: Mapping[str, Cutout], name: str) -> None:
    """Reduced to a few pixels and enlarged again it stays as it is: it carries nothing that could be restored."""
    head = inner_head(cutouts[name])
    few = cv2.resize(head, (6, 6), interpolation=cv2.INTER_AREA)
    restored = cv2.resize(few, head.shape[::-1], interpolation=cv2.INTER_CUBIC)
    assert np.abs(restored.astype(int) - head.astype(int)).mean() < 4


def test_a_face_is_averaged_away_and_the_rest_left_as_it_was() -> None:
    """Fine structure within the head vanishes; not a pixel outside changes."""
    random = np.random.default_rng(1)
    picture = random.integers(0, 256, (120, 100, 3)).astype(np.uint8)
    before = picture.copy()
    head = (30, 20, 70, 80)
    blurred = without_face(picture, head)
    inside = np.zeros(picture.shape[:2], bool)
    inside[20:80, 30:70] = True
    assert np.array_equal(blurred[~inside], before[~inside])
    assert np.array_equal(picture, before)
    assert blurred[inside].std() < 0.1 * before[inside].std()


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_cut_out_whole(cutouts: Mapping[str, Cutout], name: str) -> None:
    """Upright, covered from head to foot, and with nothing round it."""
    alpha = cutouts[name].bgra[..., 3]
    height, width = alpha.shape
    assert height > 2 * width
    assert (alpha.max(axis=1) > 200).mean() > 0.97
    assert alpha[:5, :5].max() == 0
    assert alpha[:5, -5:].max() == 0


def test_the_bus_is_the_same_from_both_ends(cutouts: Mapping[str, Cutout]) -> None:
    """Half of it is hidden in the photograph, so the other half stands for both."""
    bus = cutouts["bus"].bgra
    assert bus.shape[1] > 2.5 * bus.shape[0]
    assert np.array_equal(bus, bus[:, ::-1])


@pytest.mark.parametrize("x0, y0, x1, y1, _", cuts.BUS_REPAIRS[:2])
def test_no_lettering_is_left_on_the_bus(
    cutouts: Mapping[str, Cutout], x0: int, y0: int, x1: int, y1: int, _: int
) -> None:
    """Where it was, every row is one colour."""
    half = cutouts["bus"].bgra[:, cuts.BUS_HALF[0] :]
    rows = half[y0 : min(y1, 200), x0 + 3 : min(x1, 220), :3].astype(int)
    assert np.ptp(rows, axis=1).max() <= 2


def test_colours_never_exceed_their_alpha(cutouts: Mapping[str, Cutout]) -> None:
    """They are multiplied by it, so that an outline brings no light of its own background."""
    for cutout in cutouts.values():
        assert (cutout.bgra[..., :3] <= cutout.bgra[..., 3:]).all()


def test_pixels_are_read_only(cutouts: Mapping[str, Cutout]) -> None:
    """Many scenes are drawn from them at once."""
    for cutout in cutouts.values():
        with pytest.raises(ValueError, match="read-only"):
            cutout.bgra[0, 0] = 0


def test_what_is_kept_comes_back_the_same(cutouts: Mapping[str, Cutout], tmp_path: Path) -> None:
    """Pixels and the place of each head, through the file."""
    path = tmp_path / "cutouts.npz"
    cuts.save(cutouts, path)
    again = cuts.load(path)
    assert again.keys() == cutouts.keys()
    for name, cutout in cutouts.items():
        assert np.array_equal(again[name].bgra, cutout.bgra)
        assert again[name].head == cutout.head
    assert [file.name for file in tmp_path.iterdir()] == ["cutouts.npz"]
