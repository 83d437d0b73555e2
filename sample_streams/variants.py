"""A clip as a camera shows it that is covered, out of focus, turned away, or set to something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np

from sample_streams.errors import ClipError
from sample_streams.faults import FaultKind
from sample_streams.media import read_media

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_streams.media import Media

    Pixels = NDArray[np.uint8]

LENGTH_S = 12.0  # of a spoiled clip, which then begins again
SMALLER = 0.5
LONG_GOP_S = 10.0
_one_at_a_time = threading.Lock()


def spoiled(clip: Path, kind: FaultKind) -> Media:
    """The first seconds of `clip`, spoiled and encoded anew. Blocks for seconds.

    Raises:
        ClipError: it cannot be read or written.
    """
    with _one_at_a_time, TemporaryDirectory(prefix="ringwatch-") as folder:
        made = Path(folder) / clip.with_suffix(".mp4").name
        try:
            write_spoiled(clip, made, kind)
        except (av.FFmpegError, OSError) as error:
            raise ClipError(f"{clip}: cannot be shown with the fault {kind}: {error.strerror}") from None
        return read_media(made)


def write_spoiled(clip: Path, made: Path, kind: FaultKind) -> None:
    """Write the first seconds of `clip`, spoiled by `kind`, to `made`: an H.264 clip that begins with a keyframe.

    Raises:
        av.FFmpegError, OSError: it cannot be read or written.
    """
    with av.open(str(clip)) as given, av.open(str(made), "w") as out:
        video = given.streams.video[0]
        rate = video.average_rate or 10
        stream = out.add_stream("libx264", rate=rate)
        scale = SMALLER if kind is FaultKind.RESOLUTION else 1.0
        width, height = (max(16, int(side * scale) // 2 * 2) for side in (video.width, video.height))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = round((LONG_GOP_S if kind is FaultKind.LONG_GOP else 2.0) * float(rate))
        stream.codec_context.max_b_frames = 0
        stream.codec_context.thread_count = 1
        stream.options = {"preset": "veryfast", "x264-params": "scenecut=0:log-level=none"}
        rng = np.random.default_rng(7)
        for number, frame in enumerate(given.decode(video)):
            if number >= LENGTH_S * float(rate):
                break
            pixels = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            picture = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
            shown = av.VideoFrame.from_ndarray(_seen(_SPOIL.get(kind, _plain)(picture), rng), format="bgr24")
            shown.pts = number
            out.mux(stream.encode(shown))
        out.mux(stream.encode(None))


def _seen(picture: NDArray[np.float32], rng: np.random.Generator) -> Pixels:
    """With a sensor's noise: no real picture is without."""
    noise = rng.standard_normal(picture.shape[:2], np.float32)[:, :, None] * np.float32(2.5)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _plain(picture: Pixels) -> NDArray[np.float32]:
    return picture.astype(np.float32)


def _covered(picture: Pixels) -> NDArray[np.float32]:
    return np.full(picture.shape, 70.0, np.float32)


def _dark(picture: Pixels) -> NDArray[np.float32]:
    return picture.astype(np.float32) * np.float32(0.03)


def _blurred(picture: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), picture.shape[1] / 100), np.float32)


def _shifted(picture: Pixels) -> NDArray[np.float32]:
    """As if the camera had been knocked: a third to the side, a quarter down."""
    height, width = picture.shape[:2]
    moved = np.roll(picture, (height // 4, width // 3), (0, 1))
    return np.asarray(cv2.flip(moved, 1), np.float32)


_SPOIL: dict[FaultKind, Callable[[Pixels], NDArray[np.float32]]] = {
    FaultKind.COVER: _covered,
    FaultKind.DARKEN: _dark,
    FaultKind.BLUR: _blurred,
    FaultKind.SHIFT: _shifted,
}
