"""What is known of a recording before it is played."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from ingest.errors import CameraError
from ingest.recorded import length_s
from tests.ingest.clips import ClipSpec, make_clip


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts", "h264"])
def test_a_recording_lasts_as_long_as_its_pictures(tmp_path: Path, suffix: str) -> None:
    """Whether its header is believed, or it has none and its packets are read."""
    path = make_clip(tmp_path / f"clip.{suffix}", ClipSpec(seconds=4.0))

    assert length_s(path, 0.0 if suffix != "h264" else 4.0) == pytest.approx(4.0, abs=0.11)
    assert length_s(path, 900.0) == pytest.approx(4.0, abs=0.11)


def test_a_recording_in_fragments_lasts_longer_than_its_header_says(tmp_path: Path) -> None:
    """As recorders write that may be cut off at any moment."""
    path = tmp_path / "fragments.mp4"
    options = {"movflags": "frag_keyframe+empty_moov"}
    with av.open(str(make_clip(tmp_path / "clip.mp4"))) as given, av.open(str(path), "w", options=options) as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)

    assert length_s(path, 4.0) == pytest.approx(4.0, abs=0.11)


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    """By the file's name."""
    path = tmp_path / "gate.mp4"
    path.write_text("not a video")

    with pytest.raises(CameraError, match=r"gate\.mp4"):
        length_s(path, 1.0)
