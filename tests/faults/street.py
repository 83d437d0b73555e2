"""A made street with a sensor's noise, that nothing moves in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

RATE = 10
SECONDS = 30
SIZE = (640, 360)


def street_clip(path: Path, seconds: int = SECONDS) -> Path:
    """Half a minute, a keyframe every two seconds: none is shown again while it is compared with others."""
    rng = np.random.default_rng(5)
    street = cv2.resize(rng.uniform(70, 170, (9, 16)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC)
    for x, y, w, h in rng.integers((0, 0, 8, 8), (600, 330, 90, 70), (120, 4)).tolist():
        street[y : y + h, x : x + w] = street[y : y + h, x : x + w] + np.float32(rng.uniform(-45, 45))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, RATE)
        stream.codec_context.gop_size = 2 * RATE
        stream.codec_context.max_b_frames = 0
        stream.options = {"preset": "veryfast", "x264-params": "scenecut=0:log-level=none", "crf": "24"}
        for number in range(RATE * seconds):
            noise = rng.standard_normal(street.shape, np.float32) * np.float32(2.5)
            luma = np.clip(street + noise, 16, 235).astype(np.uint8)
            picture = av.VideoFrame.from_ndarray(np.repeat(luma[:, :, None], 3, axis=2), format="bgr24")
            picture.pts = number
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path
