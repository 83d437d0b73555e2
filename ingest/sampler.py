"""Which pictures are analysed: chosen by pts alone, so that a replay chooses as the live camera did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.messages import Frame

ANALYSIS_RATE_HZ = 3.0  # frames a second of a busy camera, at least, where it has as many
MOST_HZ = 2 * ANALYSIS_RATE_HZ  # at most: two in a slot
ROUNDING_S = 0.005  # stamps in whole milliseconds, and 29.97 frames a second, are no delay
WAVERING_S = 0.02  # nor are stamps that waver: by so much an expected frame may be late


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

    def wants(self, frame: Frame) -> bool:
        """Whether `frame` is analysed. Frames come in the order of display; pts that run backwards begin anew."""
        at_s, slot = frame.pts_s, self._slot_of(frame.pts_s)
        self._passed += 1
        if slot == self._slot and not self._would_be_late(at_s):
            return False
        self._slot, self._chosen_s, self._passed = slot, at_s, 0
        return True

    def _would_be_late(self, at_s: float) -> bool:
        """Whether the next slot's first frame would come too late, and this one lies well after the one before."""
        if at_s - self._chosen_s < 0.5 / self._rate_hz:
            return False
        interval_s = (at_s - self._chosen_s) / self._passed
        begins_s = (self._slot_of(at_s) + 1) / self._rate_hz - ROUNDING_S
        frames = max(1, math.ceil((begins_s - at_s) / interval_s))
        return at_s + frames * interval_s - self._chosen_s > 1 / self._rate_hz + WAVERING_S

    def _slot_of(self, at_s: float) -> int:
        return math.floor((at_s + ROUNDING_S) * self._rate_hz)
