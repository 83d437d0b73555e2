"""Packets to pictures: order, completeness, damage."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from ingest.decoder import Decoder
from ingest.errors import FrameError
from ingest.messages import Frame, Packet
from tests.ingest.clips import ClipSpec, bar_of, make_clip, packets_of
from tests.ingest.given import SECOND, START, file_source, rising
from tests.services import REPOSITORY, require_shared

SHARED_CLIPS = {  # pictures in it, as FFmpeg's own decoding of the whole file gives them
    "car-topdown.mp4": 377,
    "one-by-one-person.mp4": 1394,
    "parcel-taken.mp4": 372,
    "person-bicycle-car.mp4": 459,  # and 8 packets that its edit list hides
    "road-lowres.avi": 1699,
    "street-brightness.avi": 59,
    "street-pedestrians.mp4": 242,
    "street-vehicles.mp4": 265,
}


def decoded(packets: list[Packet]) -> list[Frame]:
    decoder = Decoder(packets[0].stream)
    frames = [frame for one in packets for frame in decoder.decode(one)]
    return frames + decoder.flush()


def bars(frames: Iterable[Frame]) -> list[int]:
    return [bar_of(frame.luma()) for frame in frames]


def test_every_picture_comes_out_in_order_and_at_its_time(clip: Path) -> None:
    """All forty, also the last, at pts and captured_at of their packets."""
    frames = decoded(packets_of(clip))
    assert bars(frames) == [n % 20 for n in range(40)]
    assert [frame.pts_s for frame in frames] == pytest.approx([n / 10 for n in range(40)])
    assert [(frame.captured_at - START) / SECOND for frame in frames] == pytest.approx([n / 10 for n in range(40)])


def test_b_frames_come_out_in_the_order_they_are_shown(reordered_clip: Path) -> None:
    """Pictures sent after the ones they lie before; none is lost, the second neither."""
    packets = packets_of(reordered_clip)
    assert [one.pts_ticks for one in packets] != sorted(one.pts_ticks or 0 for one in packets)
    frames = decoded(packets)
    assert bars(frames) == [n % 20 for n in range(40)]
    assert rising([frame.captured_at for frame in frames])


@pytest.mark.parametrize("suffix", ["avi", "mkv", "mp4"])
def test_mpeg4_with_b_frames_is_in_order_in_every_container(tmp_path: Path, suffix: str) -> None:
    """AVI keeps no pts: times come from the order of the packets there."""
    clip = make_clip(tmp_path / f"clip.{suffix}", ClipSpec(codec="mpeg4", b_frames=2))
    frames = decoded(packets_of(clip))
    assert bars(frames) == [n % 20 for n in range(40)]
    assert [round(b.pts_s - a.pts_s, 2) for a, b in pairwise(frames)] == [0.1] * 39
    assert rising([frame.captured_at for frame in frames])


def test_nothing_is_given_out_before_the_first_keyframe(clip: Path) -> None:
    """A connection that begins in mid-group shows nothing of it; pts count from the first picture that is shown."""
    frames = decoded(packets_of(clip)[3:])
    assert bars(frames) == [n % 20 for n in range(10, 40)]
    assert frames[0].pts_s == 0.0
    assert frames[0].captured_at == START + SECOND


def test_a_packet_of_garbage_raises_and_the_next_keyframe_recovers(clip: Path) -> None:
    """Nothing is shown between the damage and the keyframe, lest grey smears be taken for things."""
    packets = packets_of(clip)
    decoder = Decoder(packets[0].stream)
    before = [frame for one in packets[:14] for frame in decoder.decode(one)]
    with pytest.raises(FrameError, match="gate: a p"):
        decoder.decode(replace(packets[14], payload=b"\xff" * 300))
    assert [decoder.decode(one) for one in packets[15:20]] == [[]] * 5
    after = [frame for one in packets[20:] for frame in decoder.decode(one)]
    assert bars([*before, *after]) == [*range(14), *[n % 20 for n in range(20, 40)]]


def test_a_picture_the_decoder_had_to_patch_raises_instead_of_being_shown(tmp_path: Path) -> None:
    """MPEG-4 makes something up for what is missing: half a picture is not one."""
    packets = packets_of(make_clip(tmp_path / "clip.mp4", ClipSpec(codec="mpeg4", gop=10)))
    decoder = Decoder(packets[0].stream)
    with pytest.raises(FrameError, match="gate: a picture is damaged"):
        decoder.decode(replace(packets[0], payload=packets[0].payload[: len(packets[0].payload) // 2]))
    assert decoder.decode(packets[1]) == []
    assert bars(decoder.decode(packets[10])) == [10]


def test_recovery_keeps_b_frames_in_order(reordered_clip: Path) -> None:
    """After damage the decoder still knows how far to look ahead."""
    packets = packets_of(reordered_clip)
    keys = [n for n, one in enumerate(packets) if one.is_keyframe]
    decoder = Decoder(packets[0].stream)
    with pytest.raises(FrameError):
        decoder.decode(replace(packets[0], payload=b"\xff" * 300))
    frames = [frame for one in packets[keys[1] :] for frame in decoder.decode(one)] + decoder.flush()
    assert bars(frames) == [n % 20 for n in range(10, 40)]


def test_recovery_keeps_b_frames_that_the_stream_itself_does_not_announce() -> None:
    """Where only the container knew how far to look ahead, starting anew must not forget it and lose a picture."""
    packets = packets_of(require_shared("clips", "parcel-taken.mp4"))
    keys = [n for n, one in enumerate(packets) if one.is_keyframe]
    decoder = Decoder(packets[0].stream)
    for one in packets[: keys[1] + 5]:
        decoder.decode(one)
    with pytest.raises(FrameError):
        decoder.decode(replace(packets[keys[1] + 5], payload=b"\xff" * 300))
    frames = [frame for one in packets[keys[2] :] for frame in decoder.decode(one)] + decoder.flush()
    assert len(frames) == len(packets) - keys[2]


def test_the_picture_may_change_its_size_in_mid_stream(tmp_path: Path) -> None:
    """A camera that is switched to another resolution sends new parameters with its next keyframe."""
    small = packets_of(make_clip(tmp_path / "small.h264"))
    large = packets_of(make_clip(tmp_path / "large.h264", ClipSpec(size=(320, 192))))
    frames = decoded([*small, *(replace(one, stream=small[0].stream) for one in large)])
    assert [frame.luma().shape for frame in frames] == [(96, 160)] * 40 + [(192, 320)] * 40


@pytest.mark.parametrize(
    "spec", [ClipSpec(), ClipSpec(b_frames=2), ClipSpec(codec="libx265")], ids=["h264", "h264-b-frames", "h265"]
)
def test_after_a_rest_it_goes_on_with_the_next_keyframe(tmp_path: Path, spec: ClipSpec) -> None:
    """As a camera that has come to rest is decoded."""
    packets = packets_of(make_clip(tmp_path / "clip.mp4", replace(spec, gop=10)))
    decoder = Decoder(packets[0].stream)
    for one in packets[:20]:
        decoder.decode(one)

    decoder.rest(packets[20])

    frames = [frame for one in packets[20:] for frame in decoder.decode(one)] + decoder.flush()
    assert bars(frames) == [n % 20 for n in range(20, 40)]


def test_a_stream_that_says_its_parameters_once_is_decoded_after_a_rest_too(tmp_path: Path) -> None:
    """No new decoder could begin with its later keyframes."""
    first, *later = packets_of(make_clip(tmp_path / "bare.h264", ClipSpec(gop=10)))
    stream = replace(first.stream, extradata=None)
    packets = [replace(one, stream=stream, payload=_without_parameters(one.payload)) for one in later]
    decoder = Decoder(stream)
    for one in (first, *packets[:19]):
        decoder.decode(one)

    decoder.rest(packets[19])

    assert Decoder(stream).decode(first)
    with pytest.raises(FrameError):
        Decoder(stream).decode(packets[19])
    assert bars([frame for one in packets[19:] for frame in decoder.decode(one)]) == [n % 20 for n in range(20, 40)]


def test_a_camera_that_says_its_new_size_once_keeps_its_decoder(tmp_path: Path) -> None:
    """A new one would take the old size, which the connection began with, for that of its later keyframes."""
    small = packets_of(make_clip(tmp_path / "small.h264", ClipSpec(gop=10)))
    first, *later = packets_of(make_clip(tmp_path / "large.h264", ClipSpec(size=(320, 192), gop=10)))
    large = [first, *(replace(one, payload=_without_parameters(one.payload)) for one in later)]
    packets = [*small, *(replace(one, stream=small[0].stream) for one in large)]
    decoder = Decoder(small[0].stream)
    for one in packets[:60]:
        decoder.decode(one)

    decoder.rest(packets[60])

    frames = [frame for one in packets[60:] for frame in decoder.decode(one)]
    assert [frame.luma().shape for frame in frames] == [(192, 320)] * 20
    assert bars(frames) == [n % 40 for n in range(20, 40)]


def _without_parameters(payload: bytes) -> bytes:
    """H.264 between start codes, less its parameter sets (types 7 and 8)."""
    units = payload.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    return b"".join(b"\0\0\1" + unit for unit in units if unit[0] & 31 not in {7, 8})


BUFFERS = """
import ctypes, sys
from pathlib import Path
from ingest.decoder import Decoder
from tests.ingest.clips import packets_of

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ord smb hblks hblkhd usm fsm used free keep".split()]

libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
packets = packets_of(Path(sys.argv[1]))
decoder = Decoder(packets[0].stream)
held = [frame for one in packets[:20] for frame in decoder.decode(one)]
del held
full = libc.mallinfo2().hblks
decoder.rest(packets[20])
print(full, libc.mallinfo2().hblks)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="only glibc says what it has mapped")
def test_a_rest_gives_the_buffers_of_pictures_back(tmp_path: Path) -> None:
    """Twenty were in use at once, as when an analysis is behind: FFmpeg would keep as many for ever."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(size=(640, 360), gop=10))
    environ = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072", "PYTHONPATH": str(REPOSITORY)}

    done = subprocess.run(
        [sys.executable, "-c", BUFFERS, str(clip)], capture_output=True, text=True, check=True, env=environ
    )

    full, rested = map(int, done.stdout.split())
    assert full - rested >= 15


def test_packets_without_stamps_are_a_step_apart(tmp_path: Path) -> None:
    """A bare stream carries no times at all; they follow from its frame rate."""
    frames = decoded(
        [replace(one, pts_ticks=None, dts_ticks=None) for one in packets_of(make_clip(tmp_path / "a.mp4"))]
    )
    assert [frame.pts_s for frame in frames] == pytest.approx([n / 10 for n in range(40)])


def test_a_stream_whose_first_packet_has_no_pts_loses_no_time(clip: Path) -> None:
    """As RTSP begins before the camera's first sender report: the pictures after it stay where they are."""
    first, *rest = packets_of(clip)
    frames = decoded([replace(first, pts_ticks=None, dts_ticks=None), *rest])
    assert [frame.pts_s for frame in frames] == pytest.approx([n / 10 for n in range(40)])


