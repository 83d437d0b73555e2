"""Places in a picture, in fractions of it, origin top left."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.base import Frozen

Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]
Point = tuple[Fraction, Fraction]


class Zone(Frozen):
    """A part of the picture, as a simple polygon."""

    polygon: tuple[Point, ...] = Field(min_length=3)
