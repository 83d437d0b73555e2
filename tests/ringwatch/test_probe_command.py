"""`ringwatch probe`: what an engineer wants to know of a camera before it is trusted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gst_server import free_port
from tests.ingest.clips import ClipSpec, make_clip
from tests.ringwatch.test_replay_command import ringwatch
from tests.ringwatch.test_simulate_command import simulator

NETWORK = """
cameras:
  - {{id: good, name: Good, ring: inner, stream: {{main: "rtsp://v:p@127.0.0.1:{port}/good"}}}}
  - {{id: slow, name: Slow, ring: inner, stream: {{main: "rtsp://v:p@127.0.0.1:{port}/slow"}}}}
  - {{id: gone, name: Gone, ring: inner, stream: {{sub: "rtsp://v:p@127.0.0.1:{closed}/gone", open_timeout: 3s}}}}
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera as it should be, one with too few keyframes, one that is not there."""
    folder = tmp_path_factory.mktemp("probe")
    (folder / "clips").mkdir()
    make_clip(folder / "clips" / "good.mp4", ClipSpec(seconds=4, rate=10, gop=10))
    make_clip(folder / "clips" / "slow.mp4", ClipSpec(seconds=12, rate=10, gop=60))
    file = folder / "network.yaml"
    closed = free_port()
    text = NETWORK.format(port=free_port(), closed=closed)
    file.write_text(text, "utf-8")
    without = text.replace(f":{closed}/gone", f":{free_port()}/gone")
    (folder / "served.yaml").write_text(without, "utf-8")
    return file


def test_each_stream_is_described(config: Path) -> None:
    """Size, rate, keyframes, clock; the one that is not there says why, and the exit code that not all is well."""
    with simulator(config.with_name("served.yaml"), config.parent / "clips"):
        done = ringwatch("probe", config, "--for", "8s", "--json")

    assert done.returncode == 1, done.stderr
    good, slow, gone = map(json.loads, done.stdout.splitlines())
    assert (good["camera"], good["stream"], good["codec"]) == ("good", "main", "h264")
    assert (good["width"], good["height"]) == (160, 96)
    assert good["fps"] == pytest.approx(10, abs=0.5)
    assert good["keyframe_interval_s"] == pytest.approx(1.0, abs=0.2)
    assert good["clock_ahead_s"] == pytest.approx(0, abs=0.3)
    assert good["kbit_per_s"] > 0
    assert (good["fault"], good["note"]) == (None, "")
    assert slow["keyframe_interval_s"] == pytest.approx(6.0, abs=0.3)
    assert slow["note"].startswith("a keyframe every 6.0 s: set the camera to one every 2 s, its heartbeat")
    assert (gone["fault"], gone["codec"]) == ("unreachable", None)
    assert "v:p" not in done.stdout + done.stderr


def test_people_get_a_table_of_the_cameras_they_name(config: Path) -> None:
    """And nothing else is opened."""
    with simulator(config.with_name("served.yaml"), config.parent / "clips"):
        done = ringwatch("probe", config, "good", "--for", "2s")

    assert done.returncode == 0, done.stdout
    assert "160×96" in done.stdout
    assert "slow" not in done.stdout


def test_a_camera_that_is_not_there_is_told_with_the_nearest(config: Path) -> None:
    """A typing error is exit 2."""
    done = ringwatch("probe", config, "god")

    assert done.returncode == 2
    assert "did you mean good?" in done.stderr