def test_decoding_uses_the_calling_thread_alone(clip: Path) -> None:
    """Frame threads would hold pictures back, and 92 cameras would have hundreds."""
    before = len(list(Path("/proc/self/task").iterdir()))
    decoder = Decoder(packets_of(clip)[0].stream)
    first = decoder.decode(packets_of(clip)[0])
    assert bars(first) == [0]
    assert len(list(Path("/proc/self/task").iterdir())) == before
    assert threading.current_thread() is threading.main_thread()


def test_luma_is_the_decoders_own_plane_and_cannot_be_written(tmp_path: Path) -> None:
    """Also where the plane's rows are longer than the picture is wide."""
    frames = decoded(packets_of(make_clip(tmp_path / "odd.mp4", ClipSpec(size=(312, 96), seconds=1))))
    luma = frames[0].luma()
    assert luma.shape == (96, 312)
    assert not luma.flags.owndata
    assert not luma.flags.writeable
    bgr = frames[0].bgr()
    assert bgr.shape == (96, 312, 3)
    assert bgr.dtype == np.uint8
    assert not bgr.flags.writeable


@pytest.mark.parametrize(("name", "pictures"), SHARED_CLIPS.items())
def test_real_footage_is_decoded_whole(name: str, pictures: int) -> None:
    """Every picture of every shared clip, in order, over the clip's whole duration."""
    path = require_shared("clips", name)
    source = file_source(path, start=START)
    decoder = Decoder(source.open())
    count, last = 0, None
    for frame in _all_frames(source.packets(), decoder):
        assert last is None or (frame.pts_s > last.pts_s and frame.captured_at > last.captured_at)
        count, last = count + 1, frame
    source.close()
    assert last is not None
    assert count == pictures
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        step_s = 1 / float(stream.average_rate or 25)
        length_s = float((stream.duration or 0) * (stream.time_base or 1))
    assert (last.captured_at - START) / SECOND == pytest.approx(length_s - step_s, abs=2.5 * step_s)


def _all_frames(packets: Iterable[Packet], decoder: Decoder) -> Iterable[Frame]:
    for one in packets:
        yield from decoder.decode(one)
    yield from decoder.flush()
