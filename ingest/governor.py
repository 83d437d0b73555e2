"""Which packets are decoded: of a quiet camera its keyframes alone, of one that stirs every one.

Decisions rest on what the stream itself shows (and on whether an alert is open), never on a clock or on load, so that
a recording is decoded as the live camera was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from ingest.slot import LONGEST_GOP

if TYPE_CHECKING:
    from config.model import Camera
    from ingest.messages import Packet

# Or half a heartbeat: keyframes that come closer need no look each; all may be such. A little under a second, so that
# keyframes that are a second apart, give or take a microsecond, are all looked at.
LOOKS_APART = timedelta(seconds=0.9)
REST = timedelta(seconds=3)  # quiet for so long, a camera is decoded by keyframes alone
LATE_KEYFRAME = 1.2  # times the heartbeat
JUMP = 2.5  # times what nearly all of the camera's packets stay under
JUMP_BYTES = 512  # ... and this much above it: tiny packets vary by more than their size
QUANTILE = 0.9
LEARN = 0.05


class Wake(StrEnum):
    """Why a camera is decoded continuously."""

    START = "start"  # nothing is known of the stream yet
    PICTURE = "picture"  # a keyframe differs from the one before
    SIZE = "size"  # a packet is large against the camera's own history
    ALERT = "alert"  # an alert has opened
    INTERVAL = "interval"  # keyframes come less often than the camera must be looked at, or than can be caught up with


class PacketSizes:
    """What nearly all packets between keyframes stay under, learned from the stream itself."""

    def __init__(self) -> None:
        self._usual: float | None = None

    def jumps(self, size: int) -> bool:
        """Whether a packet of `size` bytes is unlike those before; then learn from it."""
        if self._usual is None:
            self._usual = float(max(1, size))
            return False
        jump = size > JUMP * self._usual + JUMP_BYTES
        share = QUANTILE if size > self._usual else QUANTILE - 1.0
        self._usual = max(1.0, self._usual * (1.0 + LEARN * share))
        return jump


class Governor:
    """Says when a camera's decoder sleeps. It falls asleep at a keyframe only, for there it can begin again.

    Not where keyframes come less often than the camera must be looked at, nor where the frames of one group of pictures
    would not all find room for analysis when it wakes.
    """

    def __init__(self, longest_interval: timedelta, alert_open: Callable[[], bool] = lambda: False) -> None:
        self._longest = min(longest_interval * LATE_KEYFRAME, LONGEST_GOP)
        self._alert_open = alert_open
        self._sizes = PacketSizes()
        self._alert_was_open = False
        self._awake_for: Wake | None = Wake.START
        self._sleepless = False
        self._woke_at: datetime | None = None
        self._stirred_at: datetime | None = None
        self._keyframe_at: datetime | None = None
        self._apart: timedelta | None = None  # the two newest keyframes
        self._looks_apart = min(LOOKS_APART, longest_interval / 2)
        self._looked_at: datetime | None = None  # at a keyframe, while it slept

    @property
    def awake(self) -> bool:
        """Whether every packet is decoded."""
        return self._awake_for is not None

    @property
    def awaited_at(self) -> datetime | None:
        """When the next keyframe that is looked at is due, if the decoder sleeps until then; None if it does not."""
        if self.awake or self._keyframe_at is None or self._apart is None:
            return None
        due_at = self._keyframe_at + self._apart
        return due_at if self._looked_at is None else max(due_at, self._looked_at + self._looks_apart)

    def is_look_due(self, at: datetime) -> bool:
        """Whether a sleeping camera's keyframe of `at` is to be looked at."""
        return self._looked_at is None or not timedelta() <= at - self._looked_at < self._looks_apart

    def looked_at(self, at: datetime) -> None:
        """A sleeping camera's keyframe of `at` is."""
        self._looked_at = at

    def keyframe(self, packet: Packet) -> None:
        """A keyframe has come: the decoder may fall asleep with it."""
        at, before = packet.captured_at, self._keyframe_at
        self._keyframe_at = at
        self._apart = at - before if before is not None and at > before else None
        if before is None:
            self._woke_at = at
        elif self.awake and (at - before > self._longest or at < before):
            self.wake(Wake.INTERVAL, at)
        elif self.awake and not self._is_held(at):
            self._awake_for, self._alert_was_open = None, self._alert_open()

    def reason_to_wake(self, packet: Packet) -> Wake | None:
        """Why decoding starts with `packet`, which lies between looks at a sleeping camera; None if it does not."""
        jumps = not packet.is_keyframe and self._sizes.jumps(len(packet.payload))
        if self._keyframe_at is None or packet.captured_at - self._keyframe_at > self._longest:
            return Wake.INTERVAL
        if self._alert_opens():
            return Wake.ALERT
        return Wake.SIZE if jumps else None

    def watched(self, packet: Packet) -> None:
        """A packet between keyframes of a camera that is awake: if it woke for nothing, such sizes are usual by now."""
        if self._awake_for is Wake.SIZE and not self._has_stirred(packet.captured_at):
            self._sizes.jumps(len(packet.payload))

    def wake(self, reason: Wake, at: datetime) -> None:
        """Decode everything from now on."""
        self._awake_for, self._woke_at = reason, at

    def sleep_no_more(self) -> Wake:
        """This stream cannot be slept through: it is decoded continuously from now on, for the reason given back."""
        self._sleepless = True
        return Wake.INTERVAL

    def stirred(self, at: datetime) -> None:
        """A decoded picture has changed."""
        self._stirred_at = at

    def _alert_opens(self) -> bool:
        """Whether an alert is open that was not a packet ago."""
        before, self._alert_was_open = self._alert_was_open, self._alert_open()
        return self._alert_was_open and not before

    def _is_held(self, at: datetime) -> bool:
        """Whether something keeps the camera awake: it stirs or did just now, or it has just begun, or an alert has.

        A wake by a packet's size that no picture bore out ends with the next keyframe. An alert that goes on in a
        picture that rests needs no more than any other: what ends it shows, as what began it did.
        """
        if self._sleepless or self._has_stirred(at):
            return True
        begins = self._awake_for in {Wake.START, Wake.INTERVAL, Wake.ALERT}
        return begins and self._woke_at is not None and timedelta() <= at - self._woke_at < REST

    def _has_stirred(self, at: datetime) -> bool:
        return self._stirred_at is not None and timedelta() <= at - self._stirred_at < REST


def governor(camera: Camera, alert_open: Callable[[], bool]) -> Governor | None:
    """The governor of `camera`'s decoder; None where every packet is to be decoded."""
    if camera.stream.decode == "always":
        return None
    return Governor(camera.heartbeat, alert_open)
