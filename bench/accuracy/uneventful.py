"""Hours at checkpoints in which much happens and nothing should be told: guards on watch, traffic, passers-by, weather.

Each stretch is made of its number alone, so a false alert can be looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench.accuracy.cast import CAR_WIDE, VAN_WIDE, Cast, Player, person, vehicle
from bench.accuracy.clips import Composed
from bench.accuracy.places import GATE, PAIR, QUIET, STREET, YARD
from bench.accuracy.posts import AT_GATE, AT_PAIR
from bench.accuracy.weather import CLOUDS, DAY, HEADLIGHTS, NIGHT, OVERCAST, RAIN, SHAKING, Weather
from bench.accuracy.zones import ROAD, SQUARE

STRETCH_S = 1200.0
WEATHERS = (DAY, NIGHT, RAIN, SHAKING, OVERCAST, HEADLIGHTS, CLOUDS, replace(NIGHT, name="night-rain", rain=0.6))
TINTS = ((1.0, 1.0, 1.0), (0.5, 0.95, 1.0), (0.5, 0.5, 1.0), (0.8, 0.8, 0.8), (1.0, 0.8, 0.55))
COATS = ("light-coat", "dark-coat")
CORNER = [[0.70, 0.40], [0.98, 0.40], [0.98, 0.52], [0.70, 0.52]]  # of the yard, where nobody goes
Random = np.random.Generator
Made = tuple[tuple[Player, ...], dict[str, Any]]


def stretch(number: int) -> Composed:
    """The stretch of `STRETCH_S` with this number."""
    random = np.random.default_rng((number, 77))
    scenes: tuple[Callable[[Random], Made], ...] = (_gate, _pair, _street, _yard, _quiet)
    places = (GATE, PAIR, STREET, YARD, QUIET)
    kind, weather = number % len(scenes), WEATHERS[number % len(WEATHERS)]
    players, camera = scenes[kind](random)
    return Composed(
        name=f"stretch-{number}-{places[kind].name}-{weather.name}",
        place=replace(places[kind], seed=number),
        weather=_over_time(weather, random),
        cast=Cast(players=players),
        length_s=STRETCH_S,
        camera=camera,
    )


def _over_time(weather: Weather, random: Random) -> Weather:
    """With clouds over minutes, and headlights at any time."""
    period_s, depth, phase = random.uniform(200, 600), random.uniform(0.05, 0.2), random.uniform(0, 6)
    sweeps = tuple(float(one) for one in _times(random, 45)) if weather.headlights else ()
    return replace(
        weather,
        headlights=sweeps,
        level=lambda at_s: 1 - depth + depth * float(np.cos(2 * np.pi * at_s / period_s + phase)),
    )


def _times(random: Random, every_s: float) -> Iterator[float]:
    """Moments that are about `every_s` apart."""
    at_s = float(random.uniform(5, every_s))
    while at_s < STRETCH_S - 60:
        yield at_s
        at_s += float(random.uniform(0.5, 1.5) * every_s)


def _guard(random: Random, x: float, y: float, cutout: str) -> Player:
    """He shifts his weight every 5 to 60 seconds."""
    end_s = STRETCH_S + 1
    return person((0, x, y), (end_s, x, y), cutout=cutout, restless_s=float(random.uniform(5, 60)))


def _gate(random: Random) -> Made:
    """A guard, people who pass, lorries that stop before him for less than a minute and a half."""
    players = [_guard(random, 196, 282, COATS[int(random.integers(2))])]
    for at_s in _times(random, 90):
        y, takes_s = float(random.uniform(300, 330)), float(random.uniform(9, 16))
        players.append(_walker(random, at_s, takes_s, y))
    for at_s in _times(random, 150):
        stays_s = float(random.choice([0.0, 10.0, 40.0, 80.0]))
        players.append(
            vehicle(
                (at_s, -330, 320),
                (at_s + 5, 200, 320),
                (at_s + 5.01 + stays_s, 200, 320),
                (at_s + 10.01 + stays_s, 980, 320),
                wide=float(random.choice([1.0, VAN_WIDE])),
                tint=TINTS[int(random.integers(len(TINTS)))],
            )
        )
    post = {"zone": "post", "absent_after": "60s", "asleep_after": "180s"}
    zones = {"post": {"polygon": AT_GATE}, "booth": {"polygon": [[0.02, 0.4], [0.13, 0.4], [0.13, 0.6], [0.02, 0.6]]}}
    rules = [{"rule": "intrusion", "zone": "booth"}, {"rule": "fall"}, {"rule": "left_object", "zone": "booth"}]
    return tuple(players), {"zones": zones, "posts": [post], "rules": rules}


def _pair(random: Random) -> Made:
    """Two guards; one or the other goes for less than two minutes, never both."""
    second: list[tuple[float, float, float]] = [(0, 530, 300)]
    for at_s in _times(random, 300):
        away_s = float(random.uniform(20, 100))
        second += [
            (at_s, 530, 300),
            (at_s + 3, 720, 312),
            (at_s + 3 + away_s, 720, 312),
            (at_s + 6 + away_s, 530, 300),
        ]
    second.append((STRETCH_S + 200, 530, 300))
    players = (
        _guard(random, 425, 288, "dark-coat"),
        person(*second, cutout="light-coat", restless_s=float(random.uniform(5, 60))),
    )
    post = {"zone": "post", "guards": "double", "absent_after": "60s", "asleep_after": "180s"}
    return players, {"zones": {"post": {"polygon": AT_PAIR}}, "posts": [{**post, "understaffed_after": "3m"}]}


def _street(random: Random) -> Made:
    """Traffic one way, which sometimes stops for half a minute; people on the grass before the road."""
    players = []
    for at_s in _times(random, 12):  # all as fast as each other, in the far lane
        players.append(_traffic(random, at_s, 0.0, 226))
    for at_s in _times(random, 90):  # one after another, in the near lane
        players.append(_traffic(random, at_s, float(random.choice([0.0, 10.0, 30.0])), 248))
    for at_s in _times(random, 60):
        players.append(_walker(random, at_s, float(random.uniform(18, 30)), float(random.uniform(300, 345))))
    zones = {"road": {"polygon": ROAD}}
    rules: list[dict[str, Any]] = [
        {"rule": "stopped_vehicle", "zone": "road"},
        {"rule": "queue", "zone": "road"},
        {"rule": "wrong_way", "line": [[0.3, 0.5], [0.3, 0.98]], "forbidden": "left_to_right"},
        {"rule": "line_cross", "line": [[0.0, 0.79], [1.0, 0.79]]},
        {"rule": "intrusion", "zone": "road"},
        {"rule": "removed_object", "zone": "road"},
        {"rule": "left_object", "zone": "road"},
        {"rule": "fall"},
    ]
    return tuple(players), {"zones": zones, "rules": rules}


def _yard(random: Random) -> Made:
    """People who cross it, or stand for less than a minute; never more than three at once."""
    players = []
    for at_s in _times(random, 40):
        x, y = float(random.uniform(150, 520)), float(random.uniform(240, 330))
        stays_s, cutout = float(random.choice([0.01, 5.0, 20.0])), COATS[int(random.integers(2))]
        way = ((at_s, -30.0, y), (at_s + 6, x, y), (at_s + 6 + stays_s, x, y), (at_s + 12 + stays_s, 680.0, y))
        players.append(person(*way, cutout=cutout))
    zones = {"square": {"polygon": SQUARE}, "corner": {"polygon": CORNER}}
    rules: list[dict[str, Any]] = [
        {"rule": "loitering", "zone": "square"},
        {"rule": "crowd", "zone": "square", "count": 5},
        {"rule": "fall"},
        {"rule": "left_object", "zone": "square"},
        {"rule": "removed_object", "zone": "square"},
        {"rule": "intrusion", "zone": "corner"},
        {"rule": "guard_gap", "zone": "corner"},
    ]
    return tuple(players), {"zones": zones, "rules": rules}


def _quiet(_random: Random) -> Made:
    """Nobody at all."""
    zones = {"road": {"polygon": [[0.05, 0.55], [0.85, 0.55], [0.85, 0.98], [0.05, 0.98]]}}
    names = (
        "intrusion",
        "guard_gap",
        "left_object",
        "removed_object",
        "loitering",
        "stopped_vehicle",
        "crowd",
        "queue",
    )
    rules: list[dict[str, Any]] = [{"rule": name, "zone": "road"} for name in names]
    rules.append({"rule": "intrusion", "zone": "road", "classes": ["vehicle"]})
    return (), {"zones": zones, "rules": [*rules, {"rule": "fall"}]}


def _traffic(random: Random, at_s: float, stays_s: float, y: float) -> Player:
    """From the left to the right, with or without a stop on the way."""
    wide, tint = float(random.choice([CAR_WIDE, VAN_WIDE, 1.0])), TINTS[int(random.integers(len(TINTS)))]
    stops_s, goes_s = at_s + 4, at_s + 4.01 + stays_s
    return vehicle((at_s, -150, y), (stops_s, 320, y), (goes_s, 320, y), (goes_s + 4, 790, y), wide=wide, tint=tint)


def _walker(random: Random, at_s: float, takes_s: float, y: float) -> Player:
    ends = (-40.0, 680.0) if random.integers(2) else (680.0, -40.0)
    return person((at_s, ends[0], y), (at_s + takes_s, ends[1], y), cutout=COATS[int(random.integers(2))])
