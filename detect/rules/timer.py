"""When a cause becomes an event: the timing every rule shares, as a pure step over a frozen state.

A rule reduces each scene to a cause: it holds (since when), it does not, or nothing can be said. The timer waits for
the rule's own time, pauses while nothing can be said, and stamps each phase with the moment it became true.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detect.messages import Phase

NOTHING = timedelta(0)
LEAST_GAP = timedelta(seconds=2.5)  # cameras of one picture a second exist: two such, and one that was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What one scene says of a rule's cause."""

    known: bool  # False: nothing can be said
    since: datetime | None = None  # when it began to hold; None when it does not hold
    until: datetime | None = None  # until when it has certainly held, if that is before this scene
    ended_at: datetime | None = None  # when it ceased to hold, if that was before this scene
    known_since: datetime | None = None  # since when that is known, though scenes until this one could not say
    again_at: datetime | None = None  # when it happened once more, which is worth telling while it is open

    @classmethod
    def unknown(cls) -> Cause:
        """Nothing can be said."""
        return cls(known=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A rule's own times."""

    after: timedelta  # how long the cause holds before the event is raised
    gap: timedelta  # scenes further apart than this leave the time between them unknown
    realert_every: timedelta | None = None
    counted_until: Callable[[datetime, timedelta], datetime] | None = None  # where not all time counts: see `due`

    def due(self, since: datetime, span: timedelta) -> datetime:
        """When `span` of the time that counts will have passed since `since`."""
        return since + span if self.counted_until is None else self.counted_until(since, span)


def longest_gap(heartbeat: timedelta) -> timedelta:
    """How far apart looks may lie before the time between them is unknown: two heartbeats, if those are not short."""
    return max(2 * heartbeat, LEAST_GAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerState:
    """All that a timer remembers."""

    last_at: datetime | None = None  # the newest scene
    last_known: bool = False  # ... and whether anything could be said of it
    not_before: datetime | None = None  # a cause counts from here on: after a reset
    unknown_for: timedelta = NOTHING  # the present run of unknown time
    since: datetime | None = None  # when the pending or open cause began
    paused: timedelta = NOTHING  # unknown time since then, until the event was raised
    told_at: datetime | None = None  # when the open event was last raised or updated; None while it is pending


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A phase of an event that has just become true."""

    phase: Phase
    started_at: datetime
    at: datetime


def step(timing: Timing, state: TimerState, cause: Cause, at: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    """Take in one scene at `at`, later than the one before; the new state, and what became true."""
    state = _pass_time(timing, state, cause, at)
    if not cause.known:
        return state, ()
    if cause.since is None:
        return _cleared(state, cause.ended_at or at)
    held_until = min(at, cause.until or at)
    if state.told_at is not None:
        if cause.again_at is not None and cause.again_at > state.told_at:
            return _told_again(state, cause.again_at)
        return _updated(timing, state, held_until)
    return _raised(timing, _pending(state, cause.since), held_until)


def switch_off(state: TimerState, at: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    """The rule's hours are over, or have not begun: an open event clears, and what comes counts from here on."""
    state, moments = _cleared(state, at)
    return replace(state, last_at=at, last_known=False, not_before=at, unknown_for=NOTHING), moments


def _pass_time(timing: Timing, state: TimerState, cause: Cause, at: datetime) -> TimerState:
    """Account for the time since the newest scene: known only between two known scenes that are near."""
    elapsed = at - state.last_at if state.last_at else NOTHING
    if cause.known and state.last_known and elapsed <= timing.gap:
        return replace(state, last_at=at, unknown_for=NOTHING)
    lost = state.unknown_for + elapsed
    if cause.known_since is not None and cause.known_since <= at - lost and state.since is not None:
        spared = state.unknown_for if state.told_at is None else NOTHING  # it was paused for that
        return replace(state, last_at=at, last_known=True, unknown_for=NOTHING, paused=state.paused - spared)
    if state.told_at is None and lost > timing.after:  # an open event outlasts any unknown
        state = replace(state, since=None, paused=NOTHING, not_before=at)
    elif state.since is not None and state.told_at is None:
        state = replace(state, paused=state.paused + elapsed)
    return replace(state, last_at=at, last_known=cause.known, unknown_for=NOTHING if cause.known else lost)


def _pending(state: TimerState, since: datetime) -> TimerState:
    since = max(since, state.not_before) if state.not_before else since
    return state if since == state.since else replace(state, since=since, paused=NOTHING)


def _raised(timing: Timing, state: TimerState, held_until: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    assert state.since is not None  # noqa: S101 - it is pending
    due = timing.due(state.since, timing.after + state.paused)
    if held_until < due:
        return state, ()
    return replace(state, told_at=due), (Moment(phase=Phase.RAISED, started_at=state.since, at=due),)


def _updated(timing: Timing, state: TimerState, held_until: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    assert state.since is not None and state.told_at is not None  # noqa: S101 - it is open
    periods = (held_until - state.told_at) // timing.realert_every if timing.realert_every else 0
    if periods < 1 or timing.realert_every is None:
        return state, ()
    told_at = state.told_at + periods * timing.realert_every
    return replace(state, told_at=told_at), (Moment(phase=Phase.UPDATED, started_at=state.since, at=told_at),)


def _told_again(state: TimerState, at: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    assert state.since is not None  # noqa: S101 - it is open
    return replace(state, told_at=at), (Moment(phase=Phase.UPDATED, started_at=state.since, at=at),)


def _cleared(state: TimerState, at: datetime) -> tuple[TimerState, tuple[Moment, ...]]:
    moments: tuple[Moment, ...] = ()
    if state.since is not None and state.told_at is not None:
        moments = (Moment(phase=Phase.CLEARED, started_at=state.since, at=max(at, state.told_at)),)
    return replace(state, since=None, paused=NOTHING, told_at=None), moments
