"""Lines in the picture, and paths across them. Coordinates are fractions of the picture, y downwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from config.model import Point

Line = tuple[Point, ...]


def crossings(line: Line, start: Point, end: Point) -> Iterator[tuple[float, bool]]:
    """Where the straight way from `start` to `end` crosses `line`: the share of the way, and whether left to right.

    Left and right are as seen along the line from its first point, on the screen.
    """
    for first, second in pairwise(line):
        before, after = _side(first, second, start), _side(first, second, end)
        if (before < 0) == (after < 0):
            continue
        share = before / (before - after)
        spot = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        if 0 <= _along(first, second, spot) < 1 or (second == line[-1] and spot == second):
            yield share, before < 0


def distance(line: Line, spot: Point) -> float:
    """How far `spot` is from the nearest part of `line`."""
    return min(_to_segment(first, second, spot) for first, second in pairwise(line))


def in_words(line: Line) -> str:
    """The line by its points: tells it from its camera's others, wherever in the list it stands."""
    return " ".join(f"{x:g},{y:g}" for x, y in line)


def goes_right(line: Line, start: Point, end: Point) -> float:
    """How far the way from `start` to `end` leads from the left of `line` to its right; negative the other way."""
    first, second = min(pairwise(line), key=lambda part: _to_segment(part[0], part[1], end))
    length = math.hypot(second[0] - first[0], second[1] - first[1])
    return (_side(first, second, end) - _side(first, second, start)) / length if length else 0.0


def _side(first: Point, second: Point, spot: Point) -> float:
    """Negative to the left of the way from `first` to `second`, as it looks on the screen, positive to the right."""
    return (second[0] - first[0]) * (spot[1] - first[1]) - (second[1] - first[1]) * (spot[0] - first[0])


def _along(first: Point, second: Point, spot: Point) -> float:
    """How far along from `first` to `second` the foot of `spot` lies: 0 at the first, 1 at the second."""
    across, down = second[0] - first[0], second[1] - first[1]
    length = across * across + down * down
    return ((spot[0] - first[0]) * across + (spot[1] - first[1]) * down) / length if length else 0.0


def _to_segment(first: Point, second: Point, spot: Point) -> float:
    share = min(max(_along(first, second, spot), 0.0), 1.0)
    foot = first[0] + share * (second[0] - first[0]), first[1] + share * (second[1] - first[1])
    return math.hypot(spot[0] - foot[0], spot[1] - foot[1])
