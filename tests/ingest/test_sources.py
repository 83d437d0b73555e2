"""Which source reads which URL."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.clock import utc_now
from ingest.errors import CameraError
from ingest.file import FileSource
from ingest.network import RtspSource
from ingest.sources import file_path, open_source
from tests.ingest.clips import turned
from tests.ingest.given import camera


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "rtmp", "rtmps"])
def test_network_streams_are_read_by_ffmpeg(scheme: str) -> None:
    url = f"{scheme}://10.0.1.11/main"
    assert isinstance(open_source(camera(url), url, utc_now), RtspSource)


def test_files_are_read_as_cameras() -> None:
    assert isinstance(open_source(camera(), "file:gate.mp4", utc_now), FileSource)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:clips/gate.mp4", "clips/gate.mp4"),
        ("file:/srv/gate.mp4", "/srv/gate.mp4"),
        ("file:///srv/east%20gate.mp4", "/srv/east gate.mp4"),
    ],
)
def test_file_urls_name_paths(url: str, path: str) -> None:
    assert file_path(url) == Path(path)


@pytest.mark.parametrize("url", ["http://user:hunter2@10.0.1.11/", "gate.mp4", ""])
def test_other_urls_are_refused_without_being_shown(url: str) -> None:
    with pytest.raises(CameraError, match=r"^gate: streams of (http|no scheme) cannot be read$"):
        open_source(camera(url), url, utc_now)


def test_a_camera_from_a_file_that_is_to_be_turned_is_warned_of(clip: Path, tmp_path: Path) -> None:
    """In the node's log, with the camera's id."""
    path = turned(clip, tmp_path / "phone.mp4", 90)
    source = open_source(camera(f"file:{path}"), f"file:{path}", utc_now)

    with capture_logs() as said:
        source.open()
        next(source.packets())
    source.close()

    assert [(line["log_level"], line["camera"], line["file"]) for line in said] == [("warning", "gate", "phone.mp4")]
