"""People and vehicles cut out of pictures and put into others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ringwatch.training.cut_outs import CutOut, cut_outs
from ringwatch.training.pasting import Stock, paste
from ringwatch.training.pictures import Corners, Picture, Target
from tests.ringwatch.training.given import UPRIGHT, picture

AROUND: Corners = (0.195, 0.19, 0.305, 0.81)
EMPTY = np.zeros((0, 4), np.float32), np.zeros(0, np.int64)


def test_what_stands_alone_is_cut_out_along_its_outline() -> None:
    """A bright bar that fills most of its box: it is taken, and what is beside it is not."""
    (cut,) = cut_outs([standing()], seed=1)

    there = cut.pixels[:, :, 3] == 255
    assert cut.wanted == 0
    assert (cut.pixels[:, :, :3][there].min(axis=1) > 180).mean() > 0.9
    assert 0.5 < there.mean() < 0.95


def standing(seed: int = 0, scene: str | None = None) -> Picture:
    """A bar, in a box with some room around it."""
    shown = picture((0, UPRIGHT), seed=seed)
    return replace(shown, targets=(Target(wanted=0, box=AROUND),), scene=scene or shown.scene)


@pytest.mark.parametrize(
    ("boxes", "why"),
    [
        (((0, (0.0, 0.2, 0.1, 0.8)),), "it goes on beyond the picture's edge"),
        (((0, (0.2, 0.2, 0.25, 0.4)),), "too small for an outline"),
        (((0, UPRIGHT), (1, (0.1, 0.3, 0.4, 0.9))), "something stands before it"),
    ],
)
def test_what_cannot_be_cut_out_is_left(boxes: tuple[tuple[int, Corners], ...], why: str) -> None:
    cuts = cut_outs([picture(*boxes)], seed=1)

    assert not [cut for cut in cuts if cut.wanted == 0], why


def test_one_scene_gives_few() -> None:
    """Ten frames of one camera show one person, not ten."""
    assert len(cut_outs([standing(seed, "gate") for seed in range(10)], seed=1)) == 8


def test_the_same_pictures_give_the_same_cut_outs() -> None:
    shown = [standing(seed) for seed in range(6)]

    first, second = cut_outs(shown, seed=2), cut_outs(shown, seed=2)

    assert len(first) == len(second) == 6
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(first, second, strict=True))


def test_what_is_put_in_is_there_and_labelled() -> None:
    """On black, every box holds something bright."""
    stock = Stock([bright()])
    rng = np.random.default_rng(5)
    put = nameless = 0
    for _ in range(80):
        image = np.zeros((96, 160, 3), np.uint8)
        boxes, classes = paste(image, EMPTY, stock, rng)
        put += len(boxes)
        for left, top, right, bottom in boxes.astype(int):
            assert image[top:bottom, left:right].max() > 100
        nameless += bool(image.any()) and not len(boxes)
        assert (classes == 0).all()
    assert put > 20
    assert nameless > 5, "things that are none of the classes are put in as well"


def test_what_it_hides_is_no_longer_there() -> None:
    """A small thing in the middle of the canvas goes when something large is put before it, and only then."""
    stock = Stock([bright(high=120, wide=120)])
    small = np.array([[70, 40, 80, 50]], np.float32), np.array([1])
    hidden = kept = 0
    for seed in range(60):
        image = np.zeros((96, 160, 3), np.uint8)
        boxes, classes = paste(image, small, stock, np.random.default_rng(seed))
        covered = image[40:50, 70:80].mean() > 100
        hidden += covered and 1 not in classes
        kept += not covered and 1 in classes
        assert len(boxes) == len(classes)
    assert hidden > 5
    assert kept > 20


def test_an_empty_stock_changes_nothing() -> None:
    image = np.zeros((96, 160, 3), np.uint8)

    assert paste(image, EMPTY, Stock(()), np.random.default_rng(1)) == EMPTY
    assert not image.any()


def bright(high: int = 60, wide: int = 20) -> CutOut:
    return CutOut(wanted=0, pixels=np.full((high, wide, 4), 255, np.uint8))
