"""The record on a PostgreSQL server, from a terminal: every command that looks at it or acts on it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringwatch.cli import run
from storage.database import Database
from tests.alerts.making import occurrence
from tests.storage.deliveries import record

pytestmark = pytest.mark.usefixtures("logs_left_alone")


@pytest.fixture
def config(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network whose record is on the server, and a data folder without one."""
    monkeypatch.setenv("RINGWATCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("RECORD", postgres_url)
    (tmp_path / "data").mkdir()
    file = tmp_path / "network.yaml"
    file.write_text(
        "storage: {database: '${RECORD}'}\n"
        "roster: {operators: [{id: desk-1, name: 一号席}],\n"
        "  shifts: [{name: 白班, hours: '00:00-12:00'}, {name: 夜班, hours: '12:00-24:00'}]}\n"
        "cameras: [{id: inner-01, name: 东门卡口, ring: inner, stream: {sub: 'rtsp://192.0.2.1/sub'}}]\n",
        "utf-8",
    )
    return str(file)


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """Two alerts of ten minutes ago are on record."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    with closing(Database(postgres_url)) as database:
        database.create()
        for number in (1, 2):
            one = occurrence(number, camera="inner-01", zone=f"z-{number}", started_at=at, captured_at=at, raised_at=at)
            record(database, one)
        yield database


def test_the_whole_desk_works_on_a_server(config: str, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Answering, exporting, the load, the handover, the channels."""
    on = ["--config", config]
    acts = [
        ["claim", "ev-1", "ev-2", "--by", "desk-1"],
        ["ack", "ev-1", "--why", "rang the post", "--by", "desk-1"],
        ["resolve", "ev-1", "--as", "true", "--by", "desk-1"],
        ["shelve", "ev-2", "--for", "30m", "--why", "the mast is painted", "--by", "desk-1"],
        ["out-of-service", "ev-2", "--for", "1h", "--why", "works", "--by", "desk-1"],
    ]
    for words in acts:
        assert run(["alerts", *words, *on]) == 0, capsys.readouterr().err
    capsys.readouterr()
    assert [step.act.value for step in database.steps("ev-1")] == ["claim", "acknowledge", "resolve"]
    assert [alert.id for alert in database.shelved()] == ["ev-2"]

    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert run(["alerts", "export", "--from", since, "--to", datetime.now(UTC).isoformat(), "--csv", *on]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out.lstrip("\ufeff"))))
    assert {row["id"] for row in rows} == {"ev-1", "ev-2"}

    assert run(["alerts", "load", "--json", *on]) == 0
    assert json.loads(capsys.readouterr().out)
    assert run(["handover", config, "--accept", "--by", "desk-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pending"] is False
    assert run(["notify", config]) == 0


def test_a_server_that_is_away_is_exit_3(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, without the password."""
    monkeypatch.setenv("RECORD", "postgresql://duty:hunter2@127.0.0.1:1/ringwatch")

    assert run(["alerts", "open", "--config", config]) == 3
    said = capsys.readouterr().err
    assert "does not answer" in said
    assert "hunter2" not in said
