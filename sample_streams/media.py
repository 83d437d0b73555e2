"""A clip in memory, cut into RTP payloads once, and read as a stream without end."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
from aiortc.codecs.h264 import H264Encoder
from av.bitstream import BitStreamFilterContext

from sample_streams.errors import ClipError

if TYPE_CHECKING:
    from av.video.stream import VideoStream

    from sample_streams.faults import FaultKind

    Packet = av.Packet[VideoStream]

TICKS = 90_000  # a second on the RTP clock of video
SPS, PPS = 7, 8  # NAL unit types. Source: H.264 table 7-1
_START_CODE = re.compile(rb"\x00*\x00\x00\x01")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded picture as RTP payloads (RFC 6184: single NAL units, STAP-A, FU-A). Ticks from the clip's start."""

    due_ticks: int  # when it is sent
    stamp_ticks: int  # when it is shown: differs from `due_ticks` where pictures are reordered
    keyframe: bool
    payloads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A clip that begins again whenever it ends. Steps count its pictures from the first, on through every loop."""

    units: tuple[AccessUnit, ...]
    length_ticks: int
    sps: bytes
    pps: bytes
    due: tuple[int, ...]  # of every unit, ascending
    keyframes: tuple[int, ...]  # indices of the units a decoder can start at; the first is 0

    def unit(self, step: int) -> AccessUnit:
        """The picture that is sent at `step`."""
        return self.units[step % len(self.units)]

    def due_ticks(self, step: int) -> int:
        """When the picture of `step` is sent."""
        turn, index = divmod(step, len(self.units))
        return turn * self.length_ticks + self.due[index]

    def stamp_ticks(self, step: int) -> int:
        """When the picture of `step` is shown; goes on across the loop."""
        turn, index = divmod(step, len(self.units))
        return turn * self.length_ticks + self.units[index].stamp_ticks

    def step_at(self, ticks: int) -> int:
        """The first step that is due at `ticks` or later."""
        turn, rest = divmod(ticks, self.length_ticks)
        return turn * len(self.units) + bisect_left(self.due, rest)

    def keyframe_from(self, step: int) -> int:
        """The first step from `step` on that a decoder can start at."""
        turn, index = divmod(step, len(self.units))
        place = bisect_left(self.keyframes, index)
        after = self.keyframes[place] if place < len(self.keyframes) else len(self.units)
        return turn * len(self.units) + after


class Library:
    """Every clip that is served, each read once however many cameras show it. `spoil` makes those with a fault."""

    def __init__(self, spoil: Callable[[Path, FaultKind], Media]) -> None:
        self._spoil = spoil
        self._read: dict[tuple[Path, FaultKind | None], Media] = {}

    def media(self, clip: Path, fault: FaultKind | None = None) -> Media:
        """The clip in memory, spoiled by `fault`; reads the file at the first call, and blocks for that long.

        Raises:
            ClipError: it cannot be served.
        """
        key = clip.resolve(), fault
        if key not in self._read:
            self._read[key] = read_media(key[0]) if fault is None else self._spoil(key[0], fault)
        return self._read[key]


def read_media(path: Path) -> Media:
    """The first video stream of the file at `path`.

    Raises:
        ClipError: it is missing, damaged, not H.264, or does not begin with a keyframe.
    """
    try:
        with av.open(str(path)) as container:
            stream = next(iter(container.streams.video), None)
            if stream is None or stream.codec_context.name != "h264":
                raise ClipError(f"{path}: no H.264 video in it; write it with libx264")
            packets = _annex_b(stream, list(container.demux(stream)))
    except (av.FFmpegError, OSError) as error:
        raise ClipError(f"{path}: cannot be read: {error.strerror}") from None
    if not packets or not packets[0].is_keyframe:
        raise ClipError(f"{path}: does not begin with a keyframe")
    return _media(path, packets)


def _annex_b(stream: VideoStream, packets: list[Packet]) -> list[Packet]:
    """The packets with start codes between their NAL units, the parameter sets before every keyframe."""
    convert = BitStreamFilterContext("h264_mp4toannexb", stream)
    filtered = [done for packet in packets if packet.size for done in convert.filter(packet)]
    return [*filtered, *convert.filter(None)]


def _media(path: Path, packets: list[Packet]) -> Media:
    units = tuple(_unit(packet, packets[0]) for packet in packets)
    due = tuple(unit.due_ticks for unit in units)
    sets = {nal[0] & 0x1F: nal for nal in reversed(_START_CODE.split(bytes(packets[0]))) if nal}
    if any(later <= earlier for earlier, later in pairwise(due)) or not {SPS, PPS} <= sets.keys():
        raise ClipError(f"{path}: its times do not rise, or its parameter sets are missing")
    return Media(
        units=units,
        length_ticks=due[-1] + _last_ticks(packets[-1], due),
        sps=sets[SPS],
        pps=sets[PPS],
        due=due,
        keyframes=tuple(index for index, unit in enumerate(units) if unit.keyframe),
    )


def _unit(packet: Packet, first: Packet) -> AccessUnit:
    payloads, _ = H264Encoder().pack(packet)
    return AccessUnit(
        due_ticks=_ticks(packet.dts, packet) - _ticks(first.dts, first),
        stamp_ticks=_ticks(packet.pts, packet) - _ticks(first.dts, first),
        keyframe=packet.is_keyframe,
        payloads=tuple(payloads),
    )


def _ticks(count: int | None, packet: Packet) -> int:
    return round(Fraction(count or 0) * packet.time_base * TICKS)


def _last_ticks(last: Packet, due: tuple[int, ...]) -> int:
    """How long the last picture stands: what the file says, else as long as the others."""
    return _ticks(last.duration, last) or (due[-1] // (len(due) - 1) if len(due) > 1 else TICKS)
