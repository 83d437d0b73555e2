"""Labelled pictures, as they come in: what a set says of itself, and every mistake in it.

A set is a folder or a tar of the YOLO layout: `images/<source>_<number>.jpg`, `labels/<same>.txt` with lines of
`class cx cy w h` in fractions, and `sources.json` that says of each source which class numbers it has labelled
throughout (`annotated`), or a `data.yaml` with `names` for a set of one source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from config.model import Label
from detect.classes import group_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

Corners = tuple[float, float, float, float]  # x0, y0, x1, y1 as fractions of the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to be found."""

    wanted: int  # index into the classes that are trained
    box: Corners


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture and what is known of it."""

    name: str
    source: str  # where it comes from; splits never divide one
    scene: str  # pictures of one scene look alike: they stay on one side of a split
    encoded: bytes = field(repr=False)  # JPEG or PNG
    targets: tuple[Target, ...] = ()
    complete: frozenset[int] = frozenset()  # the classes of which everything in the picture is labelled
    ignored: tuple[Corners, ...] = ()  # may hold something: neither foreground nor background

    def image(self) -> NDArray[np.uint8]:
        """The picture, (h, w, 3) BGR."""
        decoded = cv2.imdecode(np.frombuffer(self.encoded, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None  # noqa: S101 - it was decoded when it came in
        return np.asarray(decoded, np.uint8)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The classes to be trained, in the order of the model's output."""

    labels: tuple[Label, ...]

    def index(self, label: Label | None) -> int | None:
        """The class that a thing labelled `label` is trained as: itself, or its group."""
        for known in (label, group_of(label) if label else None):
            if known in self.labels:
                return self.labels.index(known)
        return None

    def complete(self, annotated: frozenset[Label], known: frozenset[Label]) -> frozenset[int]:
        """The classes of which a source that labels `annotated`, of the set's `known` classes, leaves nothing out."""
        full = set()
        for index, label in enumerate(self.labels):
            members = {one for one in known if one == label or group_of(one) == label}
            if members and members <= annotated:
                full.add(index)
        return frozenset(full)
