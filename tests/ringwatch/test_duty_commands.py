"""`ringwatch handover` and `ringwatch notify`: the duty room from a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from ringwatch.cli import run
from ringwatch.layout import Layout
from storage.database import Database
from tests.alerts.making import occurrence
from tests.storage.deliveries import record

pytestmark = pytest.mark.usefixtures("logs_left_alone")

CONFIG = """
network: {{name: t, timezone: Asia/Shanghai}}
roster:
  operators: [{{id: desk-1, name: 一号席}}, {{id: desk-2, name: 二号席}}]
  shifts:
    - {{name: 上班, hours: "00:00-12:00"}}
    - {{name: 下班, hours: "12:00-24:00"}}
notify: {{channels: [{{name: post, url: "{url}", severities: [critical]}}]}}
cameras:
  - {{id: inner-01, name: 东门卡口, ring: inner, stream: {{sub: "rtsp://192.0.2.1/sub"}}}}
"""


class Takes(BaseHTTPRequestHandler):
    """A channel that takes everything."""

    taken: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def channel() -> Iterator[tuple[str, list[bytes]]]:
    """The URL of a channel, and what it has been told."""
    Takes.taken = []
    with HTTPServer(("127.0.0.1", 0), Takes) as server:
        thread = Thread(target=server.serve_forever, name="channel")
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", Takes.taken
        server.shutdown()
        thread.join()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: tuple[str, list[bytes]]) -> Path:
    """A configuration, and a record with one open alert."""
    file = tmp_path / "network.yaml"
    file.write_text(CONFIG.format(url=channel[0]), "utf-8")
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("RINGWATCH_DATA", str(data))
    with closing(Database(Layout(data).record_url)) as database:
        database.create()
        record(database, occurrence(1))
    return file


def test_the_open_list_is_accepted_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By a seat of the shift; what it is told afterwards says who did."""
    assert run(["handover", str(config), "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert before["open"] == 1

    assert run(["handover", str(config), "--accept", "--by", "desk-1"]) == 0
    assert run(["handover", str(config), "--accept", "--by", "desk-2"]) == 1
    assert "desk-1) has accepted the open list of this shift already" in capsys.readouterr().err


def test_the_report_is_a_page_of_its_own(config: Path, tmp_path: Path) -> None:
    """In Chinese, or in English."""
    for language, word in (("zh", "交接"), ("en", "handover")):
        page = tmp_path / f"{language}.html"
        assert run(["handover", str(config), "--report", str(page), "--lang", language]) == 0
        text = page.read_text("utf-8")
        assert word in text.lower()
        assert "src=" not in text  # nothing is fetched from elsewhere


def test_a_channel_is_tried(config: Path, channel: tuple[str, list[bytes]], capsys: pytest.CaptureFixture[str]) -> None:
    """With a message that says it is a test."""
    assert run(["notify", str(config), "--test", "post"]) == 0
    assert len(channel[1]) == 1

    assert run(["notify", str(config)]) == 0
    assert "post" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["handover", "CONFIG", "--accept", "--by", "desk-9"], 1, "desk-9"),
        (["handover", "CONFIG", "--by", "desk-1"], 2, "without it nothing is accepted"),
        (["handover", "CONFIG", "--note", "all quiet"], 2, "without it nothing is accepted"),
        (["handover", "CONFIG", "--accept", "--by", "desk-1", "--note", "x" * 2001], 1, "write 2000 at most"),
        (["handover", "CONFIG", "--data", "/nowhere"], 3, "there is no record of alerts in /nowhere"),
        (["notify", "CONFIG", "--data", "/nowhere"], 3, "there is no record of alerts in /nowhere"),
        (["notify", "CONFIG", "--resend", "x"], 1, "no dead letter is called x"),
        (["notify", "CONFIG", "--test", "pots"], 2, "pots"),
    ],
)
def test_what_cannot_be_is_said(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    """In one line, with what to do."""
    given = [str(config) if word == "CONFIG" else word for word in arguments]

    assert run(given) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
