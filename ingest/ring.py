"""The last seconds of a camera, encoded: what evidence shows of the time before an alert."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ingest.messages import SET_BACK, Packet

if TYPE_CHECKING:
    from ingest.metrics import CameraMetrics


class Drop(StrEnum):
    """Why a packet is not kept."""

    BYTES = "bytes"  # its group of pictures outgrew the cap
    KEYFRAME = "keyframe"  # there is none to decode it from


@dataclass(slots=True)
class _Gop:
    """A keyframe and what can be decoded from it."""

    packets: list[Packet] = field(default_factory=list)
    bytes: int = 0

    def add(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.bytes += len(packet.payload)

    @property
    def begins_at(self) -> datetime:
        return self.packets[0].captured_at


class PacketRing:
    """Whole groups of pictures, at least the last `span` of them while `max_bytes` allows; the oldest go first.

    The span begins within the oldest group kept. The bytes are a hard cap: a single group that outgrows it is dropped
    too, with what follows up to the next keyframe. `dropped_for_bytes` counts packets lost to the cap,
    `dropped_without_keyframe` those with no keyframe to decode them from, as a new connection's first may be.
    `metrics` are told of both. One thread appends, any reads.
    """

    def __init__(self, span: timedelta, max_bytes: int, metrics: CameraMetrics | None = None) -> None:
        self._span = span
        self._max_bytes = max_bytes
        self._metrics = metrics
        self._gops: deque[_Gop] = deque()
        self._lock = threading.Lock()
        self.bytes = 0
        self.dropped_for_bytes = 0
        self.dropped_without_keyframe = 0

    def append(self, packet: Packet) -> None:
        """Keep `packet`, at the cost of the oldest."""
        with self._lock:
            if self._gops and packet.captured_at < self._gops[-1].begins_at - SET_BACK:
                self._gops.clear()  # what has a later time would never be old enough to go
                self.bytes = 0
            if packet.is_keyframe:
                self._gops.append(_Gop())
            elif not self._gops or packet.stream is not self._gops[-1].packets[-1].stream:
                self.dropped_without_keyframe += 1
                self._count(Drop.KEYFRAME, 1)
                return
            self._gops[-1].add(packet)
            self.bytes += len(packet.payload)
            if len(self._gops) > 1:
                self._drop_old(packet.captured_at - self._span)
            if self.bytes > self._max_bytes:
                self._drop_large()

    def since(self, at: datetime) -> tuple[Packet, ...]:
        """The packets from the last keyframe at or before `at` (else from the oldest there is), in decoding order."""
        with self._lock:
            gops = list(self._gops)
            first = max((n for n, gop in enumerate(gops) if gop.begins_at <= at), default=0)
            return tuple(packet for gop in gops[first:] for packet in gop.packets)

    def _drop_old(self, needed_from: datetime) -> None:
        while len(self._gops) > 1 and self._gops[1].begins_at <= needed_from:
            self.bytes -= self._gops.popleft().bytes

    def _drop_large(self) -> None:
        while self.bytes > self._max_bytes:
            gop = self._gops.popleft()
            self.bytes -= gop.bytes
            self.dropped_for_bytes += len(gop.packets)
            self._count(Drop.BYTES, len(gop.packets))

    def _count(self, drop: Drop, packets: int) -> None:
        if self._metrics is not None:
            self._metrics.ring_dropped[drop].inc(packets)
