"""Which pictures are analysed: chosen by pts alone, so that a replay chooses as the live camera did."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.messages import Frame

ANALYSIS_RATE_HZ = 3.0  # frames a second of a busy camera, at least, where it has as many
MOST_HZ = 2 * ANALYSIS_RATE_HZ  # at most: two in a slot
ROUNDING_S = 0.005  # stamps in whole milliseconds, and 29.97 frames a second, are no delay
WAVERING_S = 0.02  # nor are stamps that waver: by so much an expected frame may be late
LEAST_INTERVAL_S = 0.004  # between two frames: what comes closer are stamps that foretell nothing


class FrameSampler:
    """Wants the first frame in each slot of `1 / rate_hz` seconds of the stream's time, and one more if need be.

    That is where the next slot's first frame is expected later than a slot's length after it, if frames go on to come
    as they have since. So no two that are chosen lie further apart than that, unless the stream's own frames do; and
    what is chosen in a slot depends on nothing before it: not on frames that were lost, nor on sleep.
    """

    def __init__(self, rate_hz: float = ANALYSIS_RATE_HZ) -> None:
        if rate_hz <= 0:
            raise ValueError(f"a rate of {rate_hz:g} Hz would never choose a frame")
        self._rate_hz = rate_hz
        self._slot: int | None = None
        self._chosen_s = 0.0
        self._passed = 0  # frames since then
        self._newest_s: float | None = None
        self._awaited_at: datetime | None = None

    @property
    def awaited_at(self) -> datetime | None:
        """When the next frame that is analysed was captured, if frames go on to come as they have; None: not known."""
        return self._awaited_at

    def wants(self, frame: Frame) -> bool:
        """Whether `frame` is analysed. Frames come in the order of display; pts that run backwards begin anew."""
        at_s = frame.pts_s
        before_s, self._newest_s = self._newest_s, at_s
        self._passed += 1
        if not self._is_due(at_s, self._passed):
            return False
        self._slot, self._chosen_s, self._passed = self._slot_of(at_s), at_s, 0
        self._awaited_at = self._foreseen(frame, at_s - before_s) if before_s is not None else None
        return True

    def _foreseen(self, chosen: Frame, interval_s: float) -> datetime | None:
        """When the next one to choose after `chosen` is captured, if frames come as far apart as the newest two."""
        if not LEAST_INTERVAL_S <= interval_s < 1 / self._rate_hz:
            return None
        frames = 1
        while not self._is_due(chosen.pts_s + frames * interval_s, frames):
            frames += 1
        return chosen.captured_at + timedelta(seconds=frames * interval_s)

    def _is_due(self, at_s: float, passed: int) -> bool:
        """Whether a frame at `at_s` is chosen, the one of that number after the one that was chosen before."""
        return self._slot_of(at_s) != self._slot or self._would_be_late(at_s, passed)

    def _would_be_late(self, at_s: float, passed: int) -> bool:
        """Whether the next slot's first frame would come too late, and this one lies well after the one before."""
        if at_s - self._chosen_s < 0.5 / self._rate_hz:
            return False
        interval_s = (at_s - self._chosen_s) / passed
        begins_s = (self._slot_of(at_s) + 1) / self._rate_hz - ROUNDING_S
        frames = max(1, math.ceil((begins_s - at_s) / interval_s))
        return at_s + frames * interval_s - self._chosen_s > 1 / self._rate_hz + WAVERING_S

    def _slot_of(self, at_s: float) -> int:
        return math.floor((at_s + ROUNDING_S) * self._rate_hz)
