"""Encoded packets into MP4 files, or WebM where MP4 cannot hold them, copied as they are. Nothing is ever encoded."""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av

from storage.errors import EvidenceError, UnreadableClipError
from storage.files import sync
from storage.manifest import IN_WEBM
from storage.nal import carries_parameter_sets, parameter_sets, start_coded

if TYPE_CHECKING:
    from ingest.messages import Packet, StreamInfo

# A fragment every half second, written out at once: whatever kills the process, the file plays up to there.
_GROWING = {
    "mp4": {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000", "flush_packets": "1"},
    "webm": {"cluster_time_limit": "500", "flush_packets": "1"},
}
_FINISHED = {"mp4": {"movflags": "+faststart"}, "webm": {"reserve_index_space": "4096"}}
_EBML = b"\x1a\x45\xdf\xa3"  # how Matroska and WebM begin. Source: RFC 8794, 11.2.1

NEEDS_SETS = frozenset({"h264", "hevc"})


@contextmanager
def _in_our_words(what: str) -> Iterator[None]:
    """Errors of the disk and of the muxer, as ours."""
    try:
        yield
    except (OSError, av.FFmpegError, ValueError) as error:
        raise EvidenceError(f"{what}: {error}") from error


class GrowingClip:
    """A fragmented MP4 (or WebM) that plays at any moment of its growth. Used by one thread; locked while it grows.

    Raises:
        EvidenceError: from every method, when the disk or the muxer refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container: av.container.OutputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._length_size: int | None = None
        self._sets_before = b""
        with _in_our_words(f"{path} cannot be made"):
            self._lock = path.open("ab")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def begun(self) -> bool:
        """Whether `begin` has found what it needs."""
        return self._stream is not None

    def begin(self, keyframe: Packet) -> bool:
        """Set the file up for `keyframe`'s stream; False when its parameter sets are nowhere to be found yet."""
        stream = keyframe.stream
        with _in_our_words(f"{self._path} cannot be begun"):
            sets = parameter_sets(stream.codec, stream.extradata)
            in_band = carries_parameter_sets(stream.codec, start_coded(keyframe.payload, sets.length_size))
            if not in_band and not sets.start_coded and stream.codec in NEEDS_SETS:
                return False
            # The packet's own sets are newer than those the stream announced when it was opened.
            self._sets_before = b"" if in_band else sets.start_coded
            self._length_size = sets.length_size
            form = "webm" if stream.codec in IN_WEBM else "mp4"
            self._container = av.open(os.fspath(self._path), "w", format=form, options=_GROWING[form])
            self._stream = _copy_stream(self._container, stream)
        return True

    def add(self, packet: Packet, pts_ticks: int, dts_ticks: int) -> None:
        """Append `packet` at these times, in ticks of its own time base from the clip's start."""
        assert self._container is not None  # noqa: S101 - begin() has returned True
        assert self._stream is not None  # noqa: S101
        with _in_our_words(f"{self._path} cannot be written"):
            payload, self._sets_before = self._sets_before + start_coded(packet.payload, self._length_size), b""
            copied = av.Packet(payload)
            copied.stream = self._stream
            copied.time_base = packet.time_base
            copied.pts, copied.dts, copied.duration = pts_ticks, dts_ticks, packet.duration_ticks
            copied.is_keyframe = packet.is_keyframe
            self._container.mux_one(copied)

    def close(self) -> None:
        """Write what is buffered. The file stays locked until `release`."""
        container, self._container = self._container, None
        if container is not None:
            with _in_our_words(f"{self._path} cannot be ended"):
                container.close()

    def release(self) -> None:
        """Let go of the file, whatever became of it."""
        with suppress(EvidenceError):
            self.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedClip:
    """What a finished file holds."""

    codec: str
    width: int
    height: int
    packets: int
    duration_s: float


@contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Hold `path` against other writers; False when one has it. The kernel lets go when a writer dies.

    Raises:
        EvidenceError: the file is gone, or is not ours to open.
    """
    with _in_our_words(f"{path} cannot be claimed"):
        file = path.open("rb+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_webm(part: Path) -> bool:
    """Whether `part` is to become a WebM file, by its first bytes.

    Raises:
        EvidenceError: the file is gone.
    """
    with _in_our_words(f"{part} cannot be read"), part.open("rb") as file:
        return file.read(len(_EBML)) == _EBML


def finish(part: Path, target: Path) -> FinishedClip:
    """Copy the packets of `part` into `target`, index first, in one step. What of `part` breaks off is left out.

    `target` has the suffix of its container, which is that of `part`.

    Raises:
        UnreadableClipError: nothing in `part` can be decoded.
        EvidenceError: the disk refuses.
    """
    partial = target.with_name(target.name + ".tmp")
    with _in_our_words(f"{target} cannot be finished"):
        if not is_webm(part):
            _drop_broken_index(part)
        finished = _copied(part, partial, target.suffix.removeprefix("."))
        sync(partial)
        partial.replace(target)
        sync(target.parent)
    return finished


def _copied(part: Path, partial: Path, form: str) -> FinishedClip:
    try:
        source = av.open(os.fspath(part))
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise UnreadableClipError(f"{part} is no film: {error.strerror}") from error
    with source:
        template = source.streams.video[0]
        packets = _readable(source.demux(template))
        first = next(packets, None)
        if first is None:
            raise UnreadableClipError(f"{part} holds no picture")
        return _copy_packets(chain([first], packets), template, partial, form)


def _drop_broken_index(part: Path) -> None:
    """Cut `part` off before a fragment's index that breaks off: the demuxer would refuse the whole file for it.

    Source: ISO/IEC 14496-12, 4.2 (a box begins with its length and its type).
    """
    size = part.stat().st_size
    with part.open("rb+") as file:
        at = 0
        while at + 8 <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(8))
            if length < 8 or (kind == b"mdat" and at + length > size):
                return  # the pictures before the break can be read
            if at + length > size:
                break
            at += length
        if at < size:
            file.truncate(at)


def _copy_packets(
    packets: Iterator[av.Packet[av.VideoStream]], template: av.VideoStream, target: Path, form: str
) -> FinishedClip:
    count, end, start = 0, 0, None
    with av.open(os.fspath(target), "w", format=form, options=_FINISHED[form]) as container:
        stream = container.add_stream_from_template(template, opaque=True)
        for packet in packets:
            start = packet.pts or 0 if start is None else start  # the keyframe is shown at 0, B-frames or not
            packet.pts, packet.dts = (packet.pts or 0) - start, (packet.dts or 0) - start
            end = max(end, packet.pts + (packet.duration or 0))
            packet.stream = stream
            container.mux_one(packet)
            count += 1
    return FinishedClip(
        codec=template.codec_context.name,
        width=template.width,
        height=template.height,
        packets=count,
        duration_s=round(float(end * (template.time_base or 0)), 3),
    )


def _readable(packets: Iterator[av.Packet[av.VideoStream]]) -> Iterator[av.Packet[av.VideoStream]]:
    with suppress(av.FFmpegError):  # the writer died in the middle of a fragment
        for packet in packets:
            if packet.size and not packet.is_corrupt:
                yield packet


def _copy_stream(container: av.container.OutputContainer, stream: StreamInfo) -> av.VideoStream:
    copied = container.add_mux_stream(stream.codec, rate=stream.frame_rate, width=stream.width, height=stream.height)
    copied.time_base = Fraction(stream.time_base)
    assert isinstance(copied, av.VideoStream)  # noqa: S101 - cameras send video; narrows the library's type
    return copied
