"""One packet a picture, from streams that deliver a picture in pieces.

Some senders repeat the parameter sets before every slice of a keyframe, not only before its first. FFmpeg's parser
takes each such repetition for the beginning of a new picture, and a keyframe of several slices comes in as many
packets, none of which a decoder can show.

Source: ITU-T H.264, 7.3.1 and 7.3.3 (first_mb_in_slice); H.265, 7.3.1.2 and 7.3.6.1 (first_slice_segment_in_pic_flag).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.messages import Packet, StreamInfo

_START_CODE = re.compile(rb"\x00\x00\x01")
_H264_SLICES = frozenset({1, 2, 5})
_H265_SLICES = range(32)


WHOLE = 3  # keyframes in a row that came in one piece: this stream sends them so
IN_SLICES = frozenset({"h264", "hevc"})


def whole_pictures(packets: Iterable[Packet]) -> Iterator[Packet]:
    """`packets` with the pieces of a picture put together, in their order.

    Only a keyframe waits for the packet after it, to see whether that goes on with the same picture; and not even that
    where `WHOLE` of them came in one piece, until one does not, which is then lost.
    """
    held: Packet | None = None
    whole, was_key = 0, False
    for packet in packets:
        rest = _continuation(packet) if was_key else None
        whole = whole if rest is None else 0
        if held is not None and rest is not None:
            held = _joined(held, packet, rest)
            continue
        if held is not None:
            whole += 1
            yield held
        was_key = packet.is_keyframe and _may_be_torn(packet.stream)
        held = packet if was_key and whole < WHOLE else None
        if held is None:
            yield packet
    if held is not None:
        yield held


def _may_be_torn(stream: StreamInfo) -> bool:
    """Not where lengths stand before a picture's units, as in RTMP: what is delivered so is whole.

    Source: ISO/IEC 14496-15, 5.3.3 and 8.3.3: the first byte of its parameter sets is a version, 1.
    """
    return stream.codec in IN_SLICES and (stream.extradata or b"")[:1] != b"\x01"


def _joined(first: Packet, second: Packet, rest: bytes) -> Packet:
    stamps = second if first.pts_ticks is None else first
    return replace(first, payload=first.payload + rest, pts_ticks=stamps.pts_ticks, dts_ticks=stamps.dts_ticks)


def _continuation(packet: Packet) -> bytes | None:
    """The slices of a start-coded `packet` that begins in the middle of a picture; None when it begins one."""
    payload, codec = packet.payload, packet.stream.codec
    for found in _START_CODE.finditer(payload):
        unit = found.end()
        if _is_slice(payload, unit, codec):
            return payload[_with_zero_byte(payload, found.start()) :] if not _is_first(payload, unit, codec) else None
    return None


def _is_slice(payload: bytes, unit: int, codec: str) -> bool:
    if unit + 2 >= len(payload):
        return False
    if codec == "h264":
        return payload[unit] & 0x1F in _H264_SLICES
    return payload[unit] >> 1 & 0x3F in _H265_SLICES


def _is_first(payload: bytes, unit: int, codec: str) -> bool:
    """Whether the slice is its picture's first: the first bit after the unit's header is set in both codecs."""
    return bool(payload[unit + (1 if codec == "h264" else 2)] & 0x80)


def _with_zero_byte(payload: bytes, start_code: int) -> int:
    """Where the start code begins, with the zero byte before it if there is one."""
    return start_code - 1 if start_code and payload[start_code - 1] == 0 else start_code
