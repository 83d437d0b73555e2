"""Which pictures are analysed: chosen by pts alone, so that a replay chooses as the live camera did."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.messages import Frame

ANALYSIS_RATE_HZ = 3.0  # frames a second of a busy camera
ROUNDING = 1e-6  # of a slot: a stamp that lies on its boundary is in it, whichever way its division rounded


class FrameSampler:
    """Wants the first frame in each slot of `1 / rate_hz` seconds of the stream's time."""

    def __init__(self, rate_hz: float = ANALYSIS_RATE_HZ) -> None:
        if rate_hz <= 0:
            raise ValueError(f"a rate of {rate_hz:g} Hz would never choose a frame")
        self._rate_hz = rate_hz
        self._slot: int | None = None

    def wants(self, frame: Frame) -> bool:
        """Whether `frame` is analysed. Frames come in the order of display; pts that run backwards begin anew."""
        slot = math.floor(frame.pts_s * self._rate_hz + ROUNDING)
        if slot == self._slot:
            return False
        self._slot = slot
        return True
