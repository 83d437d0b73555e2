"""What is shown how often while a model learns."""

from __future__ import annotations

import numpy as np
import pytest

from ringwatch.training.trainer import shares


def test_a_source_counts_by_the_root_of_its_size() -> None:
    """A hundred pictures from elsewhere are shown ten times as often as a single frame, not a hundred times."""
    shown = shares(["elsewhere"] * 100 + ["gate"])

    assert shown.sum() == pytest.approx(1.0)
    assert shown[:100].sum() == pytest.approx(10 * shown[100])


def test_pictures_of_one_source_are_shown_alike() -> None:
    """Wherever in the set they lie."""
    shown = shares(["a", "b", "a", "b", "b"])

    assert shown[0] == shown[2]
    assert np.ptp(shown[[1, 3, 4]]) == 0
