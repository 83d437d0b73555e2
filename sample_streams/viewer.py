"""One client's way through a clip: which picture is due, and its packets."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING

from sample_streams.media import TICKS
from sample_streams.rtp import RtpStream

if TYPE_CHECKING:
    from sample_streams.media import Media
    from sample_streams.outlets import Outlet

REPORT_EVERY_S = 5.0


class Channel:
    """A mount's clip as a live stream: it runs from `began_s` (event-loop time) whether anybody watches or not."""

    def __init__(self, media: Media, began_s: float, offset_s: float) -> None:
        self.media = media
        self._began_s = began_s - offset_s

    def next_keyframe(self, now_s: float) -> int:
        """The first step from now on that a decoder can start at."""
        elapsed = max(0, round((now_s - self._began_s) * TICKS))
        return self.media.keyframe_from(self.media.step_at(elapsed))

    def due_s(self, step: int) -> float:
        """When the picture of `step` is sent, in event-loop time."""
        return self._began_s + self.media.due_ticks(step) / TICKS


class Viewer:
    """Sends the pictures of `channel` to one client, each when it is due."""

    def __init__(self, channel: Channel, outlet: Outlet, now_s: float) -> None:
        self._channel = channel
        self._outlet = outlet
        self._rtp = RtpStream()
        self._first = channel.next_keyframe(now_s)

    @property
    def info(self) -> str:
        """What PLAY answers of the first packet, for RTP-Info."""
        stamp = self._rtp.timestamp(self._channel.media.stamp_ticks(self._first))
        return f"seq={self._rtp.sequence};rtptime={stamp}"

    async def play(self) -> None:
        """Until it is cancelled.

        Raises:
            ViewerBehind: the client does not keep up.
        """
        now_s = asyncio.get_running_loop().time
        media, report_s = self._channel.media, 0.0
        for step in count(self._first):
            due_s = self._channel.due_s(step)
            await asyncio.sleep(max(0.0, due_s - now_s()))
            ticks = media.stamp_ticks(step)
            if due_s >= report_s:
                report_s = due_s + REPORT_EVERY_S
                self._outlet.rtcp(self._rtp.sender_report(time.time(), ticks))
            for packet in self._rtp.packets(media.unit(step).payloads, ticks):
                self._outlet.rtp(packet)
