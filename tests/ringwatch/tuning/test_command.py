"""`ringwatch tune` on a real recording: what other settings would have raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.footage import AT_THE_TABLE, absences, clip
from tests.ringwatch.test_replay_command import config, ringwatch

__all__ = ["config"]  # a fixture
MORNING = ("--start", "2026-01-01T08:00:00+08:00")


def test_settings_are_compared_with_the_present_ones_and_with_the_truth(config: Path, tmp_path: Path) -> None:
    """Absences of the footage that are longer than 4, and than 5.5 seconds; the page shows each."""
    page = tmp_path / "out.html"

    done = ringwatch(
        "tune", config, "--camera", "table", "--clip", clip("one-by-one-person.mp4"),
        "--set", "posts.post.absent_after=5.5s", "--html", page, "--json", *MORNING,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for number, after_s in enumerate((4.0, 5.5)):
        raised = [row["raised"] for row in rows if row["variant"] == number]
        assert raised == pytest.approx(
            [at_s for phase, at_s in absences(AT_THE_TABLE, after_s) if phase == "raised"], abs=3
        )
    text = page.read_text("utf-8")
    assert "posts.post.absent_after=5.5s" in text
    assert text.count("data:image/jpeg;base64,") == len({row["event"] for row in rows})
    assert "不告警" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_the_present_settings_raise_what_replay_prints(config: Path) -> None:
    """The same pipeline."""
    video = clip("parcel-taken.mp4")
    replayed = ringwatch("replay", video, "--config", config, "--camera", "table", "--json", *MORNING).stdout
    tuned = ringwatch("tune", config, "--camera", "table", "--clip", video, "--json", *MORNING).stdout

    raised = [(row["event"], row["at"]) for row in map(json.loads, replayed.splitlines()) if row["phase"] == "raised"]
    assert [(row["event"], row["raised"]) for row in map(json.loads, tuned.splitlines())] == raised != []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--set", "posts.0.absnt_after=6s"), "--set:1:9: unknown key 'absnt_after': did you mean absent_after?"),
        (("--set", "posts.0.absent_after=3s|6s"), "--set:1:22: absent_after 3s is under two heartbeats"),
        (("--set", f"heartbeat={'|'.join(f'{n}s' for n in range(1, 27))}"), "that makes 26 combinations: try 24"),
        (("--html", "nowhere/out.html"), "the folder nowhere cannot be written to"),
        (("--camera", "tabel"), "did you mean table?"),
    ],
)
def test_a_mistake_is_told_before_anything_is_replayed(more: tuple[str, str], said: str, config: Path) -> None:
    """Exit 2."""
    done = ringwatch("tune", config, "--camera", "table", "--clip", clip("parcel-taken.mp4"), *more)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_clip_that_is_none_is_told(config: Path, tmp_path: Path) -> None:
    """Exit 2, one line."""
    file = tmp_path / "gate.mp4"
    file.write_text("not a video")

    done = ringwatch("tune", config, "--camera", "table", "--clip", file)

    assert done.returncode == 2
    assert "gate.mp4 cannot be replayed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["clip.mp4", "link.mp4", "network.yaml"])
def test_the_page_is_not_written_over_what_it_is_made_from(name: str, config: Path, tmp_path: Path) -> None:
    """Exit 2, before anything is replayed; the second of two recordings stays as it was, and the configuration."""
    video = tmp_path / "clip.mp4"
    video.write_bytes(clip("parcel-taken.mp4").read_bytes())
    (tmp_path / "link.mp4").symlink_to(video)
    target = tmp_path / name
    before = target.read_bytes()

    done = ringwatch(
        "tune", config, "--camera", "table", "--clip", clip("parcel-taken.mp4"), "--clip", video, "--html", target
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "itself: name another file" in done.stderr
    assert target.read_bytes() == before


def test_a_page_that_cannot_be_written_costs_no_table(config: Path) -> None:
    """The table is printed first; then one line says which file and why."""
    done = ringwatch(
        "tune", config, "--camera", "table", "--clip", clip("parcel-taken.mp4"), "--html", "/dev/full", *MORNING
    )

    assert done.returncode == 1
    assert "as configured" in done.stdout
    assert done.stderr.endswith("ringwatch: /dev/full cannot be written: No space left on device\n")
    assert "Traceback" not in done.stderr
