"""Six checkpoints and what happens at them, known to the tenth of a second because it is made up here.

Nothing here is footage: the places are drawn, and the few figures come from one public photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sample_streams import checkpoint as paint
from sample_streams.actors import Actor, Waypoint
from sample_streams.drawing import SIZE, Brush, Lamp, Light

Polygon = tuple[tuple[float, float], ...]  # fractions of the picture
WIDTH, HEIGHT = SIZE
LENGTH_S = 60.0
DAY = Light()
OVERCAST = Light(gain=(0.86, 0.84, 0.82), noise=2.5)
DUSK = Light(gain=(0.90, 0.78, 0.80), noise=3.0)
BUS = 1.62  # times a person's height
BUS_BREADTH = 2.87  # width over height


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One place, who comes there, and which of its zones matter for what."""

    name: str
    seed: int
    draw: Callable[[Brush], None]
    actors: tuple[Actor, ...]
    zones: Mapping[str, Polygon]
    posts: tuple[str, ...] = ()  # zones where somebody should stand
    forbidden: tuple[str, ...] = ()  # zones where nobody should walk
    closed: tuple[str, ...] = ()  # zones where nothing should drive
    horizon: float = 110.0
    nearness: float = 0.80  # height of a person over the distance of their feet from the horizon
    light: Light = DAY
    length_s: float = LENGTH_S

    def paint(self) -> Brush:
        """The place without anybody, in daylight."""
        brush = Brush(self.seed)
        self.draw(brush)
        return brush

    def person_height(self, y: float) -> float:
        """How tall a person is, in pixels, who stands at the height `y` of the picture."""
        return self.nearness * (y - self.horizon)


def _path(*points: tuple[float, float, float]) -> tuple[Waypoint, ...]:
    return tuple(Waypoint(*point) for point in points)


def _standing(x: float, y: float) -> tuple[Waypoint, ...]:
    return _path((0.0, x, y), (LENGTH_S, x, y))


