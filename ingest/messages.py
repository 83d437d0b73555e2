"""What ingest hands to the other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """What a stream carries, enough to write its packets into a file without decoding them."""

    codec: str  # FFmpeg's name: "h264", "hevc", "mpeg4"
    width: int  # pixels
    height: int
    time_base: Fraction  # seconds per tick
    frame_rate: Fraction | None  # frames per second, where the stream says
    extradata: bytes | None  # the codec's parameter sets, as the container keeps them
    reorder_depth: int = 0  # how many pictures a decoder holds back to put B-frames in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One encoded packet, copied out of the demuxer so that nobody shares its memory."""

    camera: str
    payload: bytes
    pts_ticks: int | None
    dts_ticks: int | None
    duration_ticks: int
    time_base: Fraction  # seconds per tick
    is_keyframe: bool
    captured_at: datetime  # UTC
    stream: StreamInfo
    is_hidden: bool = False  # decoded for the sake of later ones, never shown: cut off by the file's edit list


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture that was chosen for analysis. The decoder's planes are shared and read-only."""

    camera: str
    pts_s: float  # seconds on the stream's own clock, from its first frame
    captured_at: datetime  # UTC
    video: VideoFrame

    def luma(self) -> NDArray[np.uint8]:
        """Brightness, `(h, w)` uint8, read-only. A view of the decoder's plane where the pixel format has one."""
        if self.video.format.name not in {"yuv420p", "yuvj420p", "nv12", "gray", "yuv422p", "yuvj422p"}:
            plane = np.asarray(self.video.to_ndarray(format="gray"), np.uint8)
        else:
            first = self.video.planes[0]
            rows = np.frombuffer(memoryview(first), np.uint8).reshape(-1, first.line_size)
            plane = rows[: self.video.height, : self.video.width]
        plane.flags.writeable = False
        return plane

    def bgr(self) -> NDArray[np.uint8]:
        """The picture in colour, `(h, w, 3)` uint8 in BGR order, read-only. Converts: call it only when needed."""
        picture = np.asarray(self.video.to_ndarray(format="bgr24"), np.uint8)
        picture.flags.writeable = False
        return picture


class CameraState(StrEnum):
    """Where a camera's stream stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """A camera's stream at one moment, for metrics, readiness and the page."""

    camera: str
    state: CameraState
    since: datetime  # UTC, when `state` began
    reason: str = ""  # why it is not live, with no password in it
    packets: int = 0
    reconnects: int = 0
    last_packet_at: datetime | None = None  # UTC
