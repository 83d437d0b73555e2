from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sample_streams import cutouts as cuts
from sample_streams.catalogue import Catalogue, SampleClip
from tests.sample_streams.samples import folder_with_cutouts, made_samples


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return made_samples()


@pytest.fixture(scope="session")
def clips(catalogue: Catalogue) -> Mapping[str, SampleClip]:
    return {clip.name: clip for clip in catalogue.clips()}


@pytest.fixture(scope="session")
def cutouts(catalogue: Catalogue) -> Mapping[str, cuts.Cutout]:
    return catalogue.cutouts()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_with_cutouts(tmp_path / "samples")
