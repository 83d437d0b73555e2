"""Packets to pictures, on the thread that calls. No colour is converted here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import av

from ingest.errors import FrameError
from ingest.hardware import SOFTWARE, open_codec
from ingest.messages import Frame, KeyPicture, Packet, StreamInfo
from ingest.times import FrameTimes, Stamps

if TYPE_CHECKING:
    from av import VideoFrame
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext


GIVE_UP_AFTER = 3  # keyframes in a row that a device cannot decode


class _Tag(NamedTuple):
    """What a packet's pictures must know of it; FFmpeg carries it through the reordering."""

    captured_at: datetime
    is_hidden: bool


class Decoder:
    """Decodes one stream's packets, in the order they come. Nothing is given out before the first keyframe.

    `device` is the kind of hardware it decodes on, "" when that is the processor.
    """

    def __init__(self, stream: StreamInfo, hwaccel: str = SOFTWARE) -> None:
        self._stream = stream
        self._codec, self.device = _codec(stream, hwaccel)
        self._failures = 0  # in a row
        self._reorder_depth = stream.reorder_depth
        self._times = FrameTimes(stream)
        self._camera = ""
        self._waits_for_keyframe = True
        self._keyframe: KeyPicture | None = None  # the newest that was shown

    def decode(self, packet: Packet) -> list[Frame]:
        """The pictures that are complete with `packet`, in the order of display.

        Raises:
            FrameError: it is damaged. What follows is skipped up to the next keyframe.
        """
        self._camera = packet.camera
        if self._waits_for_keyframe and not packet.is_keyframe:
            return []
        self._waits_for_keyframe = False
        try:
            pictures = self._codec.decode(_encoded(packet))
        except av.FFmpegError as error:
            self._failed()
            raise FrameError(f"{packet.camera}: a packet cannot be decoded ({error.strerror})") from None
        self._failures = 0 if pictures else self._failures
        return self._frames(pictures, packet)

    def flush(self, alone: Packet | None = None) -> list[Frame]:
        """The pictures the decoder still held back; `alone` came the only one. It can go on with the next keyframe."""
        try:
            pictures = self._codec.decode(None)
        except av.FFmpegError as error:
            raise FrameError(f"{self._camera}: the last packets cannot be decoded ({error.strerror})") from None
        finally:
            self.restart()
        return self._frames(pictures, alone)

    def restart(self) -> None:
        """Forget every picture; wait for the next keyframe."""
        self._codec.flush_buffers()
        self._codec.reorder_depth = self._reorder_depth  # flushing forgets it, and would lose the next B-frames
        self._waits_for_keyframe = True

    def rest(self, keyframe: Packet) -> None:
        """Forget every picture, and give memory back: FFmpeg keeps as many buffers as were ever in use at once.

        The decoder stays as it is where a new one could not begin with `keyframe`: not every stream repeats its
        parameters, and a device's decoder is made anew at a price.
        """
        if not self.device:
            fresh, _ = _codec(self._stream, SOFTWARE)
            if _begins_with(fresh, keyframe):
                self._codec = fresh
        self.restart()

    def _failed(self) -> None:
        """Begin again at the next keyframe; a device that fails on one after another is given up for the processor."""
        self._failures += 1
        if self.device and self._failures >= GIVE_UP_AFTER:
            self._codec, self.device = _codec(self._stream, SOFTWARE)
        self.restart()

    def _frames(self, pictures: list[VideoFrame], trigger: Packet | None) -> list[Frame]:
        damaged = [picture for picture in pictures if picture.is_corrupt]
        if damaged:
            self.restart()
            raise FrameError(f"{self._camera}: a picture is damaged")
        return [self._frame(picture, trigger) for picture in pictures if not _tag(picture).is_hidden]

    def _frame(self, picture: VideoFrame, trigger: Packet | None) -> Frame:
        pts_s, captured_at = self._times.place(
            Stamps(
                pts_ticks=picture.pts,
                dts_ticks=picture.dts,
                own_at=_tag(picture).captured_at,
                trigger_at=trigger.captured_at if trigger else None,
            )
        )
        if picture.key_frame:
            self._keyframe = KeyPicture.of(picture, captured_at)
        return Frame(camera=self._camera, pts_s=pts_s, captured_at=captured_at, video=picture, keyframe=self._keyframe)


def _codec(stream: StreamInfo, hwaccel: str) -> tuple[VideoCodecContext, str]:
    """A decoder that works on the calling thread alone: FFmpeg's frame threads would hold pictures back."""
    codec, device = open_codec(stream.codec, hwaccel)
    codec.extradata = stream.extradata
    codec.thread_type = av.codec.context.ThreadType.NONE
    codec.thread_count = 1
    codec.copy_opaque = True
    codec.reorder_depth = stream.reorder_depth
    return codec, device


def _begins_with(codec: VideoCodecContext, keyframe: Packet) -> bool:
    try:
        pictures = [*codec.decode(_encoded(keyframe)), *codec.decode(None)]
    except av.FFmpegError:
        return False
    return bool(pictures) and not any(picture.is_corrupt for picture in pictures)


def _encoded(packet: Packet) -> av.Packet[Stream]:
    encoded = av.Packet(len(packet.payload))  # FFmpeg reads past the end: its own memory is padded there, bytes are not
    encoded.update(packet.payload)
    encoded.pts, encoded.dts = packet.pts_ticks, packet.dts_ticks
    encoded.time_base = packet.time_base
    encoded.is_keyframe = packet.is_keyframe
    encoded.opaque = _Tag(packet.captured_at, packet.is_hidden)
    return encoded


def _tag(picture: VideoFrame) -> _Tag:
    return cast("_Tag", picture.opaque)
