"""One client's way through a clip: which picture is due, its packets, and what goes wrong with them."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING

from sample_streams.faults import CONNECTION, PICTURE, FaultKind, Schedule
from sample_streams.media import TICKS
from sample_streams.rtp import RtpStream
from sample_streams.spoiling import Spoiler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_streams.media import Media
    from sample_streams.outlets import Outlet

REPORT_EVERY_S = 5.0
HANGS_UP = (FaultKind.DROP, FaultKind.SILENT, FaultKind.RESET)


class HungUp(Exception):  # noqa: N818 - what happened, not whose mistake it is
    """The camera ends the connection; `hard` is a reset."""

    def __init__(self, *, hard: bool) -> None:
        super().__init__()
        self.hard = hard


class Channel:
    """A mount's clip as a live stream: it runs from `began_s` (event-loop time) whether anybody watches or not.

    `variants` are what the clip looks like under each fault of the picture that `schedule` has.
    """

    def __init__(
        self,
        media: Media,
        began_s: float,
        offset_s: float,
        schedule: Schedule | None = None,
        variants: Mapping[FaultKind | None, Media] | None = None,
    ) -> None:
        self.media = media
        self.schedule = schedule or Schedule()
        self.began_s = began_s
        self._zero_s = began_s - offset_s
        self._variants = variants or {}

    def next_keyframe(self, now_s: float, media: Media | None = None) -> int:
        """The first step of `media` from now on that a decoder can start at."""
        media = media or self.media
        elapsed = max(0, round((now_s - self._zero_s) * TICKS))
        return media.keyframe_from(media.step_at(elapsed))

    def due_s(self, step: int, media: Media | None = None) -> float:
        """When the picture of `step` is sent, in event-loop time."""
        return self._zero_s + (media or self.media).due_ticks(step) / TICKS

    def trouble(self, now_s: float) -> FaultKind | None:
        """What goes wrong now with whoever asks for the stream."""
        fault = self.schedule.at(now_s - self.began_s, *CONNECTION)
        return fault.fault if fault else None

    def shown(self, now_s: float) -> Media:
        """What the camera shows now: its clip, or what a fault makes of it."""
        fault = self.schedule.at(now_s - self.began_s, *PICTURE)
        return self._variants.get(fault.fault, self.media) if fault else self.media


class Viewer:
    """Sends the pictures of `channel` to one client, each when it is due."""

    def __init__(self, channel: Channel, outlet: Outlet, now_s: float) -> None:
        self._channel = channel
        self._outlet = outlet
        self._began_s = now_s
        self._rtp = RtpStream()
        self._media = channel.shown(now_s)
        self._first = channel.next_keyframe(now_s, self._media)
        self._spoiler = Spoiler(self._rtp, outlet)
        self._report_s = 0.0

    @property
    def info(self) -> str:
        """What PLAY answers of the first packet, for RTP-Info."""
        stamp = self._rtp.timestamp(self._media.stamp_ticks(self._first))
        return f"seq={self._rtp.sequence};rtptime={stamp}"

    async def play(self) -> None:
        """Until it is cancelled.

        Raises:
            ViewerBehind: the client does not keep up.
            HungUp: a fault of the camera.
        """
        first = self._first
        while True:
            first = await self._play_from(first)

    async def _play_from(self, first: int) -> int:
        """Send what the camera shows, until it shows something else; the first step of that."""
        now_s, channel, media = asyncio.get_running_loop().time, self._channel, self._media
        for step in count(first):
            due_s = channel.due_s(step, media)
            await asyncio.sleep(max(0.0, due_s - now_s()))
            sent_s = max(due_s, now_s())  # later than it is due, once the network was slow
            self._hang_up_if_due(sent_s)
            shown = channel.shown(sent_s)
            if shown is not media:  # which begins with a keyframe; until then the camera sends what it sent before
                keyframe = channel.next_keyframe(due_s, shown)
                if channel.due_s(keyframe, shown) < channel.due_s(step + 1, media):
                    self._media = shown
                    return keyframe
            fault = channel.schedule.at(sent_s - channel.began_s)
            ticks = self._spoiler.stamp(media.stamp_ticks(step), step, fault)
            if sent_s >= self._report_s:
                self._report_s = sent_s + REPORT_EVERY_S
                self._outlet.rtcp(self._rtp.sender_report(time.time() + Spoiler.skew_s(fault), ticks))
            await self._spoiler.send(media.unit(step), ticks, fault)
        raise AssertionError("steps have no end")

    def _hang_up_if_due(self, now_s: float) -> None:
        fault = self._channel.schedule.at(now_s - self._channel.began_s, *HANGS_UP)
        if fault is None:
            return
        began_s = self._channel.began_s + fault.at.total_seconds()
        if fault.fault is not FaultKind.RESET or self._began_s < began_s:  # who came after a reset stays
            raise HungUp(hard=fault.fault is FaultKind.RESET)
