"""What holds for every test: no model that this machine happens to have installed changes what is seen."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def _no_installed_models(tmp_path_factory: pytest.TempPathFactory) -> None:
    patch = pytest.MonkeyPatch()
    patch.setenv("RINGWATCH_MODELS", str(tmp_path_factory.mktemp("no-models")))
