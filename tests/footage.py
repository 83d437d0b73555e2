"""The real footage, and what is known of it: see the README beside the clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from tests.services import require_shared

Spans = tuple[tuple[float, float], ...]  # from, to, in seconds of the clip

# One person at a time comes into a room and stands at a table.
AT_THE_TABLE: Spans = ((8.0, 18.2), (24.4, 43.4), (52.0, 68.2), (76.4, 85.2), (94.2, 118.2), (125.4, 134.3))
IN_THE_PICTURE: Spans = ((6.0, 19.8), (22.8, 44.8), (50.2, 70.0), (74.6, 86.8), (92.3, 119.8), (123.5, 136.0))
LENGTH_S = 139.4
TABLE = "[[0.50, 0.80], [0.72, 0.80], [0.72, 0.94], [0.50, 0.94]]"
CARS_FROM_ABOVE: Spans = ((4.7, 8.1), (15.1, 19.0), (25.5, 27.8))


def clip(name: str) -> Path:
    """A clip of the real footage."""
    return require_shared() / "clips" / name


def model(name: str = "person-vehicle-bike-detection-2000") -> Path:
    """A real detector model's folder."""
    return require_shared() / "models" / name


def absences(spans: Spans, after_s: float) -> list[tuple[str, float]]:
    """When a post that is guarded in `spans` is to be told absent and present again."""
    told: list[tuple[str, float]] = []
    left_s = 0.0
    for came_s, leaves_s in (*spans, (LENGTH_S + after_s, 0.0)):
        if came_s - left_s > after_s and left_s + after_s < LENGTH_S:
            told.append(("raised", left_s + after_s))
            told += [("cleared", came_s)] if came_s < LENGTH_S else []
        left_s = leaves_s
    return told


def cut(source: Path, target: Path, spans: Spans, *, gop: int = 10) -> Path:
    """The `spans` of `source`, one after another, as a camera sends them: keyframes `gop` apart, no B-frames."""
    with av.open(str(source)) as given, av.open(str(target), "w") as out:
        video = given.streams.video[0]
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.options = {"preset": "veryfast", "bf": "0", "scenecut": "0"}
        count = 0
        for frame in given.decode(video):
            if any(begins <= (frame.time or 0.0) < ends for begins, ends in spans):
                picture = frame.reformat(640, 360, "yuv420p")
                picture.pts, picture.time_base = count, Fraction(1, 10)
                count += 1
                out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target
