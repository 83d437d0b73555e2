"""Moving regions of a picture, as things that may be vehicles or hold somebody too small to be found otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from detect.messages import Box

GAP = 0.02  # regions nearer than this, in fractions of the picture, are parts of one thing


def merged(regions: Iterable[Box], gap: float = GAP) -> list[Box]:
    """Regions that touch or nearly touch, as one; largest first."""
    whole: list[Box] = []
    for region in regions:
        near = [other for other in whole if _near(region, other, gap)]
        while near:
            whole = [other for other in whole if other not in near]
            region = _union([region, *near])  # noqa: PLW2901 - it grows, and may now touch others
            near = [other for other in whole if _near(region, other, gap)]
        whole.append(region)
    return sorted(whole, key=lambda box: (-area(box), box))


def area(box: Box) -> float:
    """Share of the picture."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def covered(box: Box, by: Box) -> float:
    """The share of `box` that lies in `by`."""
    common = (max(box[0], by[0]), max(box[1], by[1]), min(box[2], by[2]), min(box[3], by[3]))
    if common[2] <= common[0] or common[3] <= common[1]:
        return 0.0
    return area(common) / max(area(box), 1e-9)


def _near(first: Box, second: Box, gap: float) -> bool:
    across = first[0] - gap <= second[2] and second[0] - gap <= first[2]
    return across and first[1] - gap <= second[3] and second[1] - gap <= first[3]


def _union(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
