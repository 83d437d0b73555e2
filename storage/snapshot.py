"""The picture of an alert: zones, boxes, and when it was, drawn on the frame the rule looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import cv2
import numpy as np

from storage.errors import EvidenceError
from storage.lettering import Colour, width_of, write

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from config.model import Point, Zone
    from detect.messages import Event, Track

    Picture = NDArray[np.uint8]

QUIET, LOUD, BOX, INK, PAPER = (190, 190, 190), (40, 90, 255), (240, 200, 60), (20, 20, 20), (245, 245, 245)
QUALITY = 88  # JPEG; text stays sharp


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shot:
    """The frame an event was noticed in, and what was seen on it."""

    picture: NDArray[np.uint8]  # (h, w, 3), BGR; never written to
    captured_at: datetime  # UTC
    tracks: tuple[Track, ...] = ()
    zones: Mapping[str, Zone]


def draw(shot: Shot, event: Event, zone_info: tzinfo = UTC) -> Picture:
    """A copy of the picture with everything drawn on it; `event`'s own zone stands out. (h, w, 3), BGR."""
    canvas = shot.picture.copy()
    scale = max(1.0, canvas.shape[0] / 540)
    for name, zone in shot.zones.items():
        if name != event.zone:
            _draw_zone(canvas, zone.polygon, name, QUIET, scale)
    if event.zone in shot.zones:
        polygon = shot.zones[event.zone].polygon
        _tint(canvas, polygon)
        _draw_zone(canvas, polygon, event.zone, LOUD, scale)
    for track in shot.tracks:
        _draw_track(canvas, track, scale)
    _stamp(canvas, f"{shot.captured_at.astimezone(zone_info):%Y-%m-%d %H:%M:%S%z}  {event.camera}  {event.rule}", scale)
    return canvas


def as_jpeg(picture: Picture) -> bytes:
    """`picture` as a JPEG file.

    Raises:
        EvidenceError: the picture is empty.
    """
    try:
        done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    except cv2.error as error:
        raise EvidenceError(f"the snapshot cannot be encoded: {error}") from error
    if not done:
        raise EvidenceError("the snapshot cannot be encoded")
    return encoded.tobytes()


def _corners(canvas: Picture, polygon: Iterable[Point]) -> NDArray[np.int32]:
    height, width = canvas.shape[:2]
    return np.array([(round(x * (width - 1)), round(y * (height - 1))) for x, y in polygon], np.int32)


def _tint(canvas: Picture, polygon: Iterable[Point]) -> None:
    filled = canvas.copy()
    cv2.fillPoly(filled, [_corners(canvas, polygon)], LOUD)
    cv2.addWeighted(filled, 0.16, canvas, 0.84, 0, dst=canvas)


def _draw_zone(canvas: Picture, polygon: Iterable[Point], name: str, colour: Colour, scale: float) -> None:
    corners = _corners(canvas, polygon)
    cv2.polylines(canvas, [corners], True, INK, round(4 * scale), cv2.LINE_AA)
    cv2.polylines(canvas, [corners], True, colour, round(2 * scale), cv2.LINE_AA)
    left, top = corners.min(axis=0)
    _label(canvas, name, (int(left), int(top) + round(20 * scale)), colour, scale)


def _draw_track(canvas: Picture, track: Track, scale: float) -> None:
    x0, y0, x1, y1 = track.box
    (left, top), (right, bottom) = _corners(canvas, ((x0, y0), (x1, y1)))
    cv2.rectangle(canvas, (left, top), (right, bottom), INK, round(4 * scale), cv2.LINE_AA)
    cv2.rectangle(canvas, (left, top), (right, bottom), BOX, round(2 * scale), cv2.LINE_AA)
    _label(canvas, f"{track.label} {track.score:.2f}", (int(left), int(top)), BOX, scale)


def _label(canvas: Picture, text: str, at: tuple[int, int], colour: Colour, scale: float) -> None:
    """A line of text on a patch of `colour` whose lower left corner is `at`, moved inside the picture."""
    height = round(14 * scale)
    width, below, pad = width_of(text, height), round(2 * scale), round(3 * scale)
    left = min(max(0, at[0]), max(0, canvas.shape[1] - width - 2 * pad))
    bottom = min(max(height + below + 2 * pad, at[1]), canvas.shape[0])
    cv2.rectangle(
        canvas, (left, bottom - height - below - 2 * pad), (left + width + 2 * pad, bottom), colour, cv2.FILLED
    )
    write(canvas, text, (left + pad, bottom - below - pad), height, INK)


def _stamp(canvas: Picture, text: str, scale: float) -> None:
    _label(canvas, text, (0, canvas.shape[0]), PAPER, scale)
