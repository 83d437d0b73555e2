"""`ringwatch alerts claim`, `ack`, `resolve`, `shelve` … and `export`: the record from a terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.lifecycle import Act
from config.model import Ring
from ringwatch.cli import run
from ringwatch.layout import Layout
from storage.database import Database
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import record

pytestmark = pytest.mark.usefixtures("logs_left_alone")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RINGWATCH_DATA", str(tmp_path))
    monkeypatch.setenv("RINGWATCH_SEAT", "desk-1")
    return tmp_path


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    with closing(Database(Layout(data).record_url)) as database:
        database.create()
        yield database


def test_an_alert_is_answered_from_the_terminal(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """With the same steps on record as from the page."""
    record(database, occurrence(1), occurrence(2))

    assert run(["alerts", "claim", "ev-1", "ev-2"]) == 0
    assert run(["alerts", "ack", "ev-1", "--why", "rang the post"]) == 0
    assert run(["alerts", "resolve", "ev-1", "--as", "true", "--json"]) == 0
    printed = capsys.readouterr().out.splitlines()

    assert printed[0].startswith(
        "ev-1: claimed by desk-1, active, high post.absent inner-01 东门卡口, raised 2026-01-01 16:01"
    )
    assert json.loads(printed[-1])["disposition"] == "true"
    assert [step.act.value for step in database.steps("ev-1")] == ["claim", "acknowledge", "resolve"]


def test_what_is_refused_is_said_and_the_rest_is_done(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """With who holds it."""
    record(database, occurrence(1), occurrence(2))
    run(["alerts", "claim", "ev-1", "--by", "desk-2"])

    assert run(["alerts", "claim", "ev-1", "ev-2", "ev-9"]) == 1
    said = capsys.readouterr()
    assert "ev-1: desk-2 holds it: take it over" in said.err
    assert "ev-9: no such alert is on record" in said.err
    assert "2 of 3 refused" in said.err
    assert "ev-2: claimed by desk-1" in said.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["claim", "ev-1", "--by", "Wang Wei"], 1, "Wang Wei is not a seat: write for example desk-1"),
        (["claim", "ev-1", "--by", "system"], 1, "system is not a seat"),
        (["claim"], 2, "Missing argument"),
        (["resolve", "ev-1", "--as", "maybe"], 2, "'maybe' is not one of"),
        (["ack", "ev-1"], 2, "Missing option '--why'"),
        (["shelve", "ev-1", "--why", "x", "--for", "ages"], 2, "is not a duration"),
        (["shelve", "ev-1", "--why", "x", "--for", "3d"], 1, "nothing is shelved for more than 24 hours"),
        (["export", "--from", "soon", "--csv"], 2, "'soon' is not a date or a time: write for example 2026-11-24"),
        (["export", "--from", "2026-01-02", "--to", "2026-01-01"], 2, "it must end after it begins"),
        (["shelve", "ev-1", "--why", "x", "--for", "9999999999d"], 2, "longer than a hundred years"),
        (["note", "ev-1", "--why", "x" * 2001], 1, "that is 2001 characters: write 2000 at most"),
        (["note", "ev-1", "--why", "\udcff"], 1, "that is not UTF-8 text"),  # a terminal that speaks GBK
        (["take-over", "ev-1"], 1, "ev-1: it is new: nobody holds it: claim it"),
        (
            ["out-of-service", "ev-1", "--why", "x", "--for", "2h", "--rule", "post.sleep"],
            1,
            "did you mean post.asleep?",
        ),
        (["out-of-service", "ev-1", "--why", "x", "--for", "30000d"], 1, "for more than a year"),
        (["export", "--from", "2026-01-01", "--excel"], 2, "--excel marks a table: say --csv too"),
        (["export", "--from", "0001-01-01"], 2, "'0001-01-01' is not a date or a time"),
        (["export", "--from", "2999-01-01"], 2, "Invalid value for --from: it is still to come"),
        (["claim", "ev-1", "--data", "/nowhere"], 3, "there is no record of alerts in /nowhere"),
    ],
)
def test_what_cannot_be_is_said(
    database: Database, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    """With what to write instead."""
    record(database, occurrence(1))

    assert run(["alerts", *arguments]) == code
    said = capsys.readouterr()
    assert (said.out, words in said.err) == ("", True), said
    assert database.steps("ev-1") == ()
    assert database.out_of_service() == ()


def test_silence_is_set_and_listed(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Shelves with their end, windows with their number, by which they are ended."""
    record(database, occurrence(1), occurrence(2))
    assert run(["alerts", "shelve", "ev-1", "--why", "a lamp swings", "--for", "1h"]) == 0
    assert run(["alerts", "out-of-service", "ev-2", "--why", "the mast is painted", "--for", "4h"]) == 0
    capsys.readouterr()

    assert run(["alerts", "open"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in listed if line.startswith("ev-")] == ["ev-1"]
    (window,) = database.out_of_service()
    assert any(line.startswith("shelved until") and "inner-01/post.absent/post" in line for line in listed)
    assert any(line.startswith(f"out of service {window.number} until") for line in listed)
    assert run(["alerts", "back-in-service", str(window.number)]) == 0
    assert run(["alerts", "unshelve", "ev-1"]) == 0
    assert database.out_of_service() == ()


def test_what_is_out_of_the_ordinary_stands_in_the_line(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """How often it came, how far it went up, until when it is shelved; a name drives no terminal."""
    record(database, occurrence(1, camera_name="东门\x1b[2J"), occurrence(2))
    database.act("ev-1", Act.ESCALATE, "system", level=2)
    run(["alerts", "shelve", "ev-1", "--why", "a lamp swings", "--for", "1h"])

    shelved = capsys.readouterr().out
    assert "post.absent inner-01 东门�[2J, raised 2026-01-01" in shelved
    assert "escalated 2" in shelved
    assert "shelved until" in shelved
    run(["alerts", "open", "--json"])
    run(["alerts", "open"])
    lines = capsys.readouterr().out.splitlines()
    assert any(
        line.startswith("shelved until") and line.endswith("inner-01/post.absent/post, by ev-1") for line in lines
    )


def test_what_an_incident_holds_stands_below_it(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Set in, whatever was raised between."""
    record(
        database,
        *(occurrence(n, rule="camera.offline", zone="", camera=f"inner-0{n}") for n in range(1, 6)),
        occurrence(6, camera="middle-01", ring=Ring.MIDDLE),
    )
    capsys.readouterr()

    assert run(["alerts", "open"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (head,) = [number for number, line in enumerate(lines) if line.startswith("in-")]
    assert [line.split(":")[0] for line in lines[head + 1 : head + 6]] == [f"  ev-{n}" for n in range(1, 6)]
    assert [line.split(":")[0] for line in lines if line.startswith("ev-")] == ["ev-6"]


def test_a_period_is_exported_as_a_table(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Times in the network's time zone; a date is the whole day; no cell is a formula."""
    day = timedelta(days=1)
    record(
        database,
        occurrence(1, camera_name="=HYPERLINK(1)"),
        occurrence(2, captured_at=START + day, started_at=START + day, raised_at=START + day),
    )
    run(["alerts", "claim", "ev-1"])
    capsys.readouterr()

    assert run(["alerts", "export", "--from", "2026-01-01", "--to", "2026-01-01", "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["id"], row["handling"], row["handler"]) == ("ev-1", "claimed", "desk-1")
    assert row["raised_at"] == "2026-01-01 16:01:01+08:00"
    assert row["camera_name"] == "'=HYPERLINK(1)"
    assert float(row["seconds_to_claim"]) > 0
    assert (row["resolved_at"], row["seconds_to_resolve"]) == ("", "")


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\n=1", "＝1+1", "＠SUM(1)"])
def test_no_words_of_an_operator_are_a_formula(
    database: Database, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    """Nor those that begin with a full-width sign."""
    record(database, occurrence(1, camera_name=words))

    assert run(["alerts", "export", "--from", "20260101", "--to", "20260101", "--csv"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["camera_name"] == f"'{words}"


def test_a_period_is_exported_as_json_lines(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """All of it, however many there are."""
    many = [occurrence(n, captured_at=START + timedelta(seconds=n // 3)) for n in range(1, 1103)]
    record(database, *many)

    assert run(["alerts", "export", "--from", "2026-01-01 16:00", "--to", "2026-01-01T09:00:00+00:00"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["id"] for line in lines} == {one.id for one in many}
    assert len(lines) == len(many)
    assert datetime.fromisoformat(lines[0]["raised_at"]).astimezone(UTC) == START
