"""Who watches the watchers: the scheduled test alert, and how long nobody may be at the console."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from config.durations import SHAPE, WRITTEN, format_duration
from config.marked import Marked, Problems
from config.redact import quoted
from config.words import suggestion

TestEvery = Annotated[timedelta, Field(ge=timedelta(seconds=5), le=timedelta(days=7)), WRITTEN, SHAPE]
TestWithin = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(hours=1)), WRITTEN, SHAPE]
NobodyAfter = Annotated[timedelta, Field(ge=timedelta(seconds=5), le=timedelta(days=1)), WRITTEN, SHAPE]


class ScheduledTest(BaseModel, frozen=True, extra="forbid"):
    """An alert that is raised to see whether alerts get through."""

    every: TestEvery = timedelta(hours=1)
    within: TestWithin = timedelta(seconds=60)  # from when it is due until it must be on record
    camera: str | None = None  # whose worker raises it; None: the first of every worker


class Watching(BaseModel, frozen=True, extra="forbid"):
    """What is watched of the watching itself. Either may be null: it is not watched then."""

    test_alert: ScheduledTest | None = ScheduledTest()
    nobody_after: NobodyAfter | None = timedelta(minutes=10)  # with alerts open and nobody at the console


def check_watching(tree: Marked, watching: Watching, cameras: Collection[str], problems: Problems) -> None:
    """The camera is there, and a test is over before the next begins."""
    test = watching.test_alert
    if test is None:
        return
    here = ("watching", "test_alert")
    if test.within >= test.every:
        said = f"within ({format_duration(test.within)}) must be less than every ({format_duration(test.every)})"
        problems.add(tree.at((*here, "within")), f"{said}: a test is over before the next begins")
    if test.camera is not None and test.camera not in cameras:
        problems.add(tree.at((*here, "camera")), f"no camera {quoted(test.camera)}: {suggestion(test.camera, cameras)}")
