"""Encoded pictures as a vehicle sends them: which of them a decoder can start at, and how large they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

TICK = Fraction(1, 90_000)  # of RTP's clock for video
CODECS = {"H264": "h264", "VP8": "vp8"}  # SDP's names, and FFmpeg's
_IDR = re.compile(rb"\x00\x00\x01[\x05\x25\x45\x65]")  # Source: ITU-T H.264, table 7-1: NAL unit type 5
_VP8_START = b"\x9d\x01\x2a"  # Source: RFC 6386, 9.1


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPicture:
    """One encoded picture. H.264 has start codes between its units."""

    codec: str  # FFmpeg's name
    payload: bytes
    pts_ticks: int  # of `TICK`, counted on from the session's first picture
    is_keyframe: bool
    arrived_at: datetime  # UTC


def is_keyframe(codec: str, payload: bytes) -> bool:
    """Whether a decoder can start at this picture."""
    if codec == "vp8":
        return len(payload) >= 10 and not payload[0] & 1 and payload[3:6] == _VP8_START
    return _IDR.search(payload) is not None


def size_of(keyframe: EncodedPicture) -> tuple[int, int] | None:
    """Width and height in pixels, by decoding; None when it gives no picture: parameter sets are missing, say."""
    decoder = cast("VideoCodecContext", av.CodecContext.create(keyframe.codec, "r"))
    decoder.thread_count = 1
    packet = av.Packet(len(keyframe.payload))  # FFmpeg reads past the end: its own memory is padded there
    packet.update(keyframe.payload)
    try:
        pictures = [*decoder.decode(packet), *decoder.decode(None)]
    except av.FFmpegError:
        return None
    return (pictures[0].width, pictures[0].height) if pictures else None
