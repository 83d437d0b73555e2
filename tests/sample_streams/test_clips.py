"""The made clips as streams: what a camera of a checkpoint would send."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from sample_streams.catalogue import SampleClip
from sample_streams.encoding import encode, version_of
from sample_streams.photographs import SampleError
from sample_streams.scenes import SCENES

every_clip = pytest.mark.parametrize("name", [scene.name for scene in SCENES])
GOP = 20
FRAMES = 600
SPS, PPS = 7, 8  # NAL unit types


@every_clip
def test_a_clip_is_a_minute_of_h264(clips: Mapping[str, SampleClip], name: str) -> None:
    """640 x 360, ten frames a second, no sound."""
    with av.open(str(clips[name].path)) as container:
        (stream,) = container.streams.video
        assert not container.streams.audio
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (640, 360)
        assert stream.average_rate == Fraction(10)
        assert stream.frames == FRAMES
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(60)


@every_clip
def test_packets_can_be_copied_as_they_come(clips: Mapping[str, SampleClip], name: str) -> None:
    """A keyframe every two seconds and nowhere else; nothing out of order, for nothing refers to the future."""
    with av.open(str(clips[name].path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        assert not container.streams.video[0].codec_context.has_b_frames
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == list(range(0, FRAMES, GOP))
    assert all(packet.pts == packet.dts for packet in packets)
    assert all(size < 100_000 for size in (packet.size for packet in packets))


def test_every_keyframe_brings_its_parameter_sets(clips: Mapping[str, SampleClip]) -> None:
    """Whoever joins the stream late can decode from the next keyframe."""
    with av.open(str(clips["gate"].path)) as container:
        keyframes = [bytes(packet) for packet in container.demux(video=0) if packet.size and packet.is_keyframe]
    assert all({SPS, PPS} <= set(unit_types(packet)) for packet in keyframes)


def unit_types(packet: bytes) -> list[int]:
    """The NAL unit types of a packet whose units follow their lengths of four bytes."""
    types, at = [], 0
    while at < len(packet):
        types.append(packet[at + 4] & 0x1F)
        at += 4 + int.from_bytes(packet[at : at + 4], "big")
    return types


@every_clip
def test_a_clip_runs_in_a_loop(clips: Mapping[str, SampleClip], name: str) -> None:
    """The last picture is followed by the first as any picture by the next."""
    pictures = decoded(clips[name].path)
    keyframes = [distance(pictures[index - 1], pictures[index]) for index in range(GOP, FRAMES, GOP)]
    assert distance(pictures[-1], pictures[0]) < 1.5 * max(keyframes)


def decoded(path: Path) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    with av.open(str(path)) as container:
        return [np.asarray(frame.reformat(format="gray").to_ndarray(), np.uint8) for frame in container.decode(video=0)]


def distance(
    first: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], second: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> float:
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


def test_a_clip_says_of_which_version_it_is(tmp_path: Path) -> None:
    """And no other file does."""
    path = tmp_path / "clip.mp4"
    pictures = [np.full((36, 64, 3), level, np.uint8) for level in (10, 20, 30)]
    encode(pictures, path, "v7")
    assert version_of(path) == "v7"
    assert version_of(tmp_path / "none.mp4") is None
    path.write_bytes(path.read_bytes()[:500])
    assert version_of(path) is None


def test_a_clip_that_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a clip nor a part of one, and the older clip stays."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"the older one")

    def ends_badly() -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
        raise OSError(28, "No space left on device")

    with pytest.raises(SampleError, match=r"clip\.mp4 cannot be written: No space left"):
        encode((picture for _ in range(1) for picture in ends_badly()), path, "v7")
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mp4"]
    assert path.read_bytes() == b"the older one"
