"""A recording as a camera: as fast as it can be read, or paced as it was recorded; once, or in a loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import av
import structlog

from ingest.clock import Clock
from ingest.container import copied, nominal_ticks, seconds_of, stream_info, video_stream
from ingest.errors import CameraError, Fault
from ingest.faults import opening_error, reading_error
from ingest.pace import Pace

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet as Encoded
    from av.video.stream import VideoStream

    from ingest.messages import Packet, StreamInfo

log = structlog.get_logger()
TRIED = 50  # packets at most, for a first picture
TURN = "encode it anew: ffmpeg -i FILE TURNED.mp4"


class FileSource:
    """The packets of a video file. A packet's `captured_at` is the source's start plus its place in the recording.

    That start is `start` (a replay), or the clock's time when the first packet is read. With `loop`, turn follows turn
    with pts and dts that go on rising. Used by one thread, opened once.
    """

    def __init__(
        self, camera_id: str, path: Path, *, paced: bool, loop: bool, start: datetime | None, clock: Clock
    ) -> None:
        self._camera = camera_id
        self._path = path
        self._pace = Pace() if paced else None
        self._loop = loop
        self._start = start
        self._clock = clock
        self._turn: _Turn | None = None

    @property
    def clock_ahead_s(self) -> float | None:
        """A file has no clock of its own."""
        return None

    @property
    def buffers(self) -> bool:
        """A file is read when it is its time."""
        return False

    @property
    def stated_s(self) -> float:
        """How long an opened file's header says that it lasts; 0 where it does not say. Fragments may come on top."""
        return self._turn.stated_s if self._turn is not None else 0.0

    def open(self) -> StreamInfo:
        """Open the file and learn what it holds.

        Raises:
            CameraError: it is not there, or no video.
        """
        av.logging.set_level(None)  # the same for every source: FFmpeg does not write to our log
        self._turn = self._opened(begins_ticks=0)
        return self._turn.info

    def packets(self) -> Iterator[Packet]:
        """The file's packets in decoding order; ends where the file does, unless it loops.

        Warns where its pictures are to be turned before they are shown: nothing here does that.

        Raises:
            CameraError: the file cannot be read on, or holds no packet to repeat.
        """
        if self._turn is None:
            raise RuntimeError("open the source before reading it")
        if degrees := _rotation(self._path):
            told = log.bind(camera=self._camera, file=self._path.name, rotation=degrees)
            told.warning("the picture is judged as coded, not as the file says that it is to be turned", mend=TURN)
        start = self._start or self._clock()
        while True:
            yield from self._paced(self._turn.packets(start))
            if not self._loop:
                return
            if self._turn.is_empty:
                raise CameraError(self._camera, Fault.ENDED, f"{self._path} holds no packets")
            self.close()
            self._turn = self._opened(begins_ticks=self._turn.ends_ticks)

    def close(self) -> None:
        """Close the file. Harmless when it never opened."""
        if self._turn is not None:
            self._turn.close()

    def _opened(self, *, begins_ticks: int) -> _Turn:
        """The file from its beginning. Opened anew for each turn: a sought AVI begins with broken pictures."""
        try:
            container = av.open(str(self._path))
        except av.FFmpegError as error:
            raise opening_error(self._camera, str(self._path), error) from None
        stream = video_stream(container)
        if stream is None or not stream.codec_context.width:
            raise CameraError(self._camera, Fault.UNREADABLE, f"{self._path} holds no video that can be read")
        return _Turn(self._camera, container, stream, begins_ticks=begins_ticks)

    def _paced(self, packets: Iterator[tuple[float, Packet]]) -> Iterator[Packet]:
        for due_s, packet in packets:
            if self._pace is not None:
                self._pace.wait_until(due_s)
            yield packet


class _Turn:
    """One reading of the file from end to end, placed on the source's time from `begins_ticks` on."""

    def __init__(self, camera: str, container: InputContainer, stream: VideoStream, *, begins_ticks: int) -> None:
        self._camera = camera
        self._container = container
        self._stream = stream
        self.info = stream_info(stream)
        self._begins_ticks = begins_ticks
        self.stated_s = _stated_s(container, stream)
        self._shift_ticks = begins_ticks - (stream.start_time or 0)  # from the file's stamps to the source's time
        self.ends_ticks = begins_ticks
        # AVI keeps no pts, and what FFmpeg makes up for B-frames is wrong: better none than wrong ones.
        self._pts_are_made_up = "avi" in container.format.name and self.info.reorder_depth > 0

    @property
    def is_empty(self) -> bool:
        """Whether not one packet was read."""
        return self.ends_ticks == self._begins_ticks

    def packets(self, start: datetime) -> Iterator[tuple[float, Packet]]:
        """Every packet, and when to hand it on: its dts in seconds of the source's time."""
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield self._placed(packet, start)
        except av.FFmpegError as error:
            raise reading_error(self._camera, self._container.name, error) from None

    def close(self) -> None:
        self._container.close()

    def _placed(self, packet: Encoded[VideoStream], start: datetime) -> tuple[float, Packet]:
        if self._pts_are_made_up:
            packet.pts = None
        ticks = packet.pts if packet.pts is not None else packet.dts
        ticks = self.ends_ticks if ticks is None else ticks + self._shift_ticks
        due = ticks if packet.dts is None else packet.dts + self._shift_ticks
        self.ends_ticks = max(self.ends_ticks, ticks + (packet.duration or nominal_ticks(self.info)))
        at = start + timedelta(seconds=seconds_of(ticks, self.info.time_base))
        plain = copied(packet, camera=self._camera, info=self.info, captured_at=at)
        return seconds_of(due, self.info.time_base), self._shifted(plain)

    def _shifted(self, packet: Packet) -> Packet:
        if not self._begins_ticks:
            return packet
        by = self._begins_ticks
        pts, dts = packet.pts_ticks, packet.dts_ticks
        return replace(packet, pts_ticks=None if pts is None else pts + by, dts_ticks=None if dts is None else dts + by)


def _stated_s(container: InputContainer, stream: VideoStream) -> float:
    if stream.duration is not None and stream.time_base is not None:
        return seconds_of(stream.duration, stream.time_base)
    return (container.duration or 0) / av.time_base


def _rotation(path: Path) -> int:
    """By how many degrees the pictures are to be turned, as the first says; 0 where none can be decoded.

    Decoded from an opening of its own: what is demuxed for it is not missing afterwards.
    """
    with suppress(av.FFmpegError), av.open(str(path)) as container:
        stream = video_stream(container)
        if stream is not None:
            stream.codec_context.thread_count = 1
            for packet in islice(container.demux(stream), TRIED):
                for picture in packet.decode():
                    return picture.rotation
    return 0
