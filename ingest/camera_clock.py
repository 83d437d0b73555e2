"""How far a camera's own clock is ahead of the node's, by its RTCP sender reports."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from av.packet import Packet
    from av.video.stream import VideoStream

JUMP_S = 2.0  # from one keyframe to the next without a report between them: stamps jump, clocks do not
_WALL_CLOCK = struct.Struct("=q")  # microseconds since 1970; the rest of it are flags


class CameraClock:
    """One connection's. `ahead_s` includes the packets' way here, and is None while it is not known.

    A report says what the camera's clock shows at one stamp of the stream; from there on the stamps carry it. When they
    jump, nothing is known until the next report.
    """

    def __init__(self) -> None:
        self.ahead_s: float | None = None
        self._lost = False

    def packet(self, packet: Packet[VideoStream], came_at: datetime, *, reported: bool) -> None:
        """One came at `came_at`, a keyframe or one that a report came with: of the others none need be looked at."""
        camera_s = camera_time_s(packet)
        if camera_s is not None:
            self.told(camera_s - came_at.timestamp(), reported=reported)

    def told(self, ahead_s: float, *, reported: bool) -> None:
        """So far ahead is it by the newest packet; `reported` by one that came with a report."""
        goes_on = self.ahead_s is None or abs(ahead_s - self.ahead_s) <= JUMP_S
        self._lost = not (reported or (goes_on and not self._lost))
        self.ahead_s = None if self._lost else ahead_s


def camera_time_s(packet: Packet[VideoStream]) -> float | None:
    """What the camera's clock showed when `packet` was captured, Unix time; None where no report has come yet.

    Source: FFmpeg's `AVProducerReferenceTime`, which its RTP reader makes of the newest sender report and the stamp.
    """
    if not packet.has_sidedata("prft"):
        return None
    (microseconds,) = _WALL_CLOCK.unpack_from(bytes(packet.get_sidedata("prft")))
    return float(microseconds) / 1e6
