"""Cameras that are reached over a network: RTSP and RTMP, by FFmpeg through PyAV."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import av

from ingest.camera_clock import CameraClock
from ingest.clock import Clock, MediaClock
from ingest.container import copied, stamp_s, stream_info, unstamped, video_stream
from ingest.errors import CameraError, Fault
from ingest.faults import opening_error, place, reading_error
from ingest.pictures import whole_pictures

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet as Encoded
    from av.video.stream import VideoStream

    from config.model import Camera, Stream
    from ingest.messages import Packet, StreamInfo

SOON_S = 2.0  # a name that is looked up so quickly may be looked up once more
PARAMETERS: Literal["new_extradata"] = "new_extradata"  # FFmpeg's name for parameter sets that replace the first ones
REPORT: Literal["rtcp_sr"] = "rtcp_sr"  # ... and for a sender report that came with a packet


class RtspSource:
    """One connection to a camera, by `rtsp:`, `rtsps:`, `rtmp:` or `rtmps:`. Used by one thread, opened once.

    `open` takes up to twice the camera's `open_timeout` (connecting, then probing), a packet up to its `read_timeout`;
    neither can be interrupted, and the name look-up before them obeys the resolver's own limits.
    """

    def __init__(self, camera: Camera, url: str, clock: Clock) -> None:
        self._camera = camera.id
        self._settings = camera.stream
        self._read_timeout_s = camera.stream.read_timeout.total_seconds()
        self._url = url  # carries the password: it goes to FFmpeg, and nowhere else
        self._where = place(url)
        self._clock = clock
        self._time = MediaClock()
        self._camera_clock = CameraClock()
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._newest_at: datetime | None = None  # captured_at of the newest packet

    @property
    def clock_ahead_s(self) -> float | None:
        """How far the camera's own clock is ahead of ours, less the packets' way here, by its newest sender report.

        None until it has told its time, and again when its stamps have jumped.
        """
        return self._camera_clock.ahead_s

    @property
    def buffers(self) -> bool:
        """TCP does, and holds the camera back before anything is lost. UDP loses what finds no room."""
        return _is_rtmp(self._url) or self._settings.transport == "tcp"

    def open(self) -> StreamInfo:
        """Connect, and learn what the camera sends.

        Raises:
            CameraError: it cannot be reached, refuses, does not answer in time, or sends no video.
        """
        av.logging.set_level(None)  # FFmpeg's own log lines would carry the URL
        open_s, read_s = self._settings.open_timeout.total_seconds(), self._read_timeout_s
        began_s = time.monotonic()
        try:
            self._container = av.open(self._url, options=_options(self._url, self._settings), timeout=(open_s, read_s))
        except av.FFmpegError as error:
            took_s = time.monotonic() - began_s
            told = _unanswered(opening_error(self._camera, self._where, error, ran_out=took_s >= open_s))
            raise (self._of_its_name(told) if took_s < SOON_S else told) from None
        self._stream = video_stream(self._container)
        if self._stream is None or not self._stream.codec_context.width:
            if time.monotonic() - began_s >= open_s:  # all the time was spent waiting for a first picture
                raise CameraError(self._camera, Fault.SILENT, f"{self._where} answers, and sends no video in time")
            raise CameraError(self._camera, Fault.UNREADABLE, f"{self._where} sends no video that can be read")
        return stream_info(self._stream)

    def _of_its_name(self, error: CameraError) -> CameraError:
        """`error`, if it is not that nobody knows the host's name: FFmpeg calls that an input/output error."""
        host = urlsplit(self._url).hostname
        if error.fault is not Fault.UNREACHABLE or not host:
            return error
        try:
            socket.getaddrinfo(host, None)
        except socket.gaierror as unknown:
            why = unknown.strerror
        except UnicodeError:
            why = "no name is like that"
        else:
            return error
        return CameraError(
            self._camera, Fault.UNREACHABLE, f"{self._where} cannot be opened: its name is not found ({why})"
        )

    def packets(self) -> Iterator[Packet]:
        """The camera's packets as they come, in decoding order, for ever.

        Raises:
            CameraError: nothing came in time, the connection broke, or the camera ended the stream.
        """
        if self._container is None or self._stream is None:
            raise RuntimeError("open the source before reading it")
        return whole_pictures(self._received(self._container, self._stream))

    def _received(self, container: InputContainer, stream: VideoStream) -> Iterator[Packet]:
        info, is_rtmp = stream_info(stream), _is_rtmp(self._url)  # RTSP sends parameters among the pictures
        asked_s = time.monotonic()
        try:
            for packet in container.demux(stream):
                if time.monotonic() - asked_s >= self._read_timeout_s:
                    # Not one that came: what the parser still held when the time was up. It is older than the silence.
                    raise CameraError(self._camera, Fault.SILENT, f"{self._where} does not answer in time")
                if is_rtmp and _has_new_parameters(packet, info):
                    raise CameraError(self._camera, Fault.ENDED, f"{self._where} goes on with other parameters")
                if packet.size:
                    yield self._placed(packet, info)
                asked_s = time.monotonic()
        except av.FFmpegError as error:
            raise reading_error(self._camera, self._where, error) from None
        raise CameraError(self._camera, Fault.ENDED, f"{self._where} ended the stream")

    def _placed(self, packet: Encoded[VideoStream], info: StreamInfo) -> Packet:
        stamp, arrived_at = stamp_s(packet, info), self._clock()
        at, before_at = self._time.captured_at(stamp, arrived_at), self._newest_at
        self._newest_at = at
        placed = copied(packet, camera=self._camera, info=info, captured_at=at)
        if self._time.stands:
            return unstamped(placed, before_at)
        reported = packet.has_sidedata(REPORT)
        if reported or packet.is_keyframe:
            # By when it was captured: until it was read it may have lain in the connection.
            self._camera_clock.packet(packet, min(at, arrived_at), reported=reported)
        return placed

    def close(self) -> None:
        """Take leave of the camera. Harmless when it never opened."""
        if self._container is not None:
            self._container.close()
            self._container = None


def _unanswered(error: CameraError) -> CameraError:
    """`error`, met before any stream was agreed on: what cannot be read then is an answer, not video."""
    if error.fault is not Fault.UNREADABLE:
        return error
    where = error.reason.partition(" ")[0]
    return CameraError(error.camera, Fault.UNREACHABLE, f"{where} hangs up, or does not speak the protocol")


def _has_new_parameters(packet: Encoded[VideoStream], info: StreamInfo) -> bool:
    """Whether the camera sends something else from `packet` on, as after a change of its resolution over RTMP.

    There the parameter sets come beside the pictures, and may be repeated. A new connection begins with the new ones.
    """
    if not packet.has_sidedata(PARAMETERS):
        return False
    return bytes(packet.get_sidedata(PARAMETERS)) != info.extradata


def _options(url: str, settings: Stream) -> dict[str, str]:
    """FFmpeg's settings for the protocol of `url`."""
    if _is_rtmp(url):
        return {}
    longest = max(settings.open_timeout, settings.read_timeout)
    return {
        "rtsp_transport": settings.transport,
        "allowed_media_types": "video",  # sound is neither asked for nor sent
        "fpsprobesize": "0",  # do not hold the first seconds back to measure the frame rate
        "timeout": str(2 * longest // timedelta(microseconds=1)),  # of a socket call, should PyAV's not bite
    }


def _is_rtmp(url: str) -> bool:
    return urlsplit(url).scheme not in {"rtsp", "rtsps"}
