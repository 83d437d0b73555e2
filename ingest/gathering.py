"""Reading packets that nobody waits for several at a time.

A packet that comes alone wakes a thread whose code and data have left the processor's caches: of a quiet camera's cost
most is that, ten times a second. Its packets wait in the connection instead, for a fraction of a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.container import seconds_of

if TYPE_CHECKING:
    from ingest.messages import Packet

GATHER_S = 0.6  # at most: a change that shows in a packet's size is seen so much later
GATHER_LEAST_S = 0.3  # ... of any stream
GATHER_BYTES = 64 * 1024  # or longer while no more than this waits: it fits into any connection's buffers
SMOOTH = 16  # packets, over which the rate and the work are averaged
LATE_S = 0.01  # what is awaited is read when it has surely come;
EARLY, EARLY_S = 0.75, 0.075  # ... or waited for, from so much of two packets' distance before it is due, at most that,
PROVEN_S = 1.0  # ... a second after the last read that had to wait: each wakes the thread twice
WAITED, WAITED_S = 0.5, 0.05  # of that distance, at most that: a read that took so long had to wait
TRUSTED_S = 2.5  # after such a read, as most do for a keyframe: most are closer than that
BEHIND_S = 0.2  # behind its own best, a stream has a backlog: it is read until there is none
JUMP_S = 10.0  # from one stamp to the next: the stream begins anew
RECENTLY_S = 5.0


class Punctuality:
    """How late each packet comes, against the one of the last seconds that was least late. Stamps drift, slowly."""

    def __init__(self) -> None:
        self._began_s = 0.0
        self._least_s = self._before_s = float("inf")  # in the seconds since then, and in those before

    def late_s(self, stamp_s: float, arrived_s: float) -> float:
        """Of a packet with `stamp_s` on the stream's clock that came at `arrived_s` of one that nobody sets."""
        offset_s = arrived_s - stamp_s
        if arrived_s - self._began_s >= RECENTLY_S:
            self._began_s, self._before_s, self._least_s = arrived_s, self._least_s, offset_s
        self._least_s = min(self._least_s, offset_s)
        return offset_s - min(self._least_s, self._before_s)


class Gathering:
    """One connection's, by its own stamps and a clock that nobody sets. Used by the thread that reads it.

    For every packet `came`, then `pause_s`, then `turned` to the next one.
    """

    def __init__(self) -> None:
        self._punctuality = Punctuality()
        self._stamp_s: float | None = None  # of the newest packet, on the stream's clock; None: nothing is known
        self._spacing_s = 0.0  # from the one before it
        self._late_s = 0.0
        self._arrived_s = 0.0
        self._bytes_a_s = 0.0
        self._work_s = 0.0  # from a packet's coming to `pause_s`
        self._turned_s: float | None = None
        self._waited_s = float("-inf")  # when a read had to wait last: then there was no backlog

    def came(self, packet: Packet, arrived_s: float) -> None:
        """`packet` was read at `arrived_s`."""
        self._arrived_s = arrived_s
        ticks = packet.dts_ticks if packet.dts_ticks is not None else packet.pts_ticks
        before_s, self._stamp_s = self._stamp_s, None if ticks is None else seconds_of(ticks, packet.time_base)
        self._spacing_s = 0.0
        if self._stamp_s is None or before_s is None:
            return
        if not -1.0 < self._stamp_s - before_s < JUMP_S:
            self._punctuality, self._waited_s = Punctuality(), float("-inf")
            return
        self._spacing_s = max(0.0, self._stamp_s - before_s)
        self._late_s = self._punctuality.late_s(self._stamp_s, arrived_s)
        if self._spacing_s > 0:
            self._bytes_a_s += (len(packet.payload) / self._spacing_s - self._bytes_a_s) / SMOOTH
            self._note_wait(arrived_s)

    def _note_wait(self, arrived_s: float) -> None:
        if self._turned_s is not None and arrived_s - self._turned_s > min(WAITED * self._spacing_s, WAITED_S):
            self._waited_s = arrived_s

    def pause_s(self, awaited_s: float, now_s: float, lag_s: float) -> float:
        """How long to leave the connection alone after the newest packet; 0 to read on.

        `awaited_s` is how long after it was captured the next one is due that somebody waits for; `lag_s` how far the
        stream is behind its own best. What gathers is worked off before what is awaited comes.
        """
        self._work_s += (now_s - self._arrived_s - self._work_s) / SMOOTH
        since_s = self._late_s + now_s - self._arrived_s
        if awaited_s <= 0 or since_s >= self._spacing_s or not self._has_no_backlog(lag_s):
            return 0.0  # the next one is here already, or may be; and stamps may be missing, or run as they like
        longest_s = self.longest_s
        work_s = self._work_s * max(0.0, min(awaited_s, longest_s) / self._spacing_s - 1)
        return max(0.0, min(longest_s, awaited_s - self._early_s() - since_s - work_s))

    def turned(self, now_s: float) -> None:
        """The connection is read again."""
        self._turned_s = now_s

    def _early_s(self) -> float:
        is_proven = self._arrived_s - self._waited_s < PROVEN_S
        return -LATE_S if is_proven else min(EARLY * self._spacing_s, EARLY_S)

    @property
    def longest_s(self) -> float:
        """How long at most the connection may be left alone, by what its packets weigh."""
        return min(GATHER_S, max(GATHER_LEAST_S, GATHER_BYTES / max(self._bytes_a_s, 1.0)))

    def _has_no_backlog(self, lag_s: float) -> bool:
        return lag_s < BEHIND_S and self._arrived_s - self._waited_s < TRUSTED_S
