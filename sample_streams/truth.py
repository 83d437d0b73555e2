"""What is true of a scene: when each zone was left or entered, worked out from where its actors were sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from sample_streams.actors import Actor
from sample_streams.drawing import SIZE
from sample_streams.scenes import Polygon, Scene
from sample_streams.stage import RATE_HZ

POST_ABSENT = "post.absent"
INTRUSION = "intrusion"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A cause that holds from one second of a clip to another; a rule's own time comes on top of `from_s`."""

    from_s: float
    to_s: float
    rule: str
    zone: str


def truth_of(scene: Scene) -> tuple[Span, ...]:
    """Every cause in `scene`, in the order in which they begin."""
    spans = [
        *(_span(POST_ABSENT, zone, times) for zone in scene.posts for times in _times(scene, zone, _nobody)),
        *(_span(INTRUSION, zone, times) for zone in scene.forbidden for times in _times(scene, zone, _somebody)),
        *(_span(INTRUSION, zone, times) for zone in scene.closed for times in _times(scene, zone, _vehicle)),
    ]
    return tuple(sorted(spans))


def _span(rule: str, zone: str, times: tuple[float, float]) -> Span:
    return Span(rule=rule, zone=zone, from_s=times[0], to_s=times[1])


def _times(scene: Scene, zone: str, holds: Callable[[list[str]], bool]) -> Iterator[tuple[float, float]]:
    """The spans in which `holds` is true of the cut-outs in `zone`."""
    frames = range(round(scene.length_s * RATE_HZ))
    for true, run in groupby(frames, key=lambda index: holds(_within(scene, scene.zones[zone], index / RATE_HZ))):
        indices = list(run)
        if true:
            yield indices[0] / RATE_HZ, (indices[-1] + 1) / RATE_HZ


def _within(scene: Scene, polygon: Polygon, at_s: float) -> list[str]:
    """The cut-outs that touch the ground within `polygon`."""
    edge = np.array(polygon, np.float32)
    places = [(actor.cutout, _seen_at(scene, actor, at_s)) for actor in scene.actors]
    return [cutout for cutout, spot in places if spot and cv2.pointPolygonTest(edge, spot, measureDist=False) >= 0]


def _seen_at(scene: Scene, actor: Actor, at_s: float) -> tuple[float, float] | None:
    """Where the visible part of `actor` touches the ground, in fractions of the picture; None while none is."""
    spot = actor.at(at_s)
    if spot is None:
        return None
    half = actor.breadth * actor.stature * scene.person_height(spot[1]) / 2
    left, right = max(0.0, spot[0] - half), min(float(SIZE[0]), spot[0] + half)
    return ((left + right) / 2 / SIZE[0], spot[1] / SIZE[1]) if left < right else None


def _nobody(inside: list[str]) -> bool:
    return all(cutout == "bus" for cutout in inside)


def _somebody(inside: list[str]) -> bool:
    return any(cutout != "bus" for cutout in inside)


def _vehicle(inside: list[str]) -> bool:
    return "bus" in inside
