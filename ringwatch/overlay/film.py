"""The overlay as a film: H.264 in MP4 that every browser plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from config.errors import RingwatchError
from ringwatch.frames import START, sampled
from ringwatch.overlay.drawing import Shown, draw

if TYPE_CHECKING:
    from datetime import datetime, timedelta, tzinfo

    import numpy as np
    from av.container import OutputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    from config.model import Camera
    from ringwatch.overlay.looks import Looks

    Shot = tuple[timedelta, NDArray[np.uint8]]

RATE_HZ = 15  # pictures a second, where the clip has so many
TICKS_HZ = 90_000
OPTIONS = {"preset": "veryfast", "crf": "23", "profile": "high"}


class OverlayError(RingwatchError):
    """The film cannot be written."""


def write_film(target: Path, pictures: Iterable[Shot]) -> None:
    """Write `pictures`, each with its time from the beginning, to `target`: whole or not at all.

    Raises:
        OverlayError: it cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        _write(part, pictures)
        part.replace(target)
    except (av.FFmpegError, OSError) as error:
        raise OverlayError(f"{target} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def drawn(clip: Path, camera: Camera, looks: Looks, start: datetime, zone_info: tzinfo) -> Iterator[Shot]:
    """Every picture of `clip` as it is shown, with its time from the beginning.

    Raises:
        CameraError: the clip cannot be read.
    """
    for frame in sampled(clip, 1 / RATE_HZ):
        since = frame.captured_at - START
        at = start + since
        shown = Shown(
            camera=camera,
            start=start,
            zone_info=zone_info,
            look=looks.at(at),
            trails=looks.trails(at),
            events=[event for event in looks.events if event.captured_at <= at],
        )
        yield since, draw(frame.bgr(), at, shown)


def _write(part: Path, pictures: Iterable[Shot]) -> None:
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: VideoStream | None = None
        for since, picture in pictures:
            stream = stream or _stream(container, picture)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p", threads=1)
            frame.pts, frame.time_base = round(since.total_seconds() * TICKS_HZ), Fraction(1, TICKS_HZ)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


def _stream(container: OutputContainer, picture: NDArray[np.uint8]) -> VideoStream:
    stream = container.add_stream("libx264", rate=RATE_HZ, options=OPTIONS)
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, TICKS_HZ)
    return stream
