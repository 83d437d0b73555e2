"""Reading packets that nobody waits for several at a time.

A packet that comes alone wakes a thread whose code and data have left the processor's caches: of a quiet camera's cost
most is that, ten times a second. Its packets wait in the connection instead, for a fraction of a second.
"""

from __future__ import annotations

from datetime import datetime

from ingest.messages import Packet

GATHER_S = 0.6  # at most: a change that shows in a packet's size is seen so much later
GATHER_LEAST_S = 0.3  # ... of any stream
GATHER_BYTES = 64 * 1024  # or longer while no more than this waits: it fits into any connection's buffers
SMOOTH = 16  # packets, over which the rate is averaged
EARLY_S, LATE_S = 0.05, 0.01  # before what is awaited is due, to wait for it; or when it has surely come,
PROVEN_S = 1.0  # ... for so long after a read that had to wait: each costs a thread being woken twice
BEHIND_S = 0.2  # behind its own best, a stream has a backlog: it is read until there is none
TRUSTED_S = 2.5  # after a read that had to wait, as most do for a keyframe: most are closer than that
WAITED = 0.2  # of the time between two packets: a read that took so long had to wait


class Gathering:
    """One connection's. Used by the thread that reads it."""

    def __init__(self) -> None:
        self._newest_at: datetime | None = None
        self._bytes_a_s = 0.0
        self._asked_s: float | None = None  # monotonic: when the connection was turned to again
        self._waited_s = float("-inf")  # ... and when a read had to wait last: then there was no backlog

    def pause_s(self, packet: Packet, arrived_at: datetime, arrived_s: float, awaited_s: float, lag_s: float) -> float:
        """How long to leave the connection alone after `packet`, which came at `arrived_at`; 0 to read on.

        `arrived_s` is the same on a clock that nobody sets; `awaited_s` how long after `packet` was captured the next
        one is due that somebody waits for; `lag_s` how far the stream is behind its own best.
        """
        spacing_s = (packet.captured_at - self._newest_at).total_seconds() if self._newest_at else 0.0
        self._newest_at = packet.captured_at
        if spacing_s > 0:
            self._bytes_a_s += (len(packet.payload) / spacing_s - self._bytes_a_s) / SMOOTH
        if self._asked_s is not None and arrived_s - self._asked_s > WAITED * spacing_s > 0:
            self._waited_s = arrived_s
        late_s = (arrived_at - packet.captured_at).total_seconds()
        pause_s = 0.0
        # Else the next one is here already, or may be; and stamps may be missing, or run as they like.
        is_here = packet.pts_ticks is None or late_s >= spacing_s or awaited_s <= 0
        if not is_here and self._has_no_backlog(arrived_s, lag_s):
            turned_to_s = awaited_s - EARLY_S if arrived_s - self._waited_s >= PROVEN_S else awaited_s + LATE_S
            pause_s = max(0.0, min(self._longest_s(), turned_to_s - max(0.0, late_s)))
        self._asked_s = arrived_s + pause_s
        return pause_s

    def _longest_s(self) -> float:
        return min(GATHER_S, max(GATHER_LEAST_S, GATHER_BYTES / max(self._bytes_a_s, 1.0)))

    def _has_no_backlog(self, now_s: float, lag_s: float) -> bool:
        return lag_s < BEHIND_S and now_s - self._waited_s < TRUSTED_S