def _box(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def _gate(brush: Brush) -> None:
    paint.land(brush, 110, paint.GRASS)
    paint.trees(brush, 132, (400, 640), 7, 46)
    paint.road_ahead(brush, 110, (400, 210, 800))
    paint.booth(brush, 52, 246, 92, 128)
    paint.barrier(brush, (250, 258), 290, 52)
    paint.blocks(brush, 268, 556, 2, 38)


def _fence(brush: Brush) -> None:
    paint.land(brush, 100, paint.EARTH)
    paint.trees(brush, 120, (0, 640), 12, 36)
    paint.road_across(brush, 276, 380)
    paint.fence(brush, 262, (0, 640), 34)
    paint.lamp_post(brush, 258, 566, 190)


def _lane(brush: Brush) -> None:
    paint.land(brush, 104, paint.GRASS)
    paint.trees(brush, 150, (0, 250), 8, 60)
    paint.road_across(brush, 176, 268)
    paint.blocks(brush, 300, 26, 2, 52)
    paint.blocks(brush, 300, 486, 2, 52)


def _quiet(brush: Brush) -> None:
    paint.land(brush, 116, paint.EARTH)
    paint.road_ahead(brush, 116, (250, -60, 520))
    paint.trees(brush, 168, (440, 640), 7, 70)
    paint.trees(brush, 142, (0, 190), 6, 40)


def _pair(brush: Brush) -> None:
    paint.land(brush, 108, paint.EARTH)
    paint.trees(brush, 130, (0, 250), 7, 40)
    paint.road_ahead(brush, 108, (200, -160, 420))
    paint.barrier(brush, (392, 252), -290, 50)
    paint.booth(brush, 520, 248, 96, 132)


def _night(brush: Brush) -> None:
    paint.land(brush, 112, paint.PAVING)
    paint.road_ahead(brush, 112, (300, 130, 660))
    paint.booth(brush, 40, 240, 88, 122)
    paint.barrier(brush, (190, 252), 250, 50)
    paint.fence(brush, 214, (440, 640), 28)
    paint.lamp_post(brush, 244, 152, 200)


SCENES: tuple[Scene, ...] = (
    Scene(  # the guard walks off, and comes back half a minute later
        name="gate",
        seed=11,
        draw=_gate,
        actors=(
            Actor(
                cutout="dark-coat",
                path=_path((0, 196, 282), (6, 196, 282), (11.5, -40, 318), (36, -40, 318), (41.5, 196, 282),
                           (60, 196, 282)),
            ),
        ),
        zones={"post": _box(0.17, 0.60, 0.47, 0.97), "barrier": _box(0.48, 0.58, 0.92, 0.90)},
        posts=("post",),
        forbidden=("barrier",),
    ),
    Scene(  # somebody walks along behind the fence, and later somebody else the other way
        name="fence",
        seed=12,
        draw=_fence,
        actors=(
            Actor(cutout="light-coat", path=_path((9, -40, 240), (25, 680, 236))),
            Actor(cutout="light-coat", tint=(0.95, 0.62, 0.5),
                  path=_path((37, 680, 238), (44, 340, 244), (48, 340, 244), (56, -40, 240))),
        ),
        zones={"strip": _box(0.06, 0.50, 0.94, 0.74)},
        forbidden=("strip",),
        horizon=100,
        nearness=0.88,
        light=OVERCAST,
    ),
    Scene(  # a bus comes through the closed lane, and goes back
        name="lane",
        seed=13,
        draw=_lane,
        actors=(
            Actor(cutout="bus", stature=BUS, breadth=BUS_BREADTH, path=_path((10, -220, 236), (20, 860, 236))),
            Actor(cutout="bus", stature=BUS, breadth=BUS_BREADTH, path=_path((40, 860, 236), (50, -220, 236))),
        ),
        zones={"lane": _box(0.10, 0.46, 0.90, 0.76)},
        closed=("lane",),
        horizon=104,
        nearness=0.62,
        light=DUSK,
    ),
    Scene(name="quiet", seed=14, draw=_quiet, actors=(), zones={"road": _box(0.05, 0.55, 0.85, 0.98)},
          forbidden=("road",), closed=("road",), horizon=116),
    Scene(  # one of two guards leaves, which is allowed; then the other one too
        name="pair",
        seed=15,
        draw=_pair,
        actors=(
            Actor(
                cutout="dark-coat",
                path=_path((0, 436, 290), (8, 436, 290), (15, 700, 312), (21, 700, 312), (26, 436, 290),
                           (33, 436, 290), (39, 700, 312), (54, 700, 312), (59, 436, 290), (60, 436, 290)),
            ),
            Actor(
                cutout="light-coat",
                faces_left=True,
                path=_path((0, 520, 300), (29, 520, 300), (32, 690, 306), (50, 690, 306), (53, 520, 300),
                           (60, 520, 300)),
            ),
        ),
        zones={"post": _box(0.60, 0.62, 0.90, 0.98)},
        posts=("post",),
        horizon=108,
    ),
    Scene(  # by night: somebody crosses the forecourt, then the guard is away
        name="night",
        seed=16,
        draw=_night,
        actors=(
            Actor(cutout="dark-coat", path=_path((0, 214, 284), (34, 214, 284), (39, -40, 310), (54, -40, 310),
                                                 (59, 214, 284), (60, 214, 284))),
            Actor(cutout="light-coat", path=_path((12, 690, 262), (20, 430, 256), (24, 430, 256), (31, 690, 262))),
        ),
        zones={"post": _box(0.20, 0.60, 0.48, 0.97), "forecourt": _box(0.56, 0.56, 0.97, 0.86)},
        posts=("post",),
        forbidden=("forecourt",),
        horizon=112,
        light=Light(
            gain=(0.34, 0.27, 0.25),
            lamps=(Lamp(at=(205, 250), reach=170, strength=0.62), Lamp(at=(470, 240), reach=190, strength=0.5)),
            noise=3.0,
        ),
    ),
)  # fmt: skip
