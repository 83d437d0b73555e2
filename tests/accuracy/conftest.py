from __future__ import annotations

from collections.abc import Mapping

import pytest

from sample_streams import cutouts as cuts
from sample_streams.catalogue import default_folder
from tests.sample_streams.samples import made_samples


@pytest.fixture(scope="session")
def cutouts() -> Mapping[str, cuts.Cutout]:
    made_samples()
    (kept,) = default_folder().glob("cutouts-*.npz")
    return cuts.load(kept)
