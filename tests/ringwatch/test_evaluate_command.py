"""`ringwatch evaluate` on labelled clips."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.footage import AT_THE_TABLE, CARS_FROM_ABOVE, TABLE, absences, clip, model
from tests.ringwatch.test_replay_command import ringwatch

WHOLE = "[[0, 0], [1, 0], [1, 1], [0, 1]]"
NETWORK = f"""
detector: {{model: "MODEL"}}
cameras:
  - id: table
    name: 桌前
    ring: inner
    stream: {{sub: "rtsp://192.0.2.1/sub"}}
    zones: {{post: {{polygon: {TABLE}}}}}
    posts: [{{zone: post, absent_after: 4s}}]
  - id: road
    name: 路口
    ring: outer
    stream: {{sub: "rtsp://192.0.2.2/sub"}}
    zones: {{road: {{polygon: {WHOLE}}}}}
    rules: [{{rule: intrusion, zone: road, classes: [vehicle], dwell: 1s}}]
"""


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A set of two real clips."""
    (tmp_path / "network.yaml").write_text(NETWORK.replace("MODEL", str(model())), "utf-8")
    raised = [at_s for phase, at_s in absences(AT_THE_TABLE, 4.0) if phase == "raised"]
    posts = "\n".join(f"      - {{rule: post.absent, zone: post, from: {at_s}}}" for at_s in raised)
    cars = "\n".join(f"      - {{rule: intrusion, zone: road, from: {begins + 1}}}" for begins, _ in CARS_FROM_ABOVE)
    file = tmp_path / "set.yaml"
    file.write_text(
        f"""clips:
  - file: "{clip("one-by-one-person.mp4")}"
    config: network.yaml
    camera: table
    events:
{posts}
  - file: "{clip("car-topdown.mp4")}"
    config: network.yaml
    camera: road
    start: "2026-01-01T22:00:00+08:00"
    events:
{cars}
""",
        "utf-8",
    )
    return file


def test_real_clips_with_a_real_model_are_all_found(labelled: Path) -> None:
    """Seven absences and three cars, nothing false, nothing missed; a line a rule and one for all."""
    done = ringwatch("evaluate", labelled, "--json")

    assert done.returncode == 0, done.stderr
    rows = {row["rule"]: row for row in map(json.loads, done.stdout.splitlines())}
    counts = {rule: (row["true"], row["false"], row["missed"]) for rule, row in rows.items()}
    assert counts == {"post.absent": (7, 0, 0), "intrusion": (3, 0, 0), "all": (10, 0, 0)}
    assert rows["all"]["f1"] == 1.0


def test_people_get_a_table(labelled: Path) -> None:
    """The same numbers, aligned."""
    done = ringwatch("evaluate", labelled)

    assert done.returncode == 0, done.stderr
    cells = [line.split() for line in done.stdout.splitlines()]
    assert ["rule", "true", "false", "missed", "precision", "recall", "F1", "delay", "p50", "p95", "false/h"] in cells
    assert ["post.absent", "7", "0", "0", "1.00", "1.00", "1.00"] in [row[:7] for row in cells]


def test_models_are_compared_side_by_side(labelled: Path) -> None:
    """What their alerts were worth, what an inference costs, and how far each agrees with the teacher."""
    small, large = model(), model("person-vehicle-bike-detection-2002")
    models = ("--model", "built-in", "--model", small, "--teacher", large)

    done = ringwatch("evaluate", labelled, *models, "--json")

    assert done.returncode == 0, done.stderr
    built_in, ours = map(json.loads, done.stdout.splitlines())
    assert (built_in["model"], ours["model"]) == ("built-in", "person-vehicle-bike-detection-2000")
    assert (ours["true"], ours["false"], ours["missed"], ours["f1"]) == (10, 0, 0, 1.0)
    assert 0 < built_in["cpu_ms_per_inference"] < ours["cpu_ms_per_inference"]
    assert ours["teacher_recall"] > 0.8
    assert ours["teacher_precision"] > 0.8
    assert built_in["teacher_recall"] < ours["teacher_recall"]


def test_every_mistake_of_a_set_is_told_at_its_place(tmp_path: Path) -> None:
    """File, line and column, exit 2."""
    file = tmp_path / "set.yaml"
    file.write_text("clips:\n  - {fiel: a.mp4, config: no.yaml, camera: gate, events: [{rule: x, from: -1}]}\n")

    done = ringwatch("evaluate", file)

    assert done.returncode == 2
    assert f"{file}:2:6: unknown key 'fiel': did you mean file?" in done.stderr
    assert f"{file}:2:5: 'file' is missing: add it" in done.stderr
    assert f"{file}:2:75: -1 is out of range: it must be at least 0" in done.stderr
