"""`ringwatch alerts`."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from alerts.codec import encode
from alerts.queue import AlertQueue, Entry
from alerts.schema import json_schema
from config.model import Severity
from detect.messages import Phase
from ringwatch.alert_lines import COLUMNS, AlertLines, age, local_time
from ringwatch.cli import run
from tests.alerts.making import START, occurrence
from tests.redis_server import RedisProcess
from tests.services import eventually

pytestmark = pytest.mark.usefixtures("logs_left_alone")


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in the county."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def full_queue(queue: AlertQueue) -> AlertQueue:
    queue.publish(encode(occurrence(1)))
    queue.publish(encode(occurrence(2, camera="outer-21", camera_name="北岭检查站入口", severity=Severity.CRITICAL)))
    queue.publish(encode(occurrence(1, 2, phase=Phase.CLEARED)))
    return queue


def lines_of(*entries: Entry) -> list[str]:
    screen = io.StringIO()
    lines = AlertLines(screen, clock=lambda: START + timedelta(minutes=4))
    for entry in entries:
        lines.show(entry)
    return screen.getvalue().splitlines()


def test_the_newest_alerts_are_shown_oldest_first(
    full_queue: AlertQueue, redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a revision, as they came, under one line of headings."""
    assert run(["alerts", "--url", redis_process.url]) == 0

    headings, *lines = capsys.readouterr().out.splitlines()
    assert headings.split()[:1] + headings.split()[2:] == [column.heading for column in COLUMNS]
    assert [line.split()[-7:] for line in lines] == [
        ["high", "raised", "inner-01", "东门卡口", "inner", "post.absent", "post"],
        ["critical", "raised", "outer-21", "北岭检查站入口", "inner", "post.absent", "post"],
        ["high", "cleared", "inner-01", "东门卡口", "inner", "post.absent", "post"],
    ]


def test_chinese_names_do_not_push_the_columns_apart(full_queue: AlertQueue) -> None:
    """A Chinese character takes two cells: what follows the name begins in the same cell on every line."""
    headings, *lines = lines_of(*full_queue.newest(10))

    at = cell_len(headings[: headings.index("rule")])
    assert [cell_len(line[: line.index("post.absent")]) for line in lines] == [at] * 3


def test_a_name_too_long_for_its_column_is_cut(queue: AlertQueue) -> None:
    """At a whole character, never in the middle of one."""
    queue.publish(encode(occurrence(camera_name="一二三四五六七八九十")))

    (_, line) = lines_of(*queue.newest(1))

    assert "一二三四五六七八  inner" in line


def test_a_name_cannot_drive_the_terminal(queue: AlertQueue) -> None:
    """Other systems write into the queue too."""
    queue.publish(encode(occurrence(camera_name="\x1b[2Jgone")))

    (_, line) = lines_of(*queue.newest(1))

    assert "\x1b" not in line


def test_times_are_this_machines_with_the_age_beside_them(shanghai: None, full_queue: AlertQueue) -> None:
    """08:01:01 UTC is 16:01:01 in the county; four minutes after eight that is two minutes ago."""
    (_, line, *_) = lines_of(*full_queue.newest(10))

    assert line.split()[:2] == ["16:01:01", "2m"]


def test_the_heading_says_whose_times_they_are(shanghai: None, full_queue: AlertQueue) -> None:
    """The record is read in the network's zone, and this machine's may be another."""
    (heading, *_) = lines_of(*full_queue.newest(10))

    assert heading.startswith("time +08:00     age")


def test_an_alert_of_another_day_carries_its_date(shanghai: None) -> None:
    """Midnight here, not in Greenwich, is where the day changes."""
    assert local_time(START, START + timedelta(hours=7, minutes=59)) == "16:00:00"
    assert local_time(START, START + timedelta(hours=8)) == "01-01 16:00:00"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-3), "0s"),
        (timedelta(seconds=59), "59s"),
        (timedelta(minutes=5), "5m"),
        (timedelta(hours=23, minutes=59), "23h"),
        (timedelta(days=2, hours=5), "2d"),
    ],
)
def test_an_age_is_said_in_the_unit_that_matters(span: timedelta, text: str) -> None:
    """A camera's clock ahead of ours is no age below nothing."""
    assert age(span) == text


