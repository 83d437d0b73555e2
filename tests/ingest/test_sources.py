"""Which source reads which URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.clock import utc_now
from ingest.errors import CameraError
from ingest.file import FileSource
from ingest.network import RtspSource
from ingest.sources import file_path, open_source
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
