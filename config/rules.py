"""The rules of zones, lines and pictures, with their parameters, units and bounds."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from math import dist
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from config.base import Frozen, Severity
from config.durations import SHAPE, WRITTEN, Duration
from config.hours import Hours, WeeklyHours
from config.labels import Classes, Label
from config.window import Window
from config.zones import Point

Dwell = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(hours=1)), WRITTEN, SHAPE]
LEAST_LENGTH = 0.01  # of a line, in widths and heights of the picture: as of a polygon of the least area
RuleTime = Annotated[timedelta, Field(ge=timedelta(milliseconds=200), le=timedelta(hours=24)), WRITTEN, SHAPE]


class RuleBase(Frozen):
    """What every rule has: when it is on, how urgent it is, and how often it is told again while it lasts."""

    hours: WeeklyHours = Hours()
    severity: Severity = Severity.HIGH
    realert_every: Duration | None = None


class ZoneRule(RuleBase):
    """A rule about one zone."""

    zone: str = Field(min_length=1)


class PictureRule(RuleBase):
    """A rule about one zone, or about the whole picture."""

    zone: str = ""


def _of_some_length(line: tuple[Point, ...]) -> tuple[Point, ...]:
    if sum(dist(begin, end) for begin, end in pairwise(line)) < LEAST_LENGTH:
        raise ValueError("the line has hardly any length: its points lie on one spot")
    return line


class LineRule(RuleBase):
    """A rule about a line, seen along it from its first point."""

    line: Annotated[tuple[Point, ...], Field(min_length=2), AfterValidator(_of_some_length)]


class Intrusion(ZoneRule):
    """Somebody or something in a zone where nobody should be, for longer than `dwell`."""

    rule: Literal["intrusion"]
    classes: Classes = (Label.PERSON,)
    dwell: Dwell = timedelta(seconds=2)


class Loitering(ZoneRule):
    """Somebody stays in a zone for longer than `after`."""

    rule: Literal["loitering"]
    classes: Classes = (Label.PERSON,)
    after: RuleTime = timedelta(seconds=60)


class LineCross(LineRule):
    """Something crosses a line."""

    rule: Literal["line_cross"]
    classes: Classes = (Label.PERSON,)
    direction: Literal["left_to_right", "right_to_left", "both"] = "both"


class WrongWay(LineRule):
    """Something crosses a line in the forbidden direction."""

    rule: Literal["wrong_way"]
    forbidden: Literal["left_to_right", "right_to_left"]
    classes: Classes = (Label.VEHICLE,)


class StoppedVehicle(ZoneRule):
    """A vehicle stands in a zone for longer than `after`."""

    rule: Literal["stopped_vehicle"]
    classes: Classes = (Label.VEHICLE,)
    after: RuleTime = timedelta(seconds=60)


class QueueLength(ZoneRule):
    """At least `vehicles` stand in a zone for longer than `after`."""

    rule: Literal["queue"]
    vehicles: Annotated[int, Field(strict=True, ge=1, le=1000)] = 5
    after: RuleTime = timedelta(seconds=60)


class Crowd(ZoneRule):
    """At least `count` people are in a zone for longer than `after`."""

    rule: Literal["crowd"]
    count: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    after: RuleTime = timedelta(seconds=10)


class LeftObject(ZoneRule):
    """A thing lies unattended for longer than `after`."""

    rule: Literal["left_object"]
    after: RuleTime = timedelta(seconds=60)


class RemovedObject(ZoneRule):
    """A thing that lay there has been gone for longer than `after`."""

    rule: Literal["removed_object"]
    after: RuleTime = timedelta(seconds=10)


class Fall(PictureRule):
    """Somebody has fallen and does not get up within `after`."""

    rule: Literal["fall"]
    after: RuleTime = timedelta(seconds=10)


class GuardGap(ZoneRule):
    """Anybody or anything in a zone in its dead hours."""

    rule: Literal["guard_gap"]
    classes: Classes = (Label.PERSON, Label.VEHICLE)
    dwell: Dwell = timedelta(seconds=1)  # one mistaken detection is nobody


class Unusual(PictureRule):
    """Counts unlike what this camera has at this hour of the week."""

    rule: Literal["unusual"]
    classes: Classes = (Label.PERSON, Label.VEHICLE)
    window: Window = timedelta(minutes=15)


class CameraHealth(RuleBase):
    """Something is wrong with a camera's stream or picture for longer than `after`. On by default for every camera."""

    rule: Literal[
        "camera.offline",
        "camera.stalled",
        "camera.late",
        "camera.frozen",
        "camera.covered",
        "camera.dark",
        "camera.defocused",
        "camera.moved",
        "camera.undecodable",
    ]
    after: Duration = timedelta(seconds=30)


AnyRule = Annotated[
    Intrusion
    | Loitering
    | LineCross
    | WrongWay
    | StoppedVehicle
    | QueueLength
    | Crowd
    | LeftObject
    | RemovedObject
    | Fall
    | GuardGap
    | Unusual
    | CameraHealth,
    Field(discriminator="rule"),
]
