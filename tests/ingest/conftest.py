"""Clips that are made once for all of ingest's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.clips import ClipSpec, make_clip


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of H.264 at 10 pictures a second, a keyframe each second."""
    return make_clip(tmp_path_factory.mktemp("clips") / "gate.mp4")


@pytest.fixture(scope="session")
def reordered_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two B-frames between its reference pictures."""
    return make_clip(tmp_path_factory.mktemp("clips") / "reordered.mp4", ClipSpec(b_frames=2))
