from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.clips import ClipSpec, make_clip


@pytest.fixture(scope="session")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that a vehicle sends: ten pictures a second."""
    return make_clip(tmp_path_factory.mktemp("drive") / "drive.mp4", ClipSpec(seconds=4, size=(320, 192)))
