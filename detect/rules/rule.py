"""What a rule is, and what rules share: identity, hours, gaps, and state that can be kept and restored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from config.model import LineRule, RuleBase
from detect.geometry import in_words
from detect.messages import DetailValue, Event, Phase, Scene
from detect.rules.timer import Cause, Moment, TimerState, Timing, step, switch_off
from ingest.messages import SET_BACK

Seen = TypeVar("Seen")
TIMER_KEEPER: TypeAdapter[TimerState] = TypeAdapter(TimerState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a rule stands at one moment."""

    rule: str
    zone: str
    since: datetime | None = None  # its cause holds since then; None while it does not
    due_at: datetime | None = None  # when it is raised, or was
    is_open: bool = False


class Rule(Protocol):
    """One rule on one zone of one camera. Scenes come in the order of their times; one thread."""

    @property
    def takes_quiet(self) -> bool:
        """Whether it is also told of instants at which nothing moves and the detector therefore does not look."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether its event was raised and has not cleared."""
        ...

    @property
    def is_pending(self) -> bool:
        """Whether its cause holds, told already or not yet."""
        ...

    @property
    def name(self) -> str:
        """The rule and its zone."""
        ...

    @property
    def standing(self) -> Standing:
        """Its timer, for who wants to watch it."""
        ...

    def observe(self, scene: Scene) -> tuple[Event, ...]:
        """Take in one scene; the events whose phase it changes."""
        ...

    @property
    def terms(self) -> tuple[object, ...]:
        """What it goes by, of its own settings and its camera's: another rule with the same can go on from it."""
        ...

    def end(self, at: datetime) -> tuple[Event, ...]:
        """Forget everything: what is open clears, at `at`."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """All that the rule remembers, fit for JSON."""
        ...

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a `snapshot` as if nothing had been."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a rule watches, and when."""

    camera: str
    rule: str
    zone: str
    settings: RuleBase
    zone_info: ZoneInfo
    timing: Timing
    number: int = 0  # which it is of the camera's rules of its name that are about the same

    @property
    def where(self) -> str:
        """What tells it from the camera's other rules of its name: the zone, or the line."""
        return in_words(self.settings.line) if isinstance(self.settings, LineRule) else self.zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[Seen]):
    """A rule's whole state: what it has seen, and its timer's."""

    seen: Seen
    timer: TimerState


@cache
def _keeper(kind: type[Seen]) -> TypeAdapter[Seen]:
    """Made once a kind: it takes milliseconds, and a network has hundreds of rules."""
    return TypeAdapter(kind)


class TimedRule(Generic[Seen]):
    """A rule made of a pure function from (what was seen before, scene) to (what is seen now, cause)."""

    def __init__(
        self,
        subject: Subject,
        first: Seen,
        look: Callable[[Seen, Scene], tuple[Seen, Cause]],
        detail: Callable[[Seen, Moment], Mapping[str, DetailValue]],
        *,
        takes_quiet: bool = False,
    ) -> None:
        self.subject = subject
        self.takes_quiet = takes_quiet
        self._look = look
        self._detail = detail
        self._first = first
        self._kept = Kept(seen=first, timer=TimerState())
        self._seen_keeper: TypeAdapter[Seen] = _keeper(type(first))  # type: ignore[arg-type]  # a class is hashable, whatever its values are

    @property
    def is_open(self) -> bool:
        """Whether its event was raised and has not cleared."""
        return self._kept.timer.told_at is not None

    @property
    def is_pending(self) -> bool:
        """Whether its cause holds, told already or not yet."""
        return self._kept.timer.since is not None

    @property
    def name(self) -> str:
        """The rule and its zone."""
        return f"{self.subject.rule}/{self.subject.zone}"

    @property
    def standing(self) -> Standing:
        """Its timer, for who wants to watch it."""
        subject, timer = self.subject, self._kept.timer
        plain = Standing(rule=subject.rule, zone=subject.zone)
        if timer.since is None:
            return plain
        due_at = subject.timing.due(timer.since, subject.timing.after + timer.paused)
        return replace(plain, since=timer.since, due_at=due_at, is_open=self.is_open)

    def observe(self, scene: Scene) -> tuple[Event, ...]:
        """Take in one scene; the events whose phase it changes."""
        subject, at = self.subject, scene.captured_at
        last_at = self._kept.timer.last_at
        if last_at is not None and at < last_at - SET_BACK:
            self._begin_anew()
        if not subject.settings.hours.cover(at, subject.zone_info):
            return self.end(at)
        seen, cause = self._look(self._kept.seen, scene)
        timer, moments = step(subject.timing, self._kept.timer, cause, at)
        self._kept = Kept(seen=seen, timer=timer)
        return self._events(moments)

    @property
    def terms(self) -> tuple[object, ...]:
        """What it goes by, of its own settings and its camera's: another rule with the same can go on from it."""
        subject, timing = self.subject, self.subject.timing
        return subject.settings, subject.zone, subject.zone_info, timing.after, timing.gap, timing.realert_every

    def end(self, at: datetime) -> tuple[Event, ...]:
        """Forget everything: what is open clears, at `at`."""
        timer, moments = switch_off(self._kept.timer, at)
        events = self._events(moments)  # with what was seen until now
        self._kept = Kept(seen=self._first, timer=timer)
        return events

    def snapshot(self) -> dict[str, Any]:
        """All that the rule remembers, fit for JSON."""
        return {
            "seen": self._seen_keeper.dump_python(self._kept.seen, mode="json"),
            "timer": TIMER_KEEPER.dump_python(self._kept.timer, mode="json"),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from a `snapshot` as if nothing had been."""
        self._kept = Kept(
            seen=self._seen_keeper.validate_python(kept["seen"]), timer=TIMER_KEEPER.validate_python(kept["timer"])
        )

    def _begin_anew(self) -> None:
        """The clock was set back: what was seen is at times that mean nothing any more. What is open stays open."""
        timer = TimerState(since=self._kept.timer.since, told_at=self._kept.timer.told_at)
        self._kept = Kept(seen=self._first, timer=timer if self.is_open else TimerState())

    def _events(self, moments: tuple[Moment, ...]) -> tuple[Event, ...]:
        return tuple(self._event(moment) for moment in moments)

    def _event(self, moment: Moment) -> Event:
        subject = self.subject
        return Event(
            id=event_id(subject.camera, subject.rule, subject.where, moment.started_at, subject.number),
            camera=subject.camera,
            rule=subject.rule,
            zone=subject.zone,
            phase=moment.phase,
            started_at=moment.started_at,
            captured_at=moment.at,
            severity=subject.settings.severity,
            detail=self._detail(self._kept.seen, moment),
        )


def event_id(camera: str, rule: str, zone: str, started_at: datetime, number: int = 0) -> str:
    """The id of a finding: the same wherever and however often it is found; another where another rule finds it.

    `number` tells rules of one name apart that are about the same, as a short stay that is low and a long one, high.
    """
    at, which = started_at.isoformat(timespec="milliseconds"), (str(number),) if number else ()
    key = "\0".join((camera, rule, zone, at, *which))
    return f"ev-{hashlib.sha256(key.encode()).hexdigest()[:20]}"


def seconds(span: timedelta) -> float:
    """`span` in seconds, to the millisecond."""
    return round(span.total_seconds(), 3)


def lasted(moment: Moment) -> float:
    """How long the cause had held at `moment`, in seconds; a cleared event's whole length."""
    return seconds(moment.at - moment.started_at)


__all__ = ["Kept", "Phase", "Rule", "Standing", "Subject", "TimedRule", "event_id", "lasted", "seconds"]
