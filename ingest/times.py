"""When each decoded picture belongs, whatever stamps its packet carried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ingest.container import nominal_ticks

if TYPE_CHECKING:
    from ingest.messages import StreamInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """What a decoder says of one picture."""

    pts_ticks: int | None
    dts_ticks: int | None  # of the packet that made the decoder put it out; rises in the order of display
    own_at: datetime  # captured_at of the packet it came in
    trigger_at: (
        datetime | None
    )  # captured_at of the packet that made the decoder put it out; None of several that were flushed


class FrameTimes:
    """Gives each picture its `(pts_s, captured_at)`: by pts; where there is none by dts; else as long after the last as
    it was captured after it, for packets between them may not have been decoded.

    `pts_s` counts from the first picture, and follows the stream where that jumps.
    """

    def __init__(self, stream: StreamInfo) -> None:
        self._second = 1 / stream.time_base  # in ticks
        self._step_ticks = nominal_ticks(stream)
        self._step = timedelta(seconds=float(self._step_ticks / self._second))
        self._origin_ticks: int | None = None
        self._last: tuple[int, datetime] | None = None  # ticks from the first picture, captured_at

    def place(self, stamps: Stamps) -> tuple[float, datetime]:
        """Where the next picture, in the order of display, belongs."""
        at = self._captured_at(stamps)
        ticks = self._ticks(stamps, at)
        self._last = (ticks, at)
        return float(ticks / self._second), at

    def _due(self, at: datetime) -> int:
        """Where a picture of `at` lies when no stamp tells; one step after the last where time did not go on."""
        if self._last is None:
            return 0
        elapsed_ticks = round((at - self._last[1]).total_seconds() * self._second)
        return self._last[0] + (elapsed_ticks if elapsed_ticks > 0 else self._step_ticks)

    def _ticks(self, stamps: Stamps, at: datetime) -> int:
        stamp = stamps.pts_ticks if stamps.pts_ticks is not None else stamps.dts_ticks
        if stamp is None:
            return self._due(at)
        if self._origin_ticks is None:
            self._origin_ticks = stamp - self._due(at)
        return stamp - self._origin_ticks

    def _captured_at(self, stamps: Stamps) -> datetime:
        if stamps.pts_ticks is not None:
            return stamps.own_at
        if stamps.trigger_at is not None:
            return stamps.trigger_at
        return stamps.own_at if self._last is None else self._last[1] + self._step
