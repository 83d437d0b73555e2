"""H.264 and H.265 byte streams: length-prefixed (files) and start-coded (RTSP) forms of the same NAL units.

The muxer takes start codes and finds the parameter sets in the first packet by itself, so every packet is handed
to it in that form. Nothing is decoded or changed; only the separators between units differ.

Source: ISO/IEC 14496-15, 5.3.3 (avcC) and 8.3.3 (hvcC); ITU-T H.264 and H.265, annex B.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

START = b"\x00\x00\x00\x01"
_START_CODE = re.compile(rb"\x00\x00\x01")
_H264_SPS, _H265_SPS = 7, 33


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSets:
    """What a stream says about itself before its first picture."""

    start_coded: bytes  # the sets, each behind a start code; b"" when the stream keeps them in its packets alone
    length_size: int | None  # bytes of the length before each unit of a packet; None when packets are start-coded


def parameter_sets(codec: str, extradata: bytes | None) -> ParameterSets:
    """The sets in a container's `extradata`, whichever form it keeps them in.

    Raises:
        ValueError: the bytes end in the middle of a set.
    """
    if not extradata:
        return ParameterSets(start_coded=b"", length_size=None)
    if extradata[0] != 1 or codec not in {"h264", "hevc"}:
        return ParameterSets(start_coded=extradata, length_size=None)
    units, length_size = _avcc(extradata) if codec == "h264" else _hvcc(extradata)
    return ParameterSets(start_coded=b"".join(START + unit for unit in units), length_size=length_size)


def start_coded(payload: bytes, length_size: int | None) -> bytes:
    """`payload` with start codes between its units.

    Raises:
        ValueError: a unit is longer than what is left of the packet.
    """
    if length_size is None:
        return payload
    return b"".join(START + unit for unit in _length_prefixed(payload, length_size))


def carries_parameter_sets(codec: str, payload: bytes) -> bool:
    """Whether a start-coded packet brings its own sequence parameter set."""
    if codec == "h264":
        return any(kind & 0x1F == _H264_SPS for kind in _unit_heads(payload))
    if codec == "hevc":
        return any(kind >> 1 & 0x3F == _H265_SPS for kind in _unit_heads(payload))
    return False


def _unit_heads(payload: bytes) -> Iterator[int]:
    for match in _START_CODE.finditer(payload):
        if match.end() < len(payload):
            yield payload[match.end()]


def _length_prefixed(payload: bytes, length_size: int) -> Iterator[bytes]:
    at = 0
    while at < len(payload):
        length = int.from_bytes(payload[at : at + length_size])
        at += length_size
        yield _cut(payload, at, length)
        at += length


def _avcc(extradata: bytes) -> tuple[list[bytes], int]:
    units: list[bytes] = []
    at = 5
    for mask in (0x1F, 0xFF):  # the count of SPS shares its byte with reserved bits, the count of PPS does not
        count, at = _cut(extradata, at, 1)[0] & mask, at + 1
        for _ in range(count):
            at = _take_unit(extradata, at, units)
    return units, (extradata[4] & 3) + 1


def _hvcc(extradata: bytes) -> tuple[list[bytes], int]:
    units: list[bytes] = []
    arrays, at = _cut(extradata, 22, 1)[0], 23
    for _ in range(arrays):
        count, at = int.from_bytes(_cut(extradata, at + 1, 2)), at + 3
        for _ in range(count):
            at = _take_unit(extradata, at, units)
    return units, (extradata[21] & 3) + 1


def _take_unit(extradata: bytes, at: int, units: list[bytes]) -> int:
    length = int.from_bytes(_cut(extradata, at, 2))
    units.append(_cut(extradata, at + 2, length))
    return at + 2 + length


def _cut(source: bytes, at: int, length: int) -> bytes:
    if at + length > len(source):
        raise ValueError(f"{length} bytes are announced at {at}, but only {max(0, len(source) - at)} follow")
    return source[at : at + length]
