"""A rule played over a timeline that is written as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from config.model import Camera, Label
from detect.messages import Event, Scene
from detect.rules import Rule, build
from tests.detect.given import BEGIN, at, camera, scene, track

STEP_S = 0.5


def scenes(text: str, *, zone: str = "post", step_s: float = STEP_S, label: Label = Label.PERSON) -> Iterator[Scene]:
    """One scene a character: `.` nobody, `?` blind, a space no scene at all, a digit somebody of that number."""
    first: dict[int, float] = {}
    entered: dict[int, float] = {}  # of who was there in the scene before
    for index, mark in enumerate(text.replace("|", "")):
        at_s = index * step_s
        if mark == " ":
            continue
        if mark in ".?":
            entered = {} if mark == "." else entered
            yield scene(at_s, zone=zone, blind="covered" if mark == "?" else "")
            continue
        number = int(mark)
        entered = {number: entered.get(number, at_s)}
        one = replace(
            track(number, first=first.setdefault(number, at_s), seen=at_s, label=label),
            moved_at=at(entered[number]),  # he stands still from when he came
            watched_at=at(at_s),
        )
        yield scene(at_s, one, zone=zone, entered=entered[number])


@dataclass(frozen=True, slots=True)
class Said:
    """An event, short: phase, and seconds from the beginning."""

    phase: str
    at_s: float

    @classmethod
    def of(cls, event: Event) -> Said:
        """`event` in short."""
        return cls(event.phase.value, round((event.captured_at - BEGIN).total_seconds(), 6))


def rules(**parts: object) -> tuple[Camera, tuple[Rule, ...]]:
    """A camera with `parts`, and its rules."""
    given = camera(**parts)
    return given, build(given, ZoneInfo("Asia/Shanghai"))


def play(rule: Rule, timeline: Iterable[Scene]) -> list[Event]:
    """Every event of `timeline`."""
    return [event for one in timeline for event in rule.observe(one)]


def said(rule: Rule, text: str, *, zone: str = "post", label: Label = Label.PERSON) -> list[tuple[str, float]]:
    """What `rule` says of the timeline `text`."""
    return [(one.phase, one.at_s) for one in map(Said.of, play(rule, scenes(text, zone=zone, label=label)))]