def test_severities_are_told_apart_by_colour(full_queue: AlertQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal; a file gets plain text."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    (_, high, critical, _) = lines_of(*full_queue.newest(10))
    assert "\x1b[1;31mhigh" in high
    assert "\x1b[1;37;41mcritical" in critical

    monkeypatch.delenv("FORCE_COLOR")
    assert "\x1b" not in "".join(lines_of(*full_queue.newest(10)))


def test_json_is_one_object_a_line_and_nothing_else(
    full_queue: AlertQueue, redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """The body as it was published, and where it stands in the stream; what cannot be read goes to stderr."""
    full_queue.publish({"v": "9", "body": "{}"})
    assert run(["alerts", "--url", redis_process.url, "--json", "--limit", "3"]) == 0

    out, err = capsys.readouterr()
    printed = [json.loads(line) for line in out.splitlines()]
    entries = full_queue.newest(3)
    assert printed == [{"entry": entry.id} | json.loads(entry.fields["body"]) for entry in entries[:2]]
    assert f"entry {entries[2].id} cannot be read: the entry has schema version '9'" in err


def test_looking_leaves_everything_to_the_desk(
    full_queue: AlertQueue, redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """No group is made, nothing is taken or acknowledged."""
    before = redis_process.command("xinfo", "stream", "ringwatch:alerts")

    run(["alerts", "--url", redis_process.url])

    assert redis_process.command("xinfo", "stream", "ringwatch:alerts") == before


def test_the_nodes_own_queue_is_found_in_its_data_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By --data, or by the environment."""
    process = RedisProcess(tmp_path / "redis")
    process.start()
    try:
        queue = AlertQueue(process.url)
        queue.publish(encode(occurrence()))
        queue.close()
        assert run(["alerts", "--data", str(tmp_path), "--json"]) == 0
        monkeypatch.setenv("RINGWATCH_DATA", str(tmp_path))
        assert run(["alerts", "--json"]) == 0
    finally:
        process.kill()
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_node_that_does_not_run_is_exit_3_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nothing on stdout."""
    assert run(["alerts", "--data", str(tmp_path)]) == 3

    out, err = capsys.readouterr()
    assert out == ""
    assert "Is the node running? Name its data folder with --data, or the queue with --url." in err


def test_a_url_that_is_no_queue_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The argument is wrong, not the service."""
    assert run(["alerts", "--url", "http://ops:hunter2@host"]) == 2
    assert "write redis://HOST:6379/0, rediss:// for TLS, or unix:///PATH" in capsys.readouterr().err


def test_an_empty_queue_shows_nothing(redis_process: RedisProcess, capsys: pytest.CaptureFixture[str]) -> None:
    """Quiet is a good answer."""
    assert run(["alerts", "--url", redis_process.url]) == 0
    assert capsys.readouterr().out == ""


def test_the_schema_is_printed_for_integrations(capsys: pytest.CaptureFixture[str]) -> None:
    """No queue is needed for that."""
    assert run(["alerts", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_following_goes_on_through_a_restart_of_redis_until_ctrl_c(
    full_queue: AlertQueue, redis_process: RedisProcess, tmp_path: Path
) -> None:
    """Alerts appear as they come; Ctrl-C is a normal end."""
    shown = tmp_path / "shown.jsonl"
    command = [sys.executable, "-m", "ringwatch", "alerts", "--follow", "--json", "--limit", "1"]
    with shown.open("wb") as out:
        process = subprocess.Popen([*command, "--url", redis_process.url], stdout=out, stderr=subprocess.PIPE)
    try:

        def numbers() -> list[tuple[str, int]]:
            return [(line["id"], line["rev"]) for line in map(json.loads, shown.read_text().splitlines())]

        eventually(lambda: numbers() == [("ev-1", 2)], "it begins with the newest", timeout_s=20)
        full_queue.publish(encode(occurrence(3)))
        eventually(lambda: numbers()[1:] == [("ev-3", 1)], "it goes on live")
        redis_process.restart()
        full_queue.publish(encode(occurrence(4)))
        eventually(lambda: numbers()[2:] == [("ev-4", 1)], "it goes on after a restart")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_an_interrupt_that_something_swallows_ends_it_all_the_same(
    full_queue: AlertQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that comes while the interpreter lets go of an object is told and forgotten."""
    waits: list[str] = []

    def after(_queue: AlertQueue, last: str, _block_s: float) -> tuple[Entry, ...]:
        waits.append(last)
        assert len(waits) < 3
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return ()

    monkeypatch.setattr(type(full_queue), "after", after)
    monkeypatch.setattr("ringwatch.commands.alerts.open_queue", lambda *_: full_queue)

    assert run(["alerts", "--follow"]) == 0
    assert len(waits) == 1


def test_a_reader_that_has_seen_enough_is_no_failure(full_queue: AlertQueue, redis_process: RedisProcess) -> None:
    """`ringwatch alerts | head -1` ends quietly."""
    command = [sys.executable, "-m", "ringwatch", "alerts", "--json", "--url", redis_process.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()

    _, complaint = process.communicate(timeout=30)

    assert complaint == b""


@pytest.mark.parametrize("url", ["redis://ops:hunter2@[::1/0", "redis://ops:hunter2@host/alerts", "hello"])
def test_a_url_that_cannot_be_read_is_exit_2_without_its_password(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Here and below it."""
    assert run(["alerts", "--url", url]) == 2
    assert run(["alerts", "dead-letters", "--url", url]) == 2

    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize(("command", "words"), [("load", "there is no record in"), ("dead-letters", "--data")])
def test_what_stands_before_a_command_holds_for_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, words: str
) -> None:
    """`ringwatch alerts --data DIR load` looks into DIR."""
    assert run(["alerts", "--data", str(tmp_path / "here"), command]) == 3

    said = capsys.readouterr().err
    assert f"{tmp_path / 'here'}" in said
    assert words in said
