"""Who is in a composed clip, and where at each moment: guards who watch or sleep, walkers, vehicles, things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.accuracy.painting import Sprite
from sample_streams.actors import Actor, Waypoint, figure
from sample_streams.drawing import SIZE
from sample_streams.scenes import BUS, BUS_BREADTH, Scene

WIDTH, HEIGHT = SIZE
SHIFTS_S = 0.8  # how long it takes to shift one's weight
SHIFT = 0.06  # of somebody's height: how far he does
FALLS_S = 0.9
FOR_EVER_S = 1e9
VAN_WIDE, CAR_WIDE = 0.62, 0.5  # of a bus's length
Spans = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One figure with its way. A person who stands moves a little every few seconds, save in `still`."""

    actor: Actor
    still: Spans = ()  # seconds in which he does not move, but for his breath
    falls_s: float = FOR_EVER_S
    rises_s: float = FOR_EVER_S
    wide: float = 1.0
    restless_s: float = 6.0  # how often he shifts his weight

    def at(self, at_s: float, place: Scene) -> Sprite | None:
        """How it looks at a moment; None while it is not there."""
        spot = self.actor.at(at_s)
        if spot is None:
            return None
        found = figure(self.actor, at_s, place.person_height(spot[1]))
        assert found is not None  # noqa: S101 - it is there
        return Sprite(
            cutout=self.actor.cutout,
            x=found.x,
            y=found.y,
            height=found.height,
            lean=self._lean(at_s, found.height),
            tilt=self._tilt(at_s),
            pose=found.pose,
            mirrored=found.mirrored,
            walks=self.is_person,
            wide=self.wide,
            tint=self.actor.tint,
        )

    @property
    def is_person(self) -> bool:
        """Whether it is one."""
        return self.actor.cutout not in {"bus", "bag"}

    @property
    def is_vehicle(self) -> bool:
        """Whether it is one."""
        return self.actor.cutout == "bus"

    def foot(self, at_s: float, place: Scene) -> tuple[float, float] | None:
        """Where what is seen of it touches the ground, in fractions of the picture; None while nothing is."""
        spot = self.actor.at(at_s)
        if spot is None:
            return None
        half = self.wide * self._breadth * self.actor.stature * place.person_height(spot[1]) / 2
        left, right = max(0.0, spot[0] - half), min(float(WIDTH), spot[0] + half)
        return ((left + right) / 2 / WIDTH, spot[1] / HEIGHT) if left < right else None

    @property
    def _breadth(self) -> float:
        return BUS_BREADTH if self.is_vehicle else self.actor.breadth

    def _lean(self, at_s: float, height: float) -> float:
        if not self.is_person or self.actor.moves(at_s):
            return 0.0
        size = height / 150
        breath = size * (0.6 * float(np.sin(2 * np.pi * at_s / 4.1)) + 0.4 * float(np.sin(at_s / 7)))
        return breath + SHIFT * height * self._side(at_s)

    def _side(self, at_s: float) -> float:
        """On which leg he stands, -1 to 1; he keeps it while he is still."""
        for begins, ends in self.still:
            if begins <= at_s < ends:
                at_s = begins
        turn, rest = divmod(at_s, self.restless_s)
        before, after = (-1.0, 1.0) if int(turn) % 2 else (1.0, -1.0)
        share = min(1.0, rest / SHIFTS_S)
        return before + (after - before) * share

    def _tilt(self, at_s: float) -> float:
        down = min(max((at_s - self.falls_s) / FALLS_S, 0.0), 1.0) - min(max((at_s - self.rises_s) / FALLS_S, 0.0), 1.0)
        return 88.0 * down


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody in a clip."""

    players: tuple[Player, ...] = field(default=())

    def at(self, at_s: float, place: Scene) -> Sequence[Sprite]:
        """How they look at a moment."""
        return [sprite for player in self.players if (sprite := player.at(at_s, place))]


Points = tuple[tuple[float, float, float], ...]  # second, x, y in pixels


def person(*points: tuple[float, float, float], cutout: str = "light-coat", still: Spans = (), **more: float) -> Player:
    """Somebody who is at the `points` and walks evenly between them."""
    return Player(actor=Actor(cutout=cutout, path=_way(points)), still=still, **more)


def vehicle(
    *points: tuple[float, float, float], wide: float = 1.0, tint: tuple[float, float, float] = (1, 1, 1)
) -> Player:
    """A bus, or something shorter."""
    return Player(actor=Actor(cutout="bus", path=_way(points), stature=BUS, tint=tint), wide=wide)


def thing(*points: tuple[float, float, float], size: float = 0.32) -> Player:
    """A suitcase; `size` in heights of a person."""
    return Player(actor=Actor(cutout="bag", path=_way(points), stature=size))


def _way(points: Points) -> tuple[Waypoint, ...]:
    return tuple(Waypoint(*point) for point in points)
