"""Where a camera's stream stands, by what has arrived of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.container import seconds_of
from ingest.errors import CameraError, Fault
from ingest.messages import CameraState

if TYPE_CHECKING:
    from ingest.messages import Packet

STALLED_AFTER_S = 3.0  # without a packet; cameras send at least one a second
STALLED_AFTER = timedelta(seconds=STALLED_AFTER_S)
LATE_STALLED_AFTER = timedelta(seconds=10)  # of one that is late: a keyframe may take seconds on its way
UNDECODABLE_AFTER_S = 20.0  # of packets without a picture; longer than the usual keyframe intervals
KEYFRAMES_APART = 1.5  # times the longest interval of keyframes: for so long at least a stream may give no picture
LATE_S = 5.0
ANEW_AFTER_S = 60.0  # late or without a picture: a new connection begins in the present, and learns what is sent
BEST_OF_S = 600.0
BUCKET_S = 2.0
JUMP_S = 10.0  # stamps that leap by more than this begin anew


class Lag:
    """How far a stream arrives behind its own best of the last ten minutes, by its stamps.

    The least lateness of each two seconds counts: single packets are late for the network's sake. Ten minutes are too
    short for a camera's clock that merely runs slow to show. While it is late, its best stays what it was: by time
    alone nobody catches up.
    """

    def __init__(self) -> None:
        # When it began, and the least offset in it: the newest two seconds, and of those before only such as had less
        # than all after them, so that the first of them is the best.
        self._newest: tuple[float, float] | None = None
        self._before: deque[tuple[float, float]] = deque()
        self._stamp_s: float | None = None
        self._stamped_s = 0.0  # when it came
        self._seconds = 0.0

    def add(self, stamp_s: float, arrived_s: float) -> None:
        """A packet with `stamp_s` on the stream's clock came at `arrived_s` of one that nobody sets: monotonic."""
        if self._stamp_s is None or not -1.0 < stamp_s - self._stamp_s < JUMP_S:
            self._newest = None
            self._before.clear()
        self._stamp_s, self._stamped_s = stamp_s, arrived_s
        least_s = self._put(arrived_s - stamp_s, arrived_s)
        self._seconds = max(0.0, least_s - self._before[0][1]) if self._before else 0.0

    def add_unstamped(self, arrived_s: float) -> None:
        """A packet without a stamp came. When only such come, nothing is known of the lag any more."""
        if self._stamp_s is not None and arrived_s - self._stamped_s > BUCKET_S:
            self._stamp_s = None
            self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """The lag now, 0 at best. Any thread may ask."""
        return self._seconds

    def _put(self, offset_s: float, at_s: float) -> float:
        """The least offset of the newest two seconds, with this one."""
        if self._newest is not None and at_s - self._newest[0] < BUCKET_S:
            self._newest = (self._newest[0], min(self._newest[1], offset_s))
            return self._newest[1]
        if self._newest is not None:
            while self._before and self._before[-1][1] >= self._newest[1]:
                self._before.pop()
            self._before.append(self._newest)
        while self._seconds <= LATE_S and self._before and self._before[0][0] < at_s - BEST_OF_S:
            self._before.popleft()
        self._newest = (at_s, offset_s)
        return offset_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A state, since when, and why."""

    state: CameraState
    since: datetime
    reason: str = ""


class StreamHealth:
    """The state machine of one camera's stream. The camera's thread tells it what happens; any thread may ask.

    connecting -> live with the first packet; live <-> stalled, undecodable, late by time; any -> offline, stalled or
    undecodable when a connection fails, by what it had brought, and late when it is given up; these stand until packets
    come again, undecodable until they give a picture.
    """

    def __init__(self, now: datetime) -> None:
        self._said = Standing(state=CameraState.CONNECTING, since=now)
        self._arrived_at: datetime | None = None  # of the newest packet of this connection
        self._picture_at: datetime | None = None  # when the newest picture was decoded, or packets began to come
        self._lag = Lag()
        self._arrived_s = 0.0  # of the newest packet, on a clock that nobody sets
        self._late_at: datetime | None = None  # since when they come late
        self._late_s = self._blind_s = 0.0  # for how long packets have come late, or without a picture
        self._gave_none = False  # the connection before was blind, and nothing has shown yet that this one is not
        self._keyframe_s: float | None = None  # when the newest came, and the longest that two lay apart
        self._apart_s = 0.0

    def began(self) -> None:
        """A new connection is being made: nothing has arrived of it yet."""
        self._arrived_at = self._picture_at = None
        self._lag = Lag()
        self._late_s = self._blind_s = self._apart_s = 0.0
        self._keyframe_s = self._late_at = None

    def packet(self, packet: Packet, now: datetime, now_s: float) -> bool:
        """`packet` came at `now`, `now_s` on a clock that nobody sets; True when the stream is live with it."""
        first = self._arrived_at is None
        flowed_s = 0.0 if first else min(now_s - self._arrived_s, STALLED_AFTER_S)
        self._arrived_at, self._arrived_s = now, now_s
        self._blind_s += flowed_s
        if packet.is_keyframe:
            self._apart_s = max(self._apart_s, now_s - (self._keyframe_s if self._keyframe_s is not None else now_s))
            self._keyframe_s = now_s
        ticks = packet.dts_ticks if packet.dts_ticks is not None else packet.pts_ticks
        if ticks is None:
            self._lag.add_unstamped(now_s)
        else:
            self._lag.add(seconds_of(ticks, packet.time_base), now_s)
        self._note_lateness(now, flowed_s)
        if first:
            self._picture_at = self._said.since if self._gave_none else now
            self._said = Standing(state=CameraState.LIVE, since=now)
        return first

    def _note_lateness(self, now: datetime, flowed_s: float) -> None:
        if self._lag.seconds > LATE_S:
            self._late_at = self._late_at or now
            self._late_s += flowed_s
        else:
            self._late_at, self._late_s = None, 0.0

    def picture(self, now: datetime) -> None:
        """A picture was decoded."""
        self._picture_at = now
        self._blind_s = 0.0
        self._gave_none = False

    def failed(self, error: CameraError, now: datetime) -> bool:
        """The connection broke, or was never made; True when the state or its reason is new."""
        state = self._after(error.fault)
        told, stood = self._said, self.standing(now)
        self._gave_none = state is CameraState.UNDECODABLE and self._is_blind()
        self._said = Standing(state=state, since=stood.since if state is stood.state else now, reason=error.reason)
        return (state, error.reason) != (told.state, told.reason)

    def standing(self, now: datetime) -> Standing:
        """Where the stream stands at `now`."""
        said, arrived_at, picture_at = self._said, self._arrived_at, self._picture_at
        if said.state is not CameraState.LIVE or arrived_at is None or picture_at is None:
            return said
        is_late = self._late_at is not None
        if now - arrived_at > (LATE_STALLED_AFTER if is_late else STALLED_AFTER):
            return Standing(state=CameraState.STALLED, since=arrived_at, reason="its packets have stopped")
        if self._is_blind():
            return Standing(state=CameraState.UNDECODABLE, since=picture_at, reason="its packets give no picture")
        lag_s, late_at = self.lag_s, self._late_at
        if lag_s > LATE_S and late_at is not None:
            return Standing(state=CameraState.LATE, since=late_at, reason=f"it is {lag_s:.0f} s behind")
        return said

    def hopeless(self) -> tuple[Fault, str] | None:
        """Why the connection is to be made anew although packets come; None while it need not."""
        if self._blind_s > self._patience_s(ANEW_AFTER_S):
            return Fault.UNREADABLE, "its packets give no picture"
        if self._late_s > ANEW_AFTER_S:
            return Fault.BEHIND, f"it stays {self.lag_s:.0f} s behind"
        return None

    @property
    def lag_s(self) -> float:
        """How far behind its own best the stream arrives, in seconds."""
        return self._lag.seconds

    def _is_blind(self) -> bool:
        return self._gave_none or self._blind_s > self._patience_s(UNDECODABLE_AFTER_S)

    def _patience_s(self, least_s: float) -> float:
        """How long packets may give no picture: a sleeping camera's keyframes alone are decoded."""
        return max(least_s, KEYFRAMES_APART * self._apart_s)

    def _after(self, fault: Fault) -> CameraState:
        """What a failed connection leaves behind: decided by what arrived, for errors alone do not tell."""
        if fault is Fault.UNREADABLE:
            return CameraState.UNDECODABLE
        if fault is Fault.BEHIND:
            return CameraState.LATE
        if fault is Fault.SILENT and self._arrived_at is not None:
            return CameraState.STALLED
        return CameraState.OFFLINE
