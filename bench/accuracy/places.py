"""Where composed clips play: the checkpoints of the sample scenes, and two wider views."""

from __future__ import annotations

from dataclasses import replace

from sample_streams import checkpoint as paint
from sample_streams.drawing import Brush
from sample_streams.scenes import SCENES, Scene


def _street(brush: Brush) -> None:
    paint.land(brush, 96, paint.GRASS)
    paint.trees(brush, 128, (0, 640), 14, 40)
    paint.road_across(brush, 190, 276)
    paint.lamp_post(brush, 184, 96, 130)
    paint.lamp_post(brush, 184, 470, 130)


def _yard(brush: Brush) -> None:
    paint.land(brush, 84, paint.PAVING)
    paint.trees(brush, 112, (380, 640), 7, 40)
    paint.booth(brush, 30, 190, 84, 110)
    paint.fence(brush, 150, (130, 640), 30)
    paint.blocks(brush, 330, 560, 1, 60)


_BY_NAME = {scene.name: replace(scene, actors=()) for scene in SCENES}
GATE, PAIR, LANE, FENCE, QUIET = (_BY_NAME[name] for name in ("gate", "pair", "lane", "fence", "quiet"))
STREET = Scene(name="street", seed=31, draw=_street, actors=(), zones={}, horizon=96, nearness=0.36)
YARD = Scene(name="yard", seed=32, draw=_yard, actors=(), zones={}, horizon=84, nearness=0.62)
