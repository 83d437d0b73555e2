"""What a detector may tell of: the allow-list of object classes, and their groups."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field


class Label(StrEnum):
    """The allow-list of object classes. A model may know only a group (`vehicle`, `bike`)."""

    PERSON = "person"
    VEHICLE = "vehicle"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"
    BIKE = "bike"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    BAG = "bag"
    ANIMAL = "animal"


Classes = Annotated[tuple[Label, ...], Field(min_length=1)]
GROUPS: dict[Label, frozenset[Label]] = {
    Label.VEHICLE: frozenset({Label.CAR, Label.BUS, Label.TRUCK}),
    Label.BIKE: frozenset({Label.BICYCLE, Label.MOTORCYCLE}),
}
