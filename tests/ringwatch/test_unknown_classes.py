"""A rule that asks for cars, and a model that tells vehicles alone: nothing is raised, and the reason is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.clips import ClipSpec, make_clip
from tests.ringwatch.test_replay_command import ringwatch

SQUARE = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
NETWORK = f"""
detector: {{model: built-in}}
cameras:
  - id: gate
    name: 大门
    ring: inner
    stream: {{sub: "rtsp://192.0.2.1/sub"}}
    zones: {{lane: {{polygon: {SQUARE}}}, yard: {{polygon: {SQUARE}}}}}
    rules:
      - {{rule: intrusion, zone: lane, classes: [car]}}
      - {{rule: intrusion, zone: yard, classes: [car]}}
      - {{rule: loitering, zone: yard, classes: [CLASS]}}
"""
INTRUSION = "intrusion asks for car, which the model built-in does not know, on gate (lane), gate (yard)"
LOITERING = "loitering asks for bag, which the model built-in does not know, on gate (yard)"
SET = """
clips:
  - {file: a.mp4, config: network.yaml, camera: gate}
  - {file: b.mp4, config: network.yaml, camera: gate}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips, a network of one camera, and a set of both."""
    for name in ("a.mp4", "b.mp4"):
        make_clip(tmp_path / name, ClipSpec(seconds=2.0))
    (tmp_path / "network.yaml").write_text(NETWORK.replace("CLASS", "bag"), "utf-8")
    (tmp_path / "set.yaml").write_text(SET, "utf-8")
    return tmp_path


def commands(folder: Path) -> dict[str, tuple[str | Path, ...]]:
    """What replays recordings, each with its arguments."""
    network, first, second = (folder / name for name in ("network.yaml", "a.mp4", "b.mp4"))
    return {
        "replay": ("replay", first, "--config", network, "--camera", "gate"),
        "evaluate": ("evaluate", folder / "set.yaml"),
        "tune": ("tune", network, "--camera", "gate", "--clip", first, "--clip", second, "--set", "heartbeat=1s|3s"),
    }


@pytest.mark.parametrize("command", ["replay", "evaluate", "tune"])
def test_a_class_that_the_model_does_not_know_is_warned_of(folder: Path, command: str) -> None:
    """On standard error, once of each rule of the camera, however many clips and settings there are; exit 0."""
    done = ringwatch(*commands(folder)[command], "--json")

    assert done.returncode == 0, done.stderr
    assert [done.stderr.count(line) for line in (INTRUSION, LOITERING)] == [1, 1]
    assert done.stderr.count("rule cannot be answered") == 2
    assert "asks for" not in done.stdout


def test_each_model_that_is_compared_is_named(folder: Path) -> None:
    """Another may know what this one does not."""
    done = ringwatch("evaluate", folder / "set.yaml", "--model", "built-in", "--model", "built-in")

    assert done.returncode == 0, done.stderr
    assert done.stderr.count(INTRUSION) == 2


def test_of_settings_that_are_tried_each_is_looked_at(folder: Path) -> None:
    """The present one asks for what the model knows, the other for what it does not."""
    (folder / "network.yaml").write_text(NETWORK.replace("CLASS", "person").replace("[car]", "[vehicle]"), "utf-8")
    tune = commands(folder)["tune"][:6]

    present = ringwatch(*tune)
    other = ringwatch(*tune, "--set", "rules.loitering.classes=[bag]")

    assert (present.returncode, other.returncode) == (0, 0), other.stderr
    assert "cannot be answered" not in present.stderr
    assert other.stderr.count(LOITERING) == 1
