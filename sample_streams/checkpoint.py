"""What stands at a checkpoint, each thing painted with a `Brush`."""

from __future__ import annotations

import numpy as np

from sample_streams.drawing import SIZE, Brush, Colour, Spot

WIDTH, HEIGHT = SIZE
ASPHALT: Colour = (104, 102, 100)
PAVING: Colour = (150, 158, 164)
GRASS: Colour = (92, 128, 112)
EARTH: Colour = (120, 142, 156)
WHITE: Colour = (225, 228, 230)
RED: Colour = (52, 48, 190)
STEEL: Colour = (118, 120, 122)
GLASS: Colour = (120, 104, 84)


def land(brush: Brush, horizon: float, ground: Colour) -> None:
    """Sky, hills and open ground."""
    brush.fade(0, horizon, (232, 204, 168), (236, 230, 222))
    _ridge(brush, horizon, 46, (178, 172, 158))
    _ridge(brush, horizon, 24, (130, 150, 128))
    far = tuple(round(0.75 * level + 45) for level in ground)
    brush.fade(horizon, HEIGHT, (far[0], far[1], far[2]), ground)
    brush.grain(horizon, HEIGHT, 6)


def _ridge(brush: Brush, horizon: float, rise: float, colour: Colour) -> None:
    heights = brush.random.uniform(0.25, 1.0, 12) * rise
    step = WIDTH / (len(heights) - 1)
    tops = [(index * step, horizon - float(height)) for index, height in enumerate(heights)]
    brush.polygon([(0, horizon + 1), *tops, (WIDTH, horizon + 1)], colour)


def trees(brush: Brush, base: float, span: Spot, count: int, size: float) -> None:
    """A row of bushes from x to x: many small leaves, lighter above."""
    for x in sorted(brush.random.uniform(span[0], span[1], count)):
        tall, wide = size * brush.random.uniform(0.6, 1.0), size * brush.random.uniform(0.5, 0.9)
        for _ in range(220):
            angle, far = brush.random.uniform(0, np.pi), np.sqrt(brush.random.uniform(0, 1))
            dx, up = float(np.cos(angle) * far * wide), float(np.sin(angle) * far * tall)
            shade = int(brush.random.integers(-14, 14) + 34 * (up / tall - 0.5))
            spot, leaf = (float(x) + dx, base - up), 0.05 * size
            brush.blot(spot, (1.3 * leaf, leaf), (58 + shade, 92 + shade, 76 + shade))


def road_ahead(brush: Brush, horizon: float, edges: tuple[float, float, float]) -> None:
    """A road that runs away from the camera: `edges` are its vanishing point and its sides at the lower edge."""
    vanish, left, right = edges
    near = HEIGHT + 4
    brush.polygon([(vanish - 7, horizon), (vanish + 7, horizon), (right, near), (left, near)], ASPHALT)
    brush.grain(horizon + 6, HEIGHT, 2.5)
    for side in (left, right):
        brush.line((vanish + 0.03 * (side - vanish), horizon + 4), (side + 0.05 * (vanish - side), near), PAVING, 2)
    middle = (left + right) / 2
    for start in (0.02, 0.06, 0.13, 0.24, 0.41, 0.68):
        spots = [
            (vanish + (middle - vanish) * share, horizon + (near - horizon) * share) for share in (start, start * 1.45)
        ]
        brush.line(spots[0], spots[1], WHITE, 1 + 5 * start)


def road_across(brush: Brush, far: float, near: float) -> None:
    """A road that crosses the picture between the heights `far` and `near`."""
    brush.box(-2, far, WIDTH + 2, near, ASPHALT)
    brush.grain(far, near, 2.5)
    brush.box(-2, far, WIDTH + 2, far + 2, PAVING)
    brush.box(-2, near, WIDTH + 2, near + 4, PAVING)
    middle = far + 0.42 * (near - far)
    for x in range(-20, WIDTH, 92):
        brush.box(x, middle, x + 46, middle + 3, WHITE)


def booth(brush: Brush, x: float, base: float, width: float, height: float) -> None:
    """A guard's booth, its door to the right."""
    top = base - height
    with brush.prop(base):
        brush.box(x, top, x + width, base, (196, 200, 198))
        brush.box(x + 0.74 * width, top, x + width, base, (166, 170, 168))
        brush.box(x + 0.08 * width, top + 0.18 * height, x + 0.66 * width, top + 0.52 * height, GLASS)
        brush.line((x + 0.37 * width, top + 0.18 * height), (x + 0.37 * width, top + 0.52 * height), STEEL, 1.5)
        brush.box(x, base - 0.30 * height, x + width, base - 0.20 * height, (150, 92, 40))
        brush.box(x - 0.07 * width, top - 0.07 * height, x + 1.07 * width, top + 0.03 * height, (132, 84, 44))


def barrier(brush: Brush, pivot: Spot, length: float, height: float) -> None:
    """A red and white arm, closed, its post at `pivot` on the ground."""
    x, base = pivot
    arm = base - height
    with brush.prop(base):
        brush.box(x - 7, arm - 8, x + 7, base, (40, 150, 210))
        stripes = 9
        for index in range(stripes):
            colour = RED if index % 2 == 0 else WHITE
            x0, x1 = x + length * index / stripes, x + length * (index + 1) / stripes
            brush.box(min(x0, x1), arm - 3, max(x0, x1), arm + 3, colour)
        brush.box(x + length - 2, arm, x + length + 2, base, STEEL)


def fence(brush: Brush, base: float, span: Spot, height: float) -> None:
    """Steel mesh between thin posts."""
    with brush.prop(base):
        x = span[0]
        while x <= span[1]:
            brush.line((x, base), (x, base - height), STEEL, 2)
            x += 1.1 * height
        for share in (0.3, 0.65, 1.0):
            brush.line((span[0], base - share * height), (span[1], base - share * height), STEEL, 1)


def blocks(brush: Brush, base: float, first: float, count: int, width: float) -> None:
    """Concrete blocks, side by side."""
    for index in range(count):
        x = first + index * 1.25 * width
        with brush.prop(base):
            brush.polygon(
                [(x, base), (x + 0.12 * width, base - 0.42 * width), (x + 0.88 * width, base - 0.42 * width),
                 (x + width, base)], (172, 178, 180)
            )  # fmt: skip
            brush.box(x + 0.16 * width, base - 0.26 * width, x + 0.84 * width, base - 0.16 * width, (40, 190, 225))


def lamp_post(brush: Brush, base: float, x: float, height: float) -> None:
    """A street lamp."""
    with brush.prop(base):
        brush.line((x, base), (x, base - height), STEEL, 2.5)
        brush.line((x, base - height), (x + 24, base - height - 4), STEEL, 2)
        brush.box(x + 18, base - height - 5, x + 32, base - height - 1, WHITE)
