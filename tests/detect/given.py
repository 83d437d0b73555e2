"""Scenes, tracks and frames written down short."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from config.model import Camera, Label, Ring, Stream, Zone
from detect.messages import Box, Detections, Scene, Stay, Track

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
LEFT = Zone(polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
RIGHT = Zone(polygon=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))


def at(seconds: float) -> datetime:
    """The moment `seconds` after the beginning, to the microsecond."""
    return BEGIN + timedelta(seconds=seconds)


def camera(**parts: object) -> Camera:
    """A camera whose left half is the zone `post` and whose right half is the zone `lane`."""
    return Camera.model_validate(
        {
            "id": "gate",
            "name": "东门",
            "ring": Ring.INNER,
            "stream": Stream(sub="rtsp://192.0.2.1/sub"),
            "zones": {"post": LEFT, "lane": RIGHT},
            **parts,
        }
    )


def track(
    number: int = 1, *, first: float = 0.0, seen: float, label: Label = Label.PERSON, box: Box = (0.1, 0.1, 0.3, 0.9)
) -> Track:
    """An object first seen at `first` and last at `seen`, in seconds."""
    return Track(id=number, label=label, box=box, score=0.9, first_seen_at=at(first), last_seen_at=at(seen))


def scene(seconds: float, *inside: Track, zone: str = "post", blind: str = "", entered: float | None = None) -> Scene:
    """An instant at which `inside` stand in `zone`, which they entered at `entered`, else when they were first seen."""
    stays = tuple(
        Stay(
            track=one,
            entered_at=one.first_seen_at if entered is None else at(entered),
            inside_at=one.last_seen_at,
        )
        for one in inside
    )
    return Scene(
        camera="gate",
        captured_at=at(seconds),
        tracks=inside,
        occupancy={zone: inside},
        blind=blind,
        stays={zone: stays},
    )


def found(*boxes: Box, label: Label = Label.PERSON, score: float = 0.9) -> Detections:
    """What a detector that sees `boxes` gives."""
    return Detections(
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.full(len(boxes), score, np.float32),
        labels=(label,) * len(boxes),
    )


def picture(boxes: Iterable[Box] = (), *, shade: int = 90, object_shade: int = 200) -> NDArray[np.uint8]:
    """Brightness of a plain wall, 360 rows by 640 columns, with plain objects before it."""
    luma = np.full((360, 640), shade, np.uint8)
    for x0, y0, x1, y1 in boxes:
        luma[int(y0 * 360) : int(y1 * 360), int(x0 * 640) : int(x1 * 640)] = object_shade
    return luma


def reduced(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`luma` as a frame reduces it."""
    height = round(160 * luma.shape[0] / luma.shape[1])
    return np.asarray(cv2.resize(luma, (160, height), interpolation=cv2.INTER_AREA), np.uint8)
