"""How boxes lie to each other."""

from __future__ import annotations

from detect.messages import Box

EDGE = 0.01  # of the picture: a box this near to its edge may go on outside it


def area(box: Box) -> float:
    """What `box` covers, as a share of the picture."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def shared(first: Box, second: Box) -> float:
    """What both cover, as a share of the picture."""
    if first[0] >= second[2] or second[0] >= first[2]:  # most pairs lie apart
        return 0.0
    return area(
        (max(first[0], second[0]), max(first[1], second[1]), min(first[2], second[2]), min(first[3], second[3]))
    )


def overlap(first: Box, second: Box) -> float:
    """Intersection over union, 0 to 1."""
    both = shared(first, second)
    return both / (area(first) + area(second) - both) if both else 0.0


def within_share(inner: Box, outer: Box) -> float:
    """The share of `inner` that lies in `outer`, 0 to 1."""
    both = shared(inner, outer)
    return both / area(inner) if both else 0.0


def grown(box: Box, wide: float, tall: float) -> Box:
    """`box` with `wide` of its width more on either side and `tall` of its height more above and below."""
    across, along = wide * (box[2] - box[0]), tall * (box[3] - box[1])
    return box[0] - across, box[1] - along, box[2] + across, box[3] + along


def middle(box: Box) -> tuple[float, float]:
    """Its middle."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def is_cut_off(box: Box) -> bool:
    """Whether it touches the edge of the picture."""
    return is_cut_off_in_width(box) or is_cut_off_in_height(box)


def is_cut_off_in_width(box: Box) -> bool:
    """Whether it touches the picture's left or right edge: it may be wider than it seems."""
    return min(box[0], 1 - box[2]) < EDGE


def is_cut_off_in_height(box: Box) -> bool:
    """Whether it touches the picture's upper or lower edge: it may be higher than it seems."""
    return min(box[1], 1 - box[3]) < EDGE
