"""Between a vehicle's RTP packets and aiortc's decoder: encoded pictures are taken out, nothing is decoded.

aiortc gives decoded pictures only. Its receiver puts every video packet into a jitter buffer, which answers with a
picture to decode, if one is whole, and with whether to ask the sender for a keyframe. `PictureTap` stands in for that
buffer: it hands pictures on by itself, never answers with one, and asks for keyframes when we need them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from ingest.whip.pictures import EncodedPicture, is_keyframe
from ingest.whip.reassembly import Part, Reassembly, Whole

ASK_AGAIN_S = 1.0  # for a keyframe that does not come
EARLY = 0.85  # of the longest interval between keyframes: the request and the picture have a way to go
CIRCLE = 1 << 32  # RTP timestamps wrap there


class RtpPacket(Protocol):
    """What aiortc's receiver gives its jitter buffer; `_data` is the payload without the payload format's header."""

    sequence_number: int
    timestamp: int
    marker: int
    payload_type: int
    _data: bytes


class Timeline:
    """RTP timestamps counted on beyond 32 bits, from the first."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._ticks = 0

    def ticks(self, timestamp: int) -> int:
        """Ticks since the first timestamp. Small steps back are steps back."""
        if self._last is not None:
            self._ticks += (timestamp - self._last + CIRCLE // 2) % CIRCLE - CIRCLE // 2
        self._last = timestamp
        return self._ticks


class PictureTap:
    """Used on the endpoint's loop alone. `codecs` says by payload type what FFmpeg calls the codec."""

    def __init__(
        self,
        codecs: Mapping[int, str],
        *,
        keyframe_every_s: float,
        deliver: Callable[[EncodedPicture], None],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asked = 0  # keyframes asked for
        self.unusable = 0  # pictures left out, because others they need are missing
        self._codecs = codecs
        self._longest_s = EARLY * keyframe_every_s
        self._deliver = deliver
        self._clock = clock
        self._monotonic = monotonic
        self._reassembly = Reassembly()
        self._timeline = Timeline()
        self._needs_keyframe = True
        self._keyframe_s = monotonic()
        self._asked_s = float("-inf")

    @property
    def lost(self) -> int:
        """Packets that never came, though they were asked for again."""
        return self._reassembly.lost

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Take one packet. The answer is aiortc's: whether to ask for a keyframe, and never a picture to decode."""
        part = Part(
            sequence=packet.sequence_number,
            timestamp=packet.timestamp,
            is_last=bool(packet.marker),
            payload_type=packet.payload_type,
            payload=packet._data,
        )
        now_s = self._monotonic()
        for whole in self._reassembly.add(part, now_s):
            self._take(whole, now_s)
        return self._asks(now_s), None

    def _take(self, whole: Whole, now_s: float) -> None:
        codec = self._codecs.get(whole.payload_type)
        if codec is None:
            return
        pts_ticks = self._timeline.ticks(whole.timestamp)
        keyframe = is_keyframe(codec, whole.payload)
        if keyframe:
            self._needs_keyframe, self._keyframe_s = False, now_s
        elif whole.after_loss:
            self._needs_keyframe = True
        if self._needs_keyframe:
            self.unusable += 1
            return
        self._deliver(
            EncodedPicture(
                codec=codec,
                payload=whole.payload,
                pts_ticks=pts_ticks,
                is_keyframe=keyframe,
                arrived_at=self._clock(),
            )
        )

    def _asks(self, now_s: float) -> bool:
        due = self._needs_keyframe or now_s - self._keyframe_s >= self._longest_s
        if not due or now_s - self._asked_s < ASK_AGAIN_S:
            return False
        self._asked_s = now_s
        self.asked += 1
        return True
