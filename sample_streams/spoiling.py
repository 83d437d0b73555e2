"""What faults do to the packets of one viewer's stream."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sample_streams.faults import Fault, FaultKind
from sample_streams.media import TICKS

if TYPE_CHECKING:
    from sample_streams.media import AccessUnit
    from sample_streams.outlets import Outlet
    from sample_streams.rtp import RtpStream

BACK_EVERY_S = 4  # how often stamps run backwards
CORRUPT_SHARE = 0.5  # of the payloads
HEADER_BYTES = 3  # of a payload that say what it is: left whole, so that the damage is within the picture


class Spoiler:
    """Sends one viewer's pictures, or what a fault leaves of them."""

    def __init__(self, rtp: RtpStream, outlet: Outlet) -> None:
        self._rtp = rtp
        self._outlet = outlet
        self._frozen: AccessUnit | None = None  # the newest keyframe
        self._last_ticks = 0
        self._cut = False
        self._random = random.Random(7)  # noqa: S311 - damage, not a secret

    @staticmethod
    def skew_s(fault: Fault | None) -> float:
        """How far ahead the camera's own clock is."""
        return fault.by.total_seconds() if fault and fault.fault is FaultKind.CLOCK_SKEW else 0.0

    def stamp(self, ticks: int, step: int, fault: Fault | None) -> int:
        """What the picture shown at `ticks` is stamped with."""
        kind = fault.fault if fault else None
        by = round(fault.by.total_seconds() * TICKS) if fault else 0
        if kind is FaultKind.DUPLICATE_PTS and step % 2:
            return self._last_ticks
        if kind is FaultKind.STANDING_PTS:
            return self._last_ticks
        if kind is FaultKind.BACKWARD_PTS and ticks // (BACK_EVERY_S * TICKS) % 2:
            return max(0, ticks - by)
        self._last_ticks = ticks
        return ticks + by if kind is FaultKind.JUMP_PTS else ticks

    async def send(self, unit: AccessUnit, ticks: int, fault: Fault | None) -> None:
        """Send the picture `unit`, or what `fault` leaves of it."""
        kind = fault.fault if fault else None
        if unit.keyframe and kind is not FaultKind.FREEZE:
            self._frozen = unit
        if kind is FaultKind.STALL or (kind is FaultKind.HALF_PACKET and self._cut):
            return
        shown = self._frozen if kind is FaultKind.FREEZE and self._frozen else unit
        packets = self._rtp.packets(self._corrupted(shown.payloads, kind), ticks)
        if kind is FaultKind.HALF_PACKET:
            self._cut = True
            self._outlet.half(packets[0])
            return
        for packet in packets:
            if fault and kind is FaultKind.LOSS and self._random.random() < fault.share:
                continue
            self._outlet.rtp(packet)
            if fault and kind is FaultKind.SLOW:
                await asyncio.sleep(8 * len(packet) / (1000 * fault.kbit_s))

    def _corrupted(self, payloads: Sequence[bytes], kind: FaultKind | None) -> Sequence[bytes]:
        if kind is not FaultKind.CORRUPT:
            return payloads
        return [self._damaged(payload) if self._random.random() < CORRUPT_SHARE else payload for payload in payloads]

    def _damaged(self, payload: bytes) -> bytes:
        damaged = bytearray(payload)
        for _ in range(max(1, len(payload) // 40)):
            if len(payload) > HEADER_BYTES:
                damaged[self._random.randrange(HEADER_BYTES, len(payload))] = self._random.randrange(256)
        return bytes(damaged)
