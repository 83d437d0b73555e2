from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ringwatch.training.augment import compose, spoil
from tests.ringwatch.training.given import UPRIGHT, WIDE, drawn, picture

SIZE = (160, 96)
FOUR = [picture((0, UPRIGHT), (1, WIDE), seed=seed) for seed in range(4)]


def test_the_same_numbers_give_the_same_picture() -> None:
    """Whatever the machine: the same command gives the same model."""
    first, again, other = (compose(FOUR, SIZE, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert first.image.tobytes() == again.image.tobytes() != other.image.tobytes()
    assert first.boxes.tobytes() == again.boxes.tobytes()


@pytest.mark.parametrize("seed", range(40))
def test_a_box_holds_what_it_is_about(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the picture was turned: inside the box of a person it is bright, in a vehicle's dark."""
    monkeypatch.setattr("ringwatch.training.augment.spoil", lambda image, _rng: image)
    canvas = compose(FOUR, SIZE, np.random.default_rng(seed))

    assert canvas.image.shape == (SIZE[1], SIZE[0], 3)
    for (x0, y0, x1, y1), wanted in zip(canvas.boxes, canvas.classes, strict=True):
        assert 0 <= x0 < x1 <= SIZE[0]
        assert 0 <= y0 < y1 <= SIZE[1]
        if min(x1 - x0, y1 - y0) > 8:
            middle = canvas.image[int((y0 + y1) / 2), int((x0 + x1) / 2)].mean()
            assert middle > 150 if wanted == 0 else middle < 90


def test_what_is_ignored_is_painted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It teaches neither that something is there nor that nothing is."""
    monkeypatch.setattr("ringwatch.training.augment.spoil", lambda image, _rng: image)
    vague = replace(picture((0, UPRIGHT)), targets=(), ignored=(UPRIGHT,))
    known = replace(vague, ignored=())

    with_it, without = (compose([one], SIZE, np.random.default_rng(3)).image for one in (known, vague))

    assert (with_it > 200).any()
    assert (without > 200).mean() < 0.1 * (with_it > 200).mean()  # an edge may stay


def test_a_night_a_dusk_and_a_day_come_of_one_picture() -> None:
    """Grey as in infrared, dark as at dusk, and in colour."""
    image = drawn((0, UPRIGHT), (1, WIDE))
    image[:, :, 2] //= 2
    spoiled = [spoil(image, np.random.default_rng(seed)) for seed in range(60)]

    grey = [one for one in spoiled if np.abs(one[:, :, 0].astype(int) - one[:, :, 2]).mean() < 3]
    dark = [one for one in spoiled if one.mean() < 45]
    assert 5 <= len(grey) <= 25
    assert dark
    assert all(one.shape == image.shape for one in spoiled)
