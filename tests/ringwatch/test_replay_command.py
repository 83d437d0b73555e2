"""`ringwatch replay` on real footage with a real model: raised and cleared when people really come and go."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from storage.counts import CountStore
from tests.footage import AT_THE_TABLE, TABLE, absences, clip, model
from tests.ingest.clips import ClipSpec, cut_short, make_clip, turned
from tests.services import REPOSITORY

AFTER_S = 4.0
CONFIG = f"""
detector: {{model: "MODEL"}}
cameras:
  - id: table
    name: 桌前
    ring: inner
    stream: {{sub: "rtsp://192.0.2.1/sub"}}
    zones: {{post: {{polygon: {TABLE}}}}}
    posts: [{{zone: post, absent_after: {AFTER_S:g}s, hours: "08:00-09:00"}}]
"""


def ringwatch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "ringwatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=REPOSITORY)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A post at the table of the clip, with a real model."""
    file = tmp_path / "network.yaml"
    file.write_text(CONFIG.replace("MODEL", str(model())), "utf-8")
    return file


def test_real_people_come_and_go_within_three_seconds_of_the_truth(config: Path) -> None:
    """Every absence of the footage is raised and cleared, nothing else is, and a second run prints the same bytes."""
    video = clip("one-by-one-person.mp4")
    first, second = (ringwatch("replay", video, "--config", config, "--camera", "table", "--json") for _ in range(2))

    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    events = [json.loads(line) for line in first.stdout.splitlines()]
    truth = absences(AT_THE_TABLE, AFTER_S)
    assert [event["phase"] for event in events] == [phase for phase, _ in truth]
    late = [event["at"] - due_s for event, (_, due_s) in zip(events, truth, strict=True)]
    assert max(map(abs, late)) <= 3.0, late
    assert {(event["rule"], event["camera"], event["zone"]) for event in events} == {("post.absent", "table", "post")}


def test_the_moment_the_clip_begins_at_decides_about_hours(config: Path) -> None:
    """The same clip, seen an hour too late for the post's hours."""
    done = ringwatch(
        "replay", clip("one-by-one-person.mp4"), "--config", config, "--camera", "table",
        "--start", "2026-01-01T09:00:00+08:00",
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "no events\n")


def test_a_camera_that_is_not_there_is_named_with_the_nearest(config: Path) -> None:
    """A typo, exit 2."""
    done = ringwatch("replay", clip("parcel-taken.mp4"), "--config", config, "--camera", "tabel")

    assert done.returncode == 2
    assert "the configuration has no camera tabel: did you mean table?" in done.stderr


def test_a_clip_that_is_none_is_told(config: Path, tmp_path: Path) -> None:
    """A text file with a video's name: exit 2, one line."""
    file = tmp_path / "gate.mp4"
    file.write_text("not a video")

    done = ringwatch("replay", file, "--config", config, "--camera", "table")

    assert done.returncode == 2
    assert "gate.mp4 cannot be replayed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_start_without_an_offset_is_told(config: Path) -> None:
    """Nobody guesses a time zone."""
    done = ringwatch(
        "replay", clip("parcel-taken.mp4"), "--config", config, "--camera", "table", "--start", "2026-01-01T09:00:00"
    )

    assert done.returncode == 2
    assert "does not say its offset from UTC" in done.stderr


def test_a_clip_that_is_to_be_turned_is_warned_of(config: Path, tmp_path: Path) -> None:
    """Footage of a phone: its zones are those of the picture as it is coded."""
    video = turned(make_clip(tmp_path / "clip.mp4"), tmp_path / "phone.mp4", 90)

    done = ringwatch("replay", video, "--config", config, "--camera", "table", "--model", "built-in")

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("judged as coded") == 1
    assert "phone.mp4" in done.stderr


def test_a_clip_that_was_cut_short_is_warned_of(config: Path, tmp_path: Path) -> None:
    """It replays as far as it goes, and says how far that is."""
    whole = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=20.0))
    video = cut_short(whole, tmp_path / "cut.mp4", 0.5)

    done, well = (
        ringwatch("replay", one, "--config", config, "--camera", "table", "--model", "built-in", "--json")
        for one in (video, whole)
    )

    (warning,) = (line for line in map(json.loads, done.stderr.splitlines()) if "header_says_s" in line)
    assert (done.returncode, warning["clip"], warning["header_says_s"]) == (0, "cut.mp4", 20.0)
    assert 7 < warning["ends_at_s"] < 13
    assert "header_says_s" not in well.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clip.mp4", "clip.mp4 itself: name another file"),
        ("network.yaml", "network.yaml itself: name another file"),
        ("nowhere/past.jsonl", "cannot be written to"),
    ],
)
def test_what_is_learnt_is_not_written_where_it_cannot_be(name: str, said: str, config: Path, tmp_path: Path) -> None:
    """Exit 2, before anything is replayed; the clip and the configuration stay as they were."""
    video = make_clip(tmp_path / "clip.mp4")
    before = {file: file.read_bytes() for file in (video, config)}

    done = ringwatch("replay", video, "--config", config, "--camera", "table", "--learn", tmp_path / name)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {file: file.read_bytes() for file in before} == before


def test_what_is_learnt_is_added_to_the_lines_it_is_compared_with_and_to_no_database(
    config: Path, tmp_path: Path
) -> None:
    """JSON lines may grow; a node's database would have them behind its last page."""
    video, lines, database = make_clip(tmp_path / "clip.mp4"), tmp_path / "past.jsonl", tmp_path / "ringwatch.sqlite"
    lines.touch()
    with closing(CountStore(f"sqlite:///{database}")) as store:
        store.create()
    before = database.read_bytes()

    arguments = ("--config", config, "--camera", "table", "--model", "built-in")
    codes = {
        past: ringwatch("replay", video, *arguments, "--baseline", past, "--learn", past).returncode
        for past in (lines, database)
    }

    assert codes == {lines: 0, database: 2}
    assert database.read_bytes() == before


def test_what_is_learnt_but_cannot_be_written_is_told(config: Path, tmp_path: Path) -> None:
    """In one line, after the events."""
    rule = "    rules: [{rule: unusual, classes: [person], window: 1m}]\n"
    config.write_text(config.read_text("utf-8") + rule, "utf-8")

    done = ringwatch(
        "replay", clip("one-by-one-person.mp4"), "--config", config, "--camera", "table", "--learn", "/dev/full"
    )

    assert done.returncode == 1, done.stderr
    assert done.stderr.endswith("ringwatch: /dev/full cannot be written: No space left on device\n")
