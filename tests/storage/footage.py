"""Film made by code: numbered grey pictures, encoded once, as packets the way ingest hands them over."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np

from ingest.messages import Packet, StreamInfo

START = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
FPS = 10
GOP = 20  # frames
SIZE = (320, 180)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmKind:
    """What a film is made of."""

    codec: str = "h264"
    container: str = "mp4"  # its packets are length-prefixed; "mpegts" has start codes, like RTSP
    b_frames: int = 0
    size: tuple[int, int] = SIZE


AVCC = FilmKind()
ANNEX_B = FilmKind(container="mpegts")
VP8 = FilmKind(codec="vp8", container="webm")
ENCODERS = {"h264": "libx264", "hevc": "libx265", "mpeg4": "mpeg4", "vp8": "libvpx"}


@cache
def film(seconds: float, kind: FilmKind = AVCC, *, camera: str = "gate") -> tuple[Packet, ...]:
    """`seconds` of film that begin at START; the picture of frame n has the brightness `grey(n)`."""
    encoded = io.BytesIO(_encoded(round(seconds * FPS), kind))
    with av.open(encoded, "r") as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        about = StreamInfo(
            codec=stream.codec_context.name,
            width=stream.width,
            height=stream.height,
            time_base=stream.time_base,
            frame_rate=stream.average_rate,
            extradata=stream.codec_context.extradata,
        )
        return tuple(_packet(packet, about, camera) for packet in container.demux(stream) if packet.size)


def grey(number: int) -> int:
    """The brightness of frame `number`."""
    return 40 + 8 * (number % 20)


def _packet(packet: av.Packet[av.VideoStream], about: StreamInfo, camera: str) -> Packet:
    assert packet.pts is not None
    return Packet(
        camera=camera,
        payload=bytes(packet),
        pts_ticks=packet.pts,
        dts_ticks=packet.dts,
        duration_ticks=packet.duration or 0,
        time_base=about.time_base,
        is_keyframe=packet.is_keyframe,
        captured_at=START + timedelta(seconds=float(packet.pts * about.time_base)),
        stream=about,
    )


def _encoded(frames: int, kind: FilmKind) -> bytes:
    written = io.BytesIO()
    options = {"g": str(GOP), "bf": str(kind.b_frames), "sc_threshold": "0"}
    if kind.codec == "hevc":
        options = {"x265-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0:log-level=none"}
    elif kind.codec == "vp8":
        options |= {"deadline": "realtime", "auto-alt-ref": "0"}  # as a WebRTC sender has it
    elif kind.codec == "h264":
        options |= {"x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0"}
    with av.open(written, "w", format=kind.container) as container:
        stream = container.add_stream(ENCODERS[kind.codec], rate=FPS, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *kind.size, "yuv420p"
        for number in range(frames):
            picture = np.full((kind.size[1], kind.size[0]), grey(number), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    return written.getvalue()


def shifted(packets: Iterable[Packet], *, ticks: int = 0, by: timedelta = timedelta()) -> tuple[Packet, ...]:
    """`packets` with other time stamps, arriving later; the same connection."""
    return tuple(
        replace(
            packet,
            pts_ticks=None if packet.pts_ticks is None else packet.pts_ticks + ticks,
            dts_ticks=None if packet.dts_ticks is None else packet.dts_ticks + ticks,
            captured_at=packet.captured_at + by,
        )
        for packet in packets
    )


def reconnected(packets: Sequence[Packet], *, by: timedelta = timedelta()) -> tuple[Packet, ...]:
    """`packets` as a new connection brings them: an equal stream, announced anew."""
    stream = replace(packets[0].stream)
    return tuple(replace(packet, stream=stream, captured_at=packet.captured_at + by) for packet in packets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """What a player sees of a file."""

    times_s: tuple[float, ...]  # when each picture is shown
    greys: tuple[int, ...]  # the mean brightness of each picture
    payloads: tuple[bytes, ...]  # the packets
    extradata: bytes
    size: tuple[int, int]


def play(path: Path) -> Playback:
    """Decode a whole file."""
    with av.open(str(path)) as container:
        payloads = tuple(bytes(packet) for packet in container.demux(video=0) if packet.size)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        base = stream.time_base or Fraction(1)
        return Playback(
            times_s=tuple(round(float((frame.pts or 0) * base), 3) for frame in frames),
            greys=tuple(round(float(frame.to_ndarray(format="gray").mean())) for frame in frames),
            payloads=payloads,
            extradata=stream.codec_context.extradata or b"",
            size=(stream.width, stream.height),
        )


def seen(greys: Iterable[int], numbers: Iterable[int]) -> bool:
    """Whether pictures of these brightnesses are the frames of these numbers, give or take the codec's losses."""
    wanted = [grey(number) for number in numbers]
    got = list(greys)
    return len(got) == len(wanted) and all(abs(a - b) <= 3 for a, b in zip(got, wanted, strict=True))
