"""Frames of recorded footage: spread over day and night, near-duplicates dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.errors import RingwatchError
from ringwatch.frames import sampled
from ringwatch.training.errors import SetError
from ringwatch.training.pictures import Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ingest.messages import Frame

EVERY_S = 0.5
ALIKE = 12.0  # the largest difference of two places, in levels of 255, of frames that teach the same
SIZE = (32, 18)  # places two frames are compared at: somebody far away fills one
LONGEST = 640  # pixels kept of a frame's longer side: more than the model will see
BANDS = 8  # of brightness; frames are taken from each in turn, so that the day does not crowd out the night
MOST_PER_CLIP = 400


def frames_of(clip: Path) -> list[Picture]:
    """Frames of `clip` that differ from one another, at most `MOST_PER_CLIP`, spread over its brightness.

    Raises:
        SetError: it is no video, or is damaged.
    """
    bands: dict[int, list[Picture]] = defaultdict(list)
    for at_s, image, brightness in _different(clip):
        bands[int(brightness * BANDS / 256)].append(_picture(clip, at_s, image))
    return sorted(_spread(list(bands.values())), key=lambda picture: picture.name)


def _spread(bands: list[list[Picture]]) -> Iterator[Picture]:
    share = -(-MOST_PER_CLIP // max(1, len(bands)))
    for band in bands:
        step = max(1, -(-len(band) // share))
        yield from band[::step]


def _different(clip: Path) -> Iterator[tuple[float, NDArray[np.uint8], float]]:
    seen: list[NDArray[np.float32]] = []
    for frame in _frames(clip):
        small = np.asarray(cv2.resize(frame.luma(), SIZE, interpolation=cv2.INTER_AREA), np.float32)
        if any(float(np.abs(small - other).max()) < ALIKE for other in seen[-64:]):
            continue
        seen.append(small)
        yield frame.pts_s, frame.bgr(), float(small.mean())


def _frames(clip: Path) -> Iterator[Frame]:
    try:
        yield from sampled(clip, EVERY_S)
    except RingwatchError as error:
        raise SetError(f"{clip}: no footage can be read from it: {error}") from None


def _picture(clip: Path, at_s: float, image: NDArray[np.uint8]) -> Picture:
    scale = min(1.0, LONGEST / max(image.shape[:2]))
    smaller = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else image
    _, encoded = cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return Picture(
        name=f"{clip.stem}_{at_s:08.1f}", source=f"footage {clip.stem}", scene=clip.stem, encoded=encoded.tobytes()
    )
