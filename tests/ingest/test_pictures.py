"""A picture that comes in pieces is put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from ingest.clock import utc_now
from ingest.decoder import Decoder
from ingest.messages import Packet
from ingest.network import RtspSource
from ingest.pictures import whole_pictures
from tests.gst_server import gst_rtsp_server
from tests.ingest.clips import ClipSpec, bar_of, make_clip
from tests.ingest.given import H264, camera, packet

SETS = b"\0\0\0\1\x67sps\0\0\0\1\x68pps"
FIRST, SECOND = b"\0\0\1\x65\x88first", b"\0\0\0\1\x65\x40second"
HEVC_FIRST, HEVC_SECOND = b"\0\0\1\x26\x01\x80first", b"\0\0\1\x26\x01\x40second"


def piece(payload: bytes, at_s: float = 0.0, *, key: bool = True, codec: str = "h264") -> Packet:
    """A packet with `payload`."""
    return replace(packet(at_s, key=key, stream=replace(H264, codec=codec)), payload=payload)


def test_the_pieces_of_a_keyframe_become_one_packet() -> None:
    """Without the parameter sets that were repeated in the middle of it."""
    whole = list(whole_pictures([piece(SETS + FIRST), piece(SETS + SECOND), piece(SETS + SECOND)]))

    assert [one.payload for one in whole] == [SETS + FIRST + SECOND + SECOND]


def test_the_time_of_a_picture_is_its_first_stamp() -> None:
    """The first piece may come without one."""
    first = replace(piece(FIRST), pts_ticks=None, dts_ticks=None)

    (whole,) = whole_pictures([first, piece(SECOND, at_s=1.0)])

    assert (whole.pts_ticks, whole.dts_ticks, whole.captured_at) == (1000, 1000, first.captured_at)


@pytest.mark.parametrize(
    "pieces",
    [
        [piece(SETS + FIRST), piece(SETS + FIRST, 1.0)],  # two keyframes, one after another
        [piece(SETS + FIRST), piece(b"\0\0\1\x41\x9a", 0.1, key=False)],  # and a picture that builds on it
        [piece(b"\0\0\1\x41\x9a", key=False), piece(SECOND, 0.1)],  # a piece without its beginning: damaged, not joined
        [piece(FIRST), piece(b"\0\0\1\x06sei", 0.1, key=False)],
        [piece(b""), piece(b"\0\0\1", 0.1)],
        [piece(FIRST, codec="mjpeg"), piece(SECOND, codec="mjpeg")],
    ],
)
def test_what_is_whole_is_left_alone(pieces: list[Packet]) -> None:
    """The same packets, in their order."""
    assert list(whole_pictures(pieces)) == pieces


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_units_with_their_length_before_them_are_never_pieces(codec: str) -> None:
    """RTMP's: a unit of 256 to 511 bytes begins as a start code does, and its second byte as a slice."""
    info = replace(H264, codec=codec, extradata=b"\1\x64\0\x1f\xff\xe1")
    key = replace(packet(0.0, key=True, stream=info), payload=b"\0\0\x20\0" + b"\x65" * 0x2000)
    rest = replace(packet(0.1, stream=info), payload=b"\0\0\1\2" + b"\2\1\0" * 86)

    assert list(whole_pictures([key, rest])) == [key, rest]


def test_h265_is_put_together_as_well() -> None:
    """Its flag stands behind a longer header."""
    whole = list(whole_pictures([piece(HEVC_FIRST, codec="hevc"), piece(HEVC_SECOND, codec="hevc")]))

    assert [one.payload for one in whole] == [HEVC_FIRST + HEVC_SECOND]


def test_nothing_but_a_keyframe_waits() -> None:
    """A packet is handed on before the next is asked for."""
    given: list[int] = []

    def source() -> Iterator[Packet]:
        for index in range(3):
            given.append(index)
            yield piece(b"\0\0\1\x41\x9a", index / 10, key=False)

    next(whole_pictures(source()))

    assert given == [0]


def test_a_third_party_camera_that_sends_slices_is_seen(tmp_path: Path) -> None:
    """GStreamer's server repeats the parameter sets before every slice of a keyframe: every picture is decoded."""
    clip = make_clip(tmp_path / "slices.mp4", ClipSpec(size=(640, 352), slices=4))
    with gst_rtsp_server(clip) as server:
        source = RtspSource(camera(server.url), server.url, utc_now)
        decoder = Decoder(source.open())
        frames = [frame for one in islice(source.packets(), 35) for frame in decoder.decode(one)]
        source.close()

    bars = [bar_of(frame.luma()) for frame in frames]
    assert len(bars) >= 33
    assert bars == [(bars[0] + n) % 80 for n in range(len(bars))]


def test_keyframes_wait_no_longer_once_some_have_come_in_one_piece() -> None:
    """What waits is looked at later by the time between two pictures."""
    given: list[int] = []

    def source() -> Iterator[Packet]:
        for index in range(6):
            given.append(index)
            yield piece(SETS + FIRST, float(index))

    pictures = whole_pictures(source())

    asked = [len(given) for _ in islice(pictures, 5)]
    assert asked == [2, 3, 4, 4, 5]  # how many had come when each was handed on


def test_a_stream_that_begins_to_send_pieces_is_put_together_from_the_next_keyframe_on() -> None:
    """One picture is lost: what was handed on cannot be called back."""
    before = [piece(SETS + FIRST, float(index)) for index in range(4)]
    torn = [piece(SETS + FIRST, 4.0), piece(SETS + SECOND, 4.0)]

    whole = list(whole_pictures([*before, *torn, *torn, *torn]))

    assert [one.payload for one in whole[4:]] == [SETS + FIRST, SETS + SECOND, *[SETS + FIRST + SECOND] * 2]
