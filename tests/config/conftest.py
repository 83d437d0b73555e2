from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.written import Written


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """An empty folder to write configurations into."""
    return Written(tmp_path)
