"""What PyAV's demuxer gives, copied into our messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from ingest.messages import Packet, StreamInfo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet as Encoded
    from av.video.stream import VideoStream

UNNAMED_TICK = Fraction(1, 90_000)  # RTP's, for a stream that does not say


def video_stream(container: InputContainer) -> VideoStream | None:
    """The stream that is watched: the first with pictures that move."""
    return next((stream for stream in container.streams.video if stream.codec_context is not None), None)


def stream_info(stream: VideoStream) -> StreamInfo:
    """What `stream` carries."""
    codec = stream.codec_context
    return StreamInfo(
        codec=codec.codec.canonical_name,
        width=codec.width,
        height=codec.height,
        time_base=stream.time_base or UNNAMED_TICK,
        frame_rate=stream.average_rate or stream.guessed_rate,
        extradata=codec.extradata,
        reorder_depth=codec.reorder_depth,
    )


def nominal_ticks(info: StreamInfo) -> int:
    """How long one picture lasts, in ticks, by the stream's frame rate (25 frames a second where it says none)."""
    return max(1, round(1 / ((info.frame_rate or 25) * info.time_base)))


def seconds_of(ticks: int, time_base: Fraction) -> float:
    """`ticks` in seconds: what `float(ticks * time_base)` gives, for a tenth of it. Packets come by the thousand."""
    numerator, denominator = time_base.as_integer_ratio()  # its properties are two calls, each as slow as this one
    return ticks * numerator / denominator


def stamp_s(packet: Encoded[VideoStream], info: StreamInfo) -> float | None:
    """Where `packet` lies on the stream's clock, in seconds; by its dts where it has no pts."""
    ticks = packet.pts if packet.pts is not None else packet.dts
    return None if ticks is None else seconds_of(ticks, info.time_base)


def unstamped(packet: Packet, before_at: datetime | None) -> Packet:
    """`packet` without its stamps, which say nothing; it lasts as long as the one of `before_at` did."""
    lasts_s = (packet.captured_at - before_at).total_seconds() if before_at is not None else 0.0
    ticks = max(0, round(lasts_s / packet.time_base))
    return replace(packet, pts_ticks=None, dts_ticks=None, duration_ticks=ticks)


def copied(packet: Encoded[VideoStream], *, camera: str, info: StreamInfo, captured_at: datetime) -> Packet:
    """`packet` as a message of our own, sharing no memory with the demuxer."""
    return Packet(
        camera=camera,
        payload=bytes(packet),
        pts_ticks=packet.pts,
        dts_ticks=packet.dts,
        duration_ticks=packet.duration or 0,
        time_base=info.time_base,
        is_keyframe=packet.is_keyframe,
        captured_at=captured_at,
        stream=info,
        is_hidden=packet.is_discard,
    )
