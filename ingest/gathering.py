"""Reading packets that nobody waits for several at a time.

A packet that comes alone wakes a thread whose code and data have left the processor's caches: of a quiet camera's cost
most is that, ten times a second. Its packets wait in the connection instead, for a fraction of a second.
"""

from __future__ import annotations

from datetime import datetime

from ingest.messages import Packet

GATHER_S = 0.3  # what a camera sends in this time fits into a connection's buffers many times
EARLY_S = 0.05  # before what is awaited is due


class Gathering:
    """One connection's. Used by the thread that reads it."""

    def __init__(self) -> None:
        self._newest_at: datetime | None = None

    def pause_s(self, packet: Packet, now: datetime, awaited_s: float) -> float:
        """How long to leave the connection alone after `packet`; 0 to read on.

        `awaited_s` is how long after `packet` was captured the next one is due that somebody waits for.
        """
        spacing_s = (packet.captured_at - self._newest_at).total_seconds() if self._newest_at else 0.0
        self._newest_at = packet.captured_at
        late_s = (now - packet.captured_at).total_seconds()
        if late_s >= spacing_s:  # the next one is here already, or may be
            return 0.0
        return max(0.0, min(GATHER_S, awaited_s - max(0.0, late_s) - EARLY_S))
