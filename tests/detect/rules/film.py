"""Scenes of things that move along written paths, as a tracker would show them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.model import Label
from detect.messages import Box, Event, Scene, Track
from detect.rules import Rule
from detect.scene import scene_of
from tests.detect.given import at, camera
from tests.detect.rules.timeline import Said, play, rules

SHOWN_S = 1.0  # how long a tracker shows what it does not see
STEP_S = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Something that is at each (seconds, x, y) of its path, there meaning the middle of its lower edge."""

    path: tuple[tuple[float, float, float], ...]
    number: int = 1
    label: Label = Label.PERSON
    size: tuple[float, float] = (0.08, 0.3)  # width, height
    sizes: tuple[tuple[float, float, float], ...] = ()  # (seconds, width, height): how it changes its shape
    hidden: tuple[tuple[float, float], ...] = ()  # spans in which it is not detected
    jitter: float = 0.0  # of its size, standard deviation of each side of its box

    def box(self, at_s: float) -> Box | None:
        """Where it is seen; None while it is not."""
        spot = _along(self.path, at_s)
        if spot is None or any(begin <= at_s < end for begin, end in self.hidden):
            return None
        wide, tall = (_along(self.sizes, at_s) if self.sizes else None) or self.size
        x, y = spot
        slip = np.random.default_rng((self.number, round(at_s * 1000))).normal(0, self.jitter, 4)
        dx0, dy0, dx1, dy1 = (float(one) for one in slip)
        return x - wide / 2 + dx0 * wide, y - tall + dy0 * tall, x + wide / 2 + dx1 * wide, y + dy1 * tall


def standing(x: float, y: float, begin_s: float, end_s: float) -> tuple[tuple[float, float, float], ...]:
    """The path of who stands there."""
    return ((begin_s, x, y), (end_s, x, y))


def film(*movers: Mover, until_s: float, step_s: float = STEP_S) -> Iterator[Scene]:
    """A scene every `step_s`."""
    tracks: dict[int, Track] = {}
    for index in range(round(until_s / step_s) + 1):
        at_s = index * step_s
        for mover in movers:
            box = mover.box(at_s)
            if box is not None:
                known = tracks.get(mover.number)
                tracks[mover.number] = Track(
                    id=mover.number,
                    label=mover.label,
                    box=box,
                    score=0.9,
                    first_seen_at=known.first_seen_at if known else at(at_s),
                    last_seen_at=at(at_s),
                )
        shown = tuple(one for one in tracks.values() if (at(at_s) - one.last_seen_at).total_seconds() <= SHOWN_S)
        yield scene_of(camera(), shown, at(at_s))


def one_rule(**parts: object) -> Rule:
    """The one rule with these settings."""
    (rule,) = rules(rules=(parts,))[1]
    return rule


def told(rule: Rule, *movers: Mover, until_s: float, step_s: float = STEP_S) -> list[tuple[str, float]]:
    """What `rule` says of them: phase and second, to the tenth."""
    return short(play(rule, film(*movers, until_s=until_s, step_s=step_s)))


def short(events: list[Event]) -> list[tuple[str, float]]:
    """Phase and second of each, to the tenth."""
    return [(one.phase, round(one.at_s, 1)) for one in map(Said.of, events)]


def _along(path: tuple[tuple[float, float, float], ...], at_s: float) -> tuple[float, float] | None:
    if not path[0][0] <= at_s <= path[-1][0]:
        return None
    index = min(bisect_right([point[0] for point in path], at_s), len(path) - 1)
    (begin_s, x0, y0), (end_s, x1, y1) = path[index - 1], path[index]
    share = (at_s - begin_s) / (end_s - begin_s)
    return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
