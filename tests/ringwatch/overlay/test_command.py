"""`ringwatch replay --overlay`: a film of what the pipeline saw, that a browser plays."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.footage import clip, model
from tests.ringwatch.test_replay_command import ringwatch
from tests.watchroom.browser import chromium

CONFIG = """
detector: {model: "MODEL"}
cameras:
  - id: hall
    name: 门厅
    ring: inner
    stream: {sub: "rtsp://192.0.2.1/sub"}
    zones: {大厅: {polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}}
    rules: [{rule: intrusion, zone: 大厅, dwell: 1s}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hall in which nobody should be, with a real model."""
    file = tmp_path / "network.yaml"
    file.write_text(CONFIG.replace("MODEL", str(model())), "utf-8")
    return file


def replayed(video: Path, config: Path, *more: str | Path) -> str:
    """What is printed."""
    done = ringwatch("replay", video, "--config", config, "--camera", "hall", "--json", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_events_are_the_same_and_the_film_plays(config: Path, tmp_path: Path) -> None:
    """With and without, to the byte; as long as the clip, H.264, in a real browser."""
    video, film = clip("parcel-taken.mp4"), tmp_path / "out.mp4"

    assert replayed(video, config, "--overlay", film) == replayed(video, config) != ""

    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    (tmp_path / "page.html").write_text("<video muted src='out.mp4'></video>")
    with chromium() as browser:
        page = browser.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        page.evaluate("document.querySelector('video').play()")
        page.wait_for_function("document.querySelector('video').currentTime > 0.5")
        assert page.evaluate("document.querySelector('video').duration") == pytest.approx(12.4, abs=0.2)
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clip.mp4", "clip.mp4 itself: name another file"),
        ("link.mp4", "clip.mp4 itself: name another file"),
        ("film.avi", "film.avi is no MP4: name a file that ends in .mp4"),
        ("nowhere/film.mp4", "the folder"),
    ],
)
def test_a_film_that_cannot_be_is_refused_at_once(name: str, said: str, config: Path, tmp_path: Path) -> None:
    """Exit 2, before anything is done; the clip stays as it was."""
    video = tmp_path / "clip.mp4"
    video.write_bytes(clip("parcel-taken.mp4").read_bytes())
    (tmp_path / "link.mp4").symlink_to(video)
    size = video.stat().st_size

    done = ringwatch("replay", video, "--config", config, "--camera", "hall", "--overlay", tmp_path / name)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert video.stat().st_size == size
