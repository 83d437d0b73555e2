"""Who is where: tracks put into zones by the point where they touch the ground."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.model import Camera, Point
from detect.messages import Box, Scene, Track
from ingest.messages import CameraState


def scene_of(camera: Camera, tracks: tuple[Track, ...], captured_at: datetime) -> Scene:
    """The scene of one analysed frame."""
    occupancy = {
        name: tuple(track for track in tracks if within(anchor(track.box), zone.polygon))
        for name, zone in camera.zones.items()
    }
    return Scene(camera=camera.id, captured_at=captured_at, tracks=tracks, occupancy=occupancy)


def blind_scene(camera: Camera, captured_at: datetime, why: str, state: CameraState = CameraState.LIVE) -> Scene:
    """An instant of which nothing can be said, for the reason `why`."""
    nothing: Mapping[str, tuple[Track, ...]] = dict.fromkeys(camera.zones, ())
    return Scene(camera=camera.id, captured_at=captured_at, tracks=(), occupancy=nothing, blind=why, state=state)


def anchor(box: Box) -> Point:
    """Where an object stands: the middle of its box's lower edge, feet for people and base for vehicles.

    Kept a hair inside the picture, so that whoever is cut off by its lower edge still stands in a zone that reaches it.
    """
    x0, _, x1, y1 = box
    return min(max((x0 + x1) / 2, 0.0), 1.0), min(max(y1, 0.0), 0.995)


def within(point: Point, polygon: tuple[Point, ...]) -> bool:
    """Whether `point` lies inside the simple `polygon`: an odd number of its edges crosses a ray to the right."""
    x, y = point
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            inside = not inside
    return inside
