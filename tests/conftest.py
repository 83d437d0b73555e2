"""What holds for every test: no model that this machine happens to have installed changes what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_server import PostgresServer, running_postgres


@pytest.fixture(autouse=True, scope="session")
def _no_installed_models(tmp_path_factory: pytest.TempPathFactory) -> None:
    patch = pytest.MonkeyPatch()
    patch.setenv("RINGWATCH_MODELS", str(tmp_path_factory.mktemp("no-models")))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process; it is started when the first of them asks."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Of a record that is a file."""
    return f"sqlite:///{tmp_path / 'record.sqlite'}"


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """Of an empty record on a server."""
    with postgres.record() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Of an empty record, once in a file and once on a server: nobody may tell the difference."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def logs_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of commands: loggers keep the stderr they were first used with; here it is one test's own, closed after it."""
    monkeypatch.setattr("ringwatch.cli.configure_logs", lambda **_: None)
