"""`ringwatch evaluate` on labelled clips."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.footage import AT_THE_TABLE, CARS_FROM_ABOVE, TABLE, absences, clip, model
from tests.ingest.clips import ClipSpec, cut_short, make_clip
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


@pytest.fixture
def with_unreadable(tmp_path: Path) -> Path:
    """A set of three made clips, the second of which holds no video."""
    (tmp_path / "network.yaml").write_text(NETWORK.replace("MODEL", "built-in"), "utf-8")
    entry = "  - {{file: {}, config: network.yaml, camera: table, events: [{{rule: post.absent, from: 4}}]}}\n"
    for name in ("a.mp4", "c.mp4"):
        make_clip(tmp_path / name, ClipSpec(seconds=6.0))
    (tmp_path / "b.mp4").write_text("not a video")
    file = tmp_path / "set.yaml"
    file.write_text("clips:\n" + "".join(entry.format(name) for name in ("a.mp4", "b.mp4", "c.mp4")))
    return file


@pytest.mark.parametrize(
    ("models", "counted"), [((), "post.absent"), (("--model", "built-in", "--model", "built-in"), "built-in")]
)
def test_a_clip_that_cannot_be_read_is_named_and_the_others_are_counted(
    with_unreadable: Path, models: tuple[str, ...], counted: str
) -> None:
    """Exit 2, so that nobody takes the figures for those of the whole set; no model is measured on it."""
    done = ringwatch("evaluate", with_unreadable, *models, "--json")

    assert done.returncode == 2, done.stderr
    assert done.stderr.count("b.mp4 cannot be replayed") == 1
    rows = [row for row in map(json.loads, done.stdout.splitlines()) if counted in {row.get("rule"), row.get("model")}]
    assert [row["true"] for row in rows] == [2] * (len(models) // 2 or 1)


def test_what_a_clip_that_was_cut_short_no_longer_shows_is_not_missed(with_unreadable: Path) -> None:
    """Its header still tells of the whole, and the label was within that."""
    whole = make_clip(with_unreadable.parent / "whole.mp4", ClipSpec(seconds=30.0))
    cut = cut_short(whole, with_unreadable.parent / "b.mp4", 0.5)
    first, a, b, c = with_unreadable.read_text("utf-8").splitlines()
    with_unreadable.write_text("\n".join((first, a, b.replace("from: 4", "from: 28"), c)), "utf-8")

    done = ringwatch("evaluate", with_unreadable, "--json")

    assert done.returncode == 2
    assert f"{cut} ends at 1" in done.stderr
    assert "earlier than its header says: post.absent at 28 s cannot be in it; it is not counted" in done.stderr
    rows = {row["rule"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert (rows["post.absent"]["true"], rows["post.absent"]["missed"]) == (2, 0)


def test_a_set_of_which_no_clip_can_be_read_has_no_figures(with_unreadable: Path) -> None:
    """Not a table of zeros."""
    for clip_file in with_unreadable.parent.glob("*.mp4"):
        clip_file.write_text("not a video")

    done = ringwatch("evaluate", with_unreadable)

    assert (done.returncode, done.stdout) == (2, "")
    assert all(f"{name}.mp4 cannot be replayed" in done.stderr for name in "abc")


@pytest.mark.parametrize(
    "models",
    [("--model", "built-in", "--model", "biult-in"), ("--model", "built-in", "--teacher", "biult-in")],
    ids=["model", "teacher"],
)
def test_a_model_that_is_not_there_is_told_before_anything_is_replayed(
    with_unreadable: Path, models: tuple[str, ...]
) -> None:
    """Not after the others have gone through the whole set: no clip of it has had its turn."""
    done = ringwatch("evaluate", with_unreadable, *models)

    assert (done.returncode, done.stdout) == (2, "")
    assert "no model is called biult-in, and no file or folder: did you mean built-in?" in done.stderr
    assert "cannot be replayed" not in done.stderr
