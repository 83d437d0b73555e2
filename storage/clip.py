"""One event's clip while it is made: which packets belong to it, when it ends, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from storage.muxer import GrowingClip

if TYPE_CHECKING:
    from ingest.messages import Packet

# Time stamps that run ahead of the arrival clock, or behind their own past, by more than this began anew.
TOLERANCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The last packet of a run, and when it is decoded, in ticks."""

    packet: Packet
    dts_ticks: int


class Clip:
    """Packets of one camera, from the first keyframe offered, as long as the stream goes on unbroken.

    Used by one thread.

    Raises:
        EvidenceError: from every method, when the disk or the muxer refuses.
    """

    def __init__(self, path: Path, *, until: datetime) -> None:
        self.until = until
        self._file = GrowingClip(path)
        self._first: Taken | None = None
        self._last: Taken | None = None

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """captured_at of the first and the last packet; None before the first keyframe."""
        return (self._first.packet.captured_at, self._last.packet.captured_at) if self._first and self._last else None

    def full(self, packet: Packet) -> bool:
        """Whether `packet` lies beyond the clip's end."""
        return packet.captured_at > self.until

    def follows(self, packet: Packet) -> bool:
        """Whether `packet` continues the same stream."""
        return self._last is None or continues(self._last, packet)

    def add(self, packet: Packet) -> None:
        """Take `packet` in, unless the clip still waits for a keyframe that can be decoded."""
        if self._last is not None and packet is self._last.packet:
            return  # it came through the pre-roll and through the feed
        if self._first is None and not self._begins_with(packet):
            return
        assert self._first is not None  # noqa: S101 - _begins_with has set it
        self._last = _taken(self._last, packet)
        shown = self._last.dts_ticks if packet.pts_ticks is None else max(packet.pts_ticks, self._last.dts_ticks)
        start = self._first.dts_ticks
        self._file.add(packet, shown - start, self._last.dts_ticks - start)

    def close(self) -> None:
        """Write what is buffered."""
        self._file.close()

    def release(self) -> None:
        """Let go of the file."""
        self._file.release()

    def _begins_with(self, packet: Packet) -> bool:
        if not packet.is_keyframe or not self._file.begin(packet):
            return False
        self._first = _taken(None, packet)
        return True


def continues(last: Taken, packet: Packet) -> bool:
    """Whether `packet` belongs to the same run of the same stream as `last`."""
    if packet.stream is not last.packet.stream:  # every connection announces its stream anew
        return False
    dts = _dts(packet)
    if dts is None:
        return True
    on_the_stream = timedelta(seconds=float((dts - last.dts_ticks) * packet.time_base))
    on_arrival = packet.captured_at - last.packet.captured_at
    return on_the_stream > -TOLERANCE and on_the_stream - on_arrival < TOLERANCE


def unbroken(packets: Sequence[Packet]) -> tuple[Packet, ...]:
    """The end of `packets` that is one run of one stream: what lies before a reconnect cannot be in the same file."""
    begin, last = 0, None
    for index, packet in enumerate(packets):
        if last is not None and not continues(last, packet):
            begin, last = index, None
        last = _taken(last, packet)
    return tuple(packets[begin:])


def _dts(packet: Packet) -> int | None:
    return packet.pts_ticks if packet.dts_ticks is None else packet.dts_ticks


def _taken(last: Taken | None, packet: Packet) -> Taken:
    """`packet` with a decoding time that grows, as the file wants it: cameras repeat and jitter theirs."""
    dts = _dts(packet)
    if last is None:
        return Taken(packet=packet, dts_ticks=dts or 0)
    after = last.dts_ticks + 1
    return Taken(packet=packet, dts_ticks=max(dts, after) if dts is not None else last.dts_ticks + last_length(last))


def last_length(last: Taken) -> int:
    """How long the last packet is shown, in ticks; at least one."""
    return max(1, last.packet.duration_ticks)
