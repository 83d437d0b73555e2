"""Whether a polygon is one that can be stood in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

Vertex = tuple[float, float]
LEAST_AREA = 1e-4  # of the picture: about 5 x 5 pixels of 640 x 360


def complaint(polygon: Sequence[Vertex]) -> str:
    """What is wrong with `polygon`, empty when nothing is."""
    crossing = _crossing(polygon)
    if crossing:
        first, second = crossing
        return f"the polygon crosses itself: its edges {first + 1} and {second + 1} meet; list its corners in order"
    if abs(_area(polygon)) < LEAST_AREA:
        return "the polygon has hardly any area: its corners lie on a line or on one spot"
    return ""


def _crossing(polygon: Sequence[Vertex]) -> tuple[int, int] | None:
    edges = list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))
    for (first, a), (second, b) in combinations(enumerate(edges), 2):
        neighbours = second - first == 1 or (first == 0 and second == len(edges) - 1)
        if not neighbours and _meet(*a, *b):
            return first, second
    return None


def _meet(a: Vertex, b: Vertex, c: Vertex, d: Vertex) -> bool:
    """Whether the segments a-b and c-d share a point."""
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    if sides[0] * sides[1] < 0 and sides[2] * sides[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(side == 0 and _between(*end) for side, end in zip(sides, ends, strict=True))


def _side(a: Vertex, b: Vertex, point: Vertex) -> float:
    cross = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
    return 0.0 if abs(cross) < 1e-12 else cross


def _between(a: Vertex, b: Vertex, point: Vertex) -> bool:
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])


def _area(polygon: Sequence[Vertex]) -> float:
    following = [*polygon[1:], polygon[0]]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(polygon, following, strict=True)) / 2
