"""Media time: when each packet was captured, on the node's UTC.

A packet's arrival says when it was captured plus what the network took. Its pts says how long after the one before it
was captured, exactly, but on a clock of the camera's own. So time is anchored at an arrival and carried forward by pts,
and the anchor moves when the two no longer agree.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ingest.messages import SET_BACK

Clock = Callable[[], datetime]
"""What says the time now, in aware UTC."""

DRIFT = timedelta(milliseconds=250)  # re-anchor when every packet of a window came later than this
WINDOW = timedelta(seconds=10)  # longer than a network's hiccup, so that a late burst does not bend time
LOST = timedelta(seconds=10)  # further behind than this within one connection is no hiccup: the pts slowed or jumped
REORDERED_S = 1.0  # pts run backwards by up to this among B-frames; further is a jump
REORDERED = 16  # pictures in a row that show before one that came earlier, as many as H.264 and H.265 allow
TICK = timedelta(milliseconds=1)  # the least that time goes on between two packets
NOTHING = timedelta(0)
SECOND = timedelta(seconds=1)
EVER = datetime.min.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """The node's clock."""
    return datetime.now(UTC)


class MediaClock:
    """One connection's media time. `anchors` counts how often it was anchored: 1 where pts and arrivals agree.

    `stands` says that the newest packet's pts stands still, and says nothing.

    - No packet is captured after it arrived: one that comes early pulls the anchor back, since those before it must
      have been on their way for longer.
    - Packets that all come late for a whole `WINDOW` push it forward: that is drift. A shorter lateness is the network.
    - A jump of the pts, in either direction, anchors anew at the arrival.
    - Pts that have not passed the newest for longer than B-frames explain stand still: arrivals count until they go on.
    - A node's clock that is set back a little does not take media time with it; further, and all begins anew.
    Time goes strictly forward over packets whose pts do; B-frames keep their place before the frame they depend on.
    """

    def __init__(self) -> None:
        self.anchors = 0
        self.stands = False
        self._passed_at = EVER  # when a packet last lay beyond all before it, and how many have not since
        self._not_passed = 0
        self._set_back = NOTHING
        self._arrived_at: datetime | None = None
        self._anchor = (0.0, EVER)  # a pts, and when it was captured; nothing yet while `anchors` is 0
        self._newest: tuple[float, datetime] | None = None
        self._window: tuple[datetime, timedelta] | None = None  # since when, and the least lateness seen in it

    def captured_at(self, pts_s: float | None, arrived_at: datetime) -> datetime:
        """When the packet with `pts_s` that came at `arrived_at` was captured. Packets come in decoding order."""
        arrived_at = self._without_set_backs(arrived_at)
        self.stands = pts_s is not None and self._stands(pts_s, arrived_at)
        if pts_s is None or self.stands:
            return self._without_pts(arrived_at)
        if not self.anchors or self._jumped(pts_s):
            self._anchor_at(pts_s, arrived_at)
        elif self._newest is None or pts_s > self._newest[0]:
            self._follow(pts_s, arrived_at)
        at = self._mapped(pts_s)
        if self._newest is None or at > self._newest[1]:
            self._newest = (pts_s, at)
        return at

    def _without_set_backs(self, arrived_at: datetime) -> datetime:
        arrived_at += self._set_back
        if self._arrived_at is not None and arrived_at < self._arrived_at:
            back = self._arrived_at - arrived_at
            arrived_at = self._arrived_at
            self._set_back += back
            if self._set_back > SET_BACK:  # a connection may last for months, and be as far ahead for as long
                arrived_at -= self._set_back
                self._set_back, self._newest, self._window, self.anchors = NOTHING, None, None, 0
        self._arrived_at = arrived_at
        return arrived_at

    def _without_pts(self, arrived_at: datetime) -> datetime:
        if self._newest is None:
            self._newest = (float("-inf"), arrived_at)
            return arrived_at
        at = max(arrived_at, self._newest[1] + TICK)
        self._newest = (self._newest[0], at)
        return at

    def _stands(self, pts_s: float, arrived_at: datetime) -> bool:
        """Whether the pts no longer go on. By time and by number: a burst after a stall brings B-frames late."""
        if self._newest is None or pts_s > self._newest[0] or self._jumped(pts_s):
            self._passed_at, self._not_passed = arrived_at, 0
            return False
        self._not_passed += 1
        return self._not_passed > REORDERED and arrived_at - self._passed_at > REORDERED_S * SECOND

    def _jumped(self, pts_s: float) -> bool:
        return self._newest is not None and pts_s < self._newest[0] - REORDERED_S

    def _follow(self, pts_s: float, arrived_at: datetime) -> None:
        """Move the anchor if this packet, the newest by pts, shows that it must."""
        mapped = self._mapped(pts_s)
        late = arrived_at - mapped
        if late > LOST or self._newest_at() >= mapped:
            self._anchor_at(pts_s, arrived_at)
        elif late < NOTHING:
            self._anchor = (pts_s, max(arrived_at, self._newest_at() + TICK))
            self._window = None
        else:
            self._watch(pts_s, arrived_at, late)

    def _watch(self, pts_s: float, arrived_at: datetime, late: timedelta) -> None:
        """Push the anchor forward when a whole window passed without one packet in time."""
        since, least = self._window or (arrived_at, late)
        least = min(least, late)
        self._window = (since, least)
        if arrived_at - since >= WINDOW:
            self._window = None
            if least > DRIFT:
                self._anchor_at(pts_s, arrived_at - late + least)

    def _anchor_at(self, pts_s: float, at: datetime) -> None:
        """Anchor `pts_s` at `at`, or just after what was given out before."""
        self.anchors += 1
        if self._newest is not None:
            at = max(at, self._newest_at() + TICK)
            self._newest = None
        self._anchor = (pts_s, at)
        self._window = None

    def _newest_at(self) -> datetime:
        return self._newest[1] if self._newest else EVER

    def _mapped(self, pts_s: float) -> datetime:
        return self._anchor[1] + timedelta(seconds=pts_s - self._anchor[0])
