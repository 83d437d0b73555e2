"""Pictures into a clip that can be a camera's stream: H.264 without B-frames, a keyframe every two seconds."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.video.stream import VideoStream

from sample_streams.photographs import SampleError
from sample_streams.stage import RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from av.container import OutputContainer
    from numpy.typing import NDArray

GOP = 2 * RATE_HZ  # frames
OPTIONS = {
    "preset": "veryfast",
    "profile": "main",
    "crf": "24",
    "bf": "0",
    "x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0:threads=1:repeat-headers=1",
}
VERSION_TAG = "comment"


def encode(pictures: Iterable[NDArray[np.uint8]], path: Path, version: str) -> None:
    """Write `pictures`, (h, w, 3) BGR, to `path`: whole or not at all. The file says of which `version` it is.

    Raises:
        SampleError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        _write(pictures, part, version)
    except (av.FFmpegError, OSError) as error:
        part.unlink(missing_ok=True)
        raise SampleError(f"{path} cannot be written: {error.strerror}") from error
    part.replace(path)


def _write(pictures: Iterable[NDArray[np.uint8]], part: Path, version: str) -> None:
    with av.open(str(part), "w", format="mp4") as container:
        container.metadata[VERSION_TAG] = version
        stream: VideoStream | None = None
        for picture in pictures:
            stream = stream or _stream(container, picture.shape)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p", threads=1)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


def version_of(path: Path) -> str | None:
    """The version that the clip at `path` was made as; None where there is no whole clip."""
    try:
        with av.open(str(path)) as container:
            return container.metadata.get(VERSION_TAG)
    except (av.FFmpegError, OSError):
        return None


def _stream(container: OutputContainer, shape: tuple[int, ...]) -> VideoStream:
    stream = container.add_stream("libx264", rate=RATE_HZ, options=OPTIONS)
    stream.height, stream.width = shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, RATE_HZ)
    stream.gop_size = GOP
    return stream
