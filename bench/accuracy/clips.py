"""A composed clip: what happens in it, the camera that sees it, and what that camera should tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from bench.accuracy.cast import Cast, Player, Spans
from bench.accuracy.painting import Painter
from bench.accuracy.weather import Lens, Weather
from sample_streams.drawing import SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sample_streams.cutouts import Cutout
    from sample_streams.scenes import Polygon, Scene

RATE_HZ = 5
FINE_S = 0.05  # how finely the truth is looked up
TOLERANCE_S = 6.0  # twice the delay that is wanted, so that a late alert is counted as late and not as missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One alert that should be raised, and when."""

    rule: str
    zone: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """One clip. `camera` holds `zones`, `posts` and `rules` as a configuration does."""

    name: str
    place: Scene
    weather: Weather
    cast: Cast
    length_s: float
    camera: Mapping[str, Any]
    due: tuple[Due, ...] = ()
    past: int | None = None  # so many were counted in each window of this hour in the weeks before, for `unusual`
    start: str = "2026-01-01T12:00:00Z"
    in_ci: bool = False

    def pictures(self, cutouts: Mapping[str, Cutout], rate_hz: int = RATE_HZ) -> Iterator[NDArray[np.uint8]]:
        """Every frame, (360, 640, 3) BGR, `rate_hz` a second."""
        painter, lens = Painter(self.place, cutouts, self.weather), Lens(self.weather, SIZE, self.place.seed)
        for index in range(round(self.length_s * rate_hz)):
            at_s = index / rate_hz
            yield lens.show(painter.paint(self.cast.at(at_s, self.place)), index, at_s)


Holds = Callable[[list[Player]], bool]


def spans(cast: Cast, place: Scene, polygon: Polygon, length_s: float, holds: Holds) -> Spans:
    """When `holds` is true of those whose feet are in `polygon`; what begins at the start begins at 0."""
    edge = np.array(polygon, np.float32)
    moments = range(round(length_s / FINE_S) + 1)
    found = []
    for true, run in groupby(moments, key=lambda index: holds(_within(cast, place, edge, index * FINE_S))):
        indices = list(run)
        if true:
            found.append((indices[0] * FINE_S, indices[-1] * FINE_S))
    return tuple(found)


def told(rule: str, zone: str, causes: Spans, after_s: float) -> tuple[Due, ...]:
    """The alerts of a rule whose own time is `after_s`, of causes that hold for longer."""
    return tuple(
        Due(rule=rule, zone=zone, at_s=round(begins + after_s, 2)) for begins, ends in causes if ends - begins > after_s
    )


def nobody(inside: list[Player]) -> bool:
    """No person is among them."""
    return not any(player.is_person for player in inside)


def people(least: int, most: int = 1000) -> Holds:
    """So many people are among them."""
    return lambda inside: least <= sum(player.is_person for player in inside) <= most


def vehicles(inside: list[Player]) -> bool:
    """A vehicle is among them."""
    return any(player.is_vehicle for player in inside)


def _within(cast: Cast, place: Scene, edge: NDArray[np.float32], at_s: float) -> list[Player]:
    feet = [(player, player.foot(at_s, place)) for player in cast.players]
    return [player for player, spot in feet if spot and cv2.pointPolygonTest(edge, spot, measureDist=False) >= 0]


def path_of(folder: Path, clip: Composed) -> Path:
    """Where the clip is kept."""
    return folder / f"{clip.name}.mp4"
