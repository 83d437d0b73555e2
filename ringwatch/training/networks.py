"""The networks that can be trained, all of them small."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Any

Scale = tuple[float, float, int]  # depth, width, most channels


class Network(StrEnum):
    """A network of ultralytics', narrower than the smallest it names."""

    TINY = "tiny"
    SMALL = "small"
    YOLO11 = "yolo11"

    @property
    def family(self) -> str:
        """What ultralytics calls its kind."""
        return "yolo11" if self is Network.YOLO11 else "yolo26"

    @property
    def scale(self) -> Scale:
        """How deep and wide it is."""
        return SCALES[self]


SCALES: dict[Network, Scale] = {
    Network.TINY: (0.50, 0.125, 1024),
    Network.SMALL: (0.50, 0.1875, 512),
    Network.YOLO11: (0.50, 0.125, 1024),
}


def untrained(network: Network, classes: int) -> Any:
    """A torch model of it for so many classes, its weights drawn at random.

    Its boxes are thinned out after it, as all detectors' are: the branch that needs no thinning finds less.
    """
    tasks = import_module("ultralytics.nn.tasks")
    described = tasks.yaml_model_load(f"{network.family}n.yaml")
    described.update(scales={"n": list(network.scale)}, scale="n", nc=classes, end2end=False)
    return tasks.DetectionModel(described, ch=3, nc=classes, verbose=False)
