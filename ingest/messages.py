"""What ingest hands to the other rooms."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter
    from numpy.typing import NDArray


SET_BACK = timedelta(seconds=10)  # what is further back than this says that the node's clock was set back
SMALL_WIDTH = 160  # columns of the reduced picture; averaging takes the sensor's noise with it
SAMPLED_WIDTH = 160  # columns of a keyframe's sample, about: single pixels, with their noise


class _Converter(threading.local):
    """FFmpeg's conversion, one a thread: a picture's own would have its tables made anew for each picture."""

    _own: VideoReformatter | None = None

    def bgr(self, picture: VideoFrame) -> VideoFrame:
        """`picture` in colour. On one thread: FFmpeg would start as many as there are cores for every picture."""
        if self._own is None:
            from av.video.reformatter import VideoReformatter  # here: who only reads states must not carry FFmpeg

            self._own = VideoReformatter()
        return self._own.reformat(picture, format="bgr24", threads=1)


_converter = _Converter()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """What a stream carries, enough to write its packets into a file without decoding them."""

    codec: str  # FFmpeg's name: "h264", "hevc", "mpeg4", "vp8"
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
class KeyPicture:
    """Of a picture that was encoded by itself: some of its pixels, as they are."""

    captured_at: datetime  # UTC
    sample: NDArray[np.uint8]  # brightness of every few pixels, (h, w), w about `SAMPLED_WIDTH`

    @classmethod
    def of(cls, video: VideoFrame, captured_at: datetime) -> KeyPicture:
        """A sample of `video`, copied."""
        luma = _luma(video)
        step = max(1, luma.shape[1] // SAMPLED_WIDTH)
        return cls(captured_at=captured_at, sample=np.ascontiguousarray(luma[::step, ::step]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One decoded picture that was chosen for analysis. The decoder's planes are shared and read-only."""

    camera: str
    pts_s: float  # seconds on the stream's own clock, from its first frame
    captured_at: datetime  # UTC
    video: VideoFrame
    keyframe: KeyPicture | None = None  # the newest, this one or an earlier one of its connection
    catching_up: bool = False  # decoded late, because what came after it woke the camera: not to be passed over
    _small: list[NDArray[np.uint8]] = field(default_factory=list, init=False, repr=False)  # made once, when asked for

    def luma(self) -> NDArray[np.uint8]:
        """Brightness, `(h, w)` uint8, read-only. A view of the decoder's plane where the pixel format has one."""
        return _luma(self.video)

    def small(self) -> NDArray[np.uint8]:
        """Brightness reduced to `SMALL_WIDTH` columns by area averaging, `(h, w)` uint8, read-only."""
        if not self._small:
            luma = self.luma()
            height = max(1, round(SMALL_WIDTH * luma.shape[0] / luma.shape[1]))
            small = np.asarray(cv2.resize(luma, (SMALL_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
            small.flags.writeable = False
            self._small.append(small)
        return self._small[0]

    def bgr(self) -> NDArray[np.uint8]:
        """The picture in colour, `(h, w, 3)` uint8 in BGR order, read-only. Converts: call it only when needed."""
        picture = np.asarray(_converter.bgr(self.video).to_ndarray(), np.uint8)
        picture.flags.writeable = False
        return picture


def _luma(video: VideoFrame) -> NDArray[np.uint8]:
    if video.format.name not in {"yuv420p", "yuvj420p", "nv12", "gray", "yuv422p", "yuvj422p"}:
        plane = np.asarray(video.to_ndarray(format="gray"), np.uint8)
    else:
        first = video.planes[0]
        rows = np.frombuffer(memoryview(first), np.uint8).reshape(-1, first.line_size)
        plane = rows[: video.height, : video.width]
    plane.flags.writeable = False
    return plane


class CameraState(StrEnum):
    """Where a camera stands: its stream, and while that is live, its picture."""

    CONNECTING = "connecting"
    LIVE = "live"
    OFFLINE = "offline"  # nothing arrives: it cannot be reached, refuses, or ended the stream
    STALLED = "stalled"  # packets came, and have stopped
    UNDECODABLE = "undecodable"  # what arrives gives no pictures
    LATE = "late"  # what arrives is older and older
    FROZEN = "frozen"  # the picture repeats
    DARK = "dark"
    COVERED = "covered"
    DEFOCUSED = "defocused"
    MOVED = "moved"  # another view than the one its zones were drawn in


PICTURE_STATES = frozenset(
    {CameraState.FROZEN, CameraState.DARK, CameraState.COVERED, CameraState.DEFOCUSED, CameraState.MOVED}
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a moving camera was, at one moment."""

    lat: float  # degrees north, WGS 84
    lon: float  # degrees east, WGS 84
    speed_m_s: float | None  # metres a second; None where it is not told
    at: datetime  # UTC
