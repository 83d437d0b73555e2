"""People and vehicles whose ways are known, as a detector would see them: for measuring trackers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from config.model import Label
from detect.messages import Box, Detections

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WALK = 0.8  # heights of the walker a second: 1.4 m/s
NOISE = 0.02  # of the box's size: how much a detector's edges tremble
MISSED = 0.05  # share of the looks in which a detector misses what is there
UNEVEN = 0.3  # of the interval: how unevenly frames come
JITTER = np.random.default_rng

Way = Callable[[float], Box | None]  # seconds -> box as fractions of the picture; None while it is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """One object of a scenario."""

    label: Label
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens in one picture, and for how long."""

    name: str
    length_s: float
    walkers: tuple[Walker, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One analysed frame: what is there, by number of the walker, and what a detector makes of it."""

    at: datetime
    truth: dict[int, Box]
    found: Detections


def looks(scenario: Scenario, rate_hz: float, seed: int) -> Iterator[Look]:
    """The scenario at about `rate_hz` looks a second."""
    random = np.random.default_rng((seed, round(rate_hz * 100)))
    at_s = 0.0
    while at_s < scenario.length_s:
        there = {number: (one.label, box) for number, one in enumerate(scenario.walkers) if (box := one.way(at_s))}
        seen = [entry for entry in there.values() if random.random() >= MISSED]
        boxes = [_trembling(box, random) for _, box in seen]
        yield Look(
            at=BEGIN + timedelta(seconds=at_s),
            truth={number: box for number, (_, box) in there.items()},
            found=Detections(
                boxes=np.array(boxes, np.float32).reshape(-1, 4),
                scores=np.full(len(seen), 0.8, np.float32),
                labels=tuple(label for label, _ in seen),
            ),
        )
        at_s += (1 + random.uniform(-UNEVEN, UNEVEN)) / rate_hz


def _trembling(box: Box, random: np.random.Generator) -> Box:
    x0, y0, x1, y1 = box
    wide, high = x1 - x0, y1 - y0
    a, b, c, d = (float(value) for value in random.normal(0, NOISE, 4))
    return x0 + a * wide, y0 + b * high, x1 + c * wide, y1 + d * high


def person(x: float, base: float, height: float) -> Box:
    """Somebody whose feet are at `x`, `base`."""
    wide = 0.34 * height * 9 / 16  # of a picture of 16 by 9
    return x - wide / 2, base - height, x + wide / 2, base


def walks(x0: float, x1: float, *, base: float, height: float, begin_s: float = 0.0, pace: float = 1.0) -> Walker:
    """From `x0` to `x1` at walking pace, and gone."""
    speed = pace * WALK * height * 9 / 16

    def way(at_s: float) -> Box | None:
        gone = (at_s - begin_s) * speed
        if gone < 0 or gone > abs(x1 - x0):
            return None
        return person(x0 + gone * np.sign(x1 - x0), base, height)

    return Walker(label=Label.PERSON, way=way)


def stands(x: float, *, base: float, height: float, hidden: tuple[tuple[float, float], ...] = ()) -> Walker:
    """In one place, shifting a little; not to be seen in the spans of seconds `hidden`."""

    def way(at_s: float) -> Box | None:
        if any(begins <= at_s < ends for begins, ends in hidden):
            return None
        return person(x + 0.02 * height * np.sin(at_s / 3), base, height)

    return Walker(label=Label.PERSON, way=way)


def paces(x0: float, x1: float, *, base: float, height: float) -> Walker:
    """To and fro between `x0` and `x1`, as guards do."""
    speed = 0.6 * WALK * height * 9 / 16

    def way(at_s: float) -> Box | None:
        far = (at_s * speed) % (2 * (x1 - x0))
        return person(x0 + min(far, 2 * (x1 - x0) - far), base, height)

    return Walker(label=Label.PERSON, way=way)


def drives(x0: float, x1: float, *, begin_s: float, duration_s: float, wide: float, base: float = 0.8) -> Walker:
    """A vehicle from `x0` to `x1`."""

    def way(at_s: float) -> Box | None:
        share = (at_s - begin_s) / duration_s
        x = x0 + share * (x1 - x0)
        return (x - wide / 2, base - 0.6 * wide, x + wide / 2, base) if 0 <= share <= 1 else None

    return Walker(label=Label.VEHICLE, way=way)


SCENARIOS = (
    Scenario(name="a guard who paces", length_s=60, walkers=(paces(0.2, 0.6, base=0.9, height=0.4),)),
    Scenario(
        name="two who walk past each other",
        length_s=16,
        walkers=(walks(0.05, 0.95, base=0.9, height=0.35), walks(0.95, 0.05, base=0.84, height=0.33)),
    ),
    Scenario(
        name="a guard, and people who pass before him",
        length_s=40,
        walkers=(
            stands(0.5, base=0.8, height=0.35, hidden=((4.6, 6.4), (15.5, 17.4))),
            walks(0.1, 0.9, base=0.95, height=0.45, begin_s=3.3),
            walks(0.9, 0.1, base=0.95, height=0.45, begin_s=14.3),
            walks(0.1, 0.9, base=0.92, height=0.4, begin_s=26, pace=1.6),
        ),
    ),
    Scenario(
        name="a queue of four that moves up",
        length_s=30,
        walkers=tuple(walks(0.15 + 0.09 * n, 0.55 + 0.09 * n, base=0.85, height=0.35, pace=0.2) for n in range(4)),
    ),
    Scenario(
        name="a guard behind a lorry for four seconds",
        length_s=30,
        walkers=(
            stands(0.5, base=0.7, height=0.3, hidden=((10.0, 14.0),)),
            drives(-0.3, 1.3, begin_s=7, duration_s=10, wide=0.5, base=0.9),
        ),
    ),
    Scenario(
        name="cars one after another, past one that is parked",
        length_s=40,
        walkers=(
            drives(0.8, 0.8001, begin_s=0, duration_s=40, wide=0.2, base=0.6),
            *(drives(-0.1, 1.1, begin_s=2 + 7 * n, duration_s=4.5, wide=0.22) for n in range(5)),
        ),
    ),
)
