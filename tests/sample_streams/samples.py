"""The sample clips of this machine, made once for all tests; and brief ones, for the tests that make their own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.photographs import SampleError
from sample_streams.scenes import SCENES
from tests.services import unavailable

BRIEF = tuple(replace(scene, length_s=4.0) for scene in SCENES[:2])


def made_samples() -> Catalogue:
    """The whole catalogue, in this user's folder."""
    catalogue = Catalogue(default_folder())
    try:
        catalogue.ensure()
    except SampleError as error:
        unavailable(f"a package index ({error})")
    return catalogue


def folder_with_cutouts(folder: Path) -> Path:
    """`folder` with the cut-outs already in it, so that nothing is fetched."""
    made_samples()
    folder.mkdir(parents=True, exist_ok=True)
    for kept in default_folder().glob("cutouts-*.npz"):
        shutil.copy(kept, folder)
    return folder
