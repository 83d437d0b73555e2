from __future__ import annotations

from collections.abc import Mapping

import pytest

from sample_streams import cutouts as cuts
from tests.sample_streams.samples import made_samples


@pytest.fixture(scope="session")
def cutouts() -> Mapping[str, cuts.Cutout]:
    return made_samples().cutouts()
