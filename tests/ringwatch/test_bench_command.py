"""`ringwatch bench detect` gives one object a clip, in the documented form."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.footage import clip, model
from tests.ringwatch.test_replay_command import ringwatch

STAGES = {"ingest", "motion", "inference", "rules", "total"}


def test_each_clip_gets_its_line(tmp_path: Path) -> None:
    """CPU milliseconds per camera-second; the total is at least the sum of the stages."""
    for name in ("parcel-taken.mp4", "road-lowres.avi"):
        shutil.copy(clip(name), tmp_path)

    done = ringwatch("bench", "detect", "--json", "--clips", tmp_path, "--model", model())

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["clip"] for row in rows] == ["parcel-taken.mp4", "road-lowres.avi"]
    for row in rows:
        spent = row["cpu_ms_per_camera_second"]
        assert spent.keys() == STAGES
        assert 0 < sum(spent[stage] for stage in STAGES - {"total"}) <= spent["total"] + 0.1
        assert row["model"] == "person-vehicle-bike-detection-2000"


def test_a_folder_without_clips_is_told(tmp_path: Path) -> None:
    """With what to do."""
    done = ringwatch("bench", "detect", "--clips", tmp_path)

    assert done.returncode == 2
    assert "name a folder with --clips" in done.stderr
