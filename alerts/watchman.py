"""The desk's look at the watching itself: whether test alerts come, and whether anybody is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import structlog
from prometheus_client import CollectorRegistry, Gauge

from alerts.messages import Condition, Occurrence
from alerts.watching import SILENT, UNATTENDED, Lack, alarm_id, nobody_there, silence, watched
from config.errors import BackendUnavailable
from config.model import Ring, Severity
from detect.messages import Phase

if TYPE_CHECKING:
    from alerts.messages import Presence, Proof, Waiting, Watch
    from config.model import Camera
    from config.watching import Watching

log = structlog.get_logger()
CONSOLE = "console"  # no camera is called so: it is what `watches` holds besides cameras


class Alarm(Protocol):
    """An alert about the watching, as it is on record."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def escalation(self) -> int:
        """How far it has been escalated."""
        ...

    @property
    def event(self) -> str:
        """The newest event that went into it."""
        ...

    @property
    def rev(self) -> int:
        """That event's newest revision."""
        ...

    @property
    def condition(self) -> Condition:
        """Whether it lasts."""
        ...

    @property
    def started_at(self) -> datetime:
        """Since when."""
        ...


class WatchBook(Protocol):
    """What is on record about the watching (storage). Every method blocks.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def watches(self) -> Mapping[str, Watch]:
        """What has been looked at, and since when."""
        ...

    def keep_watches(self, kept: Mapping[str, Watch]) -> None:
        """Remember these."""
        ...

    def newest_proof(self, camera: str) -> Proof | None:
        """The test alert of `camera` that came last."""
        ...

    def newest_alarm(self, rule: str, camera: str) -> Alarm | None:
        """The alert of `rule` about `camera` that changed last."""
        ...

    def presence(self) -> Presence:
        """The newest signs of anybody."""
        ...

    def waiting(self) -> Waiting:
        """Since when alerts wait."""
        ...


class WatchMetrics:
    """What operations staff can see of it. The time of the last test stays when the desk itself is gone."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.last_test = Gauge(
            "ringwatch_watching_last_test_timestamp_seconds",
            "When the newest test alert of this camera's worker was recorded, Unix time",
            ["camera"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.test_took = Gauge(
            "ringwatch_watching_test_seconds",
            "How long the newest test alert took from the worker to the record",
            ["camera"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self.silent = Gauge(
            "ringwatch_watching_silent",
            "1 while test alerts of this camera's worker do not come, else 0",
            ["camera"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.unattended = Gauge(
            "ringwatch_watching_unattended",
            "1 while alerts are open and nobody is at the console, else 0",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )


@dataclass(slots=True)
class Watchman:
    """Looks again and again, on one thread. All that it knows is on record: several desks decide the same.

    `tell` puts an occurrence on record; doing it twice changes nothing. `escalate` takes an alert's id.
    """

    book: WatchBook
    tell: Callable[[Occurrence], None]
    escalate: Callable[[str], None]
    plan: Watching
    cameras: Sequence[Camera]  # in whose names test alerts come
    metrics: WatchMetrics
    clock: Callable[[], datetime]
    problems: tuple[str, ...] = field(default=())  # why alerts may not get through, in words

    def look(self) -> None:
        """One look. A record that does not answer is told by the desk itself."""
        try:
            self._look()
        except BackendUnavailable as error:
            log.warning("the watching is not watched", reason=str(error))

    def _look(self) -> None:
        seen = self._read()
        now = self.clock()  # after the rows: what was recorded while they were read is none of the future
        names = [*(camera.id for camera in self.cameras), CONSOLE]
        watches = {name: watched(seen.watches.get(name), now) for name in names}
        self.book.keep_watches(watches)
        self.problems = tuple(self._problems(seen, watches))
        self._look_for_people(seen, watches[CONSOLE])

    def _read(self) -> _Seen:
        return _Seen(
            watches=self.book.watches(),
            proofs={camera.id: self.book.newest_proof(camera.id) for camera in self.cameras},
            presence=self.book.presence(),
            waiting=self.book.waiting(),
        )

    def _problems(self, seen: _Seen, watches: Mapping[str, Watch]) -> list[str]:
        problems = []
        for camera in self.cameras:
            lack = self._look_for_test(camera, seen.proofs[camera.id], watches[camera.id])
            self.metrics.silent.labels(camera.id).set(lack is not None)
            if lack is not None:
                problems.append(f"{camera.id}: {lack.why}")
        return problems

    def _look_for_test(self, camera: Camera, proof: Proof | None, watch: Watch) -> Lack | None:
        assert self.plan.test_alert is not None  # noqa: S101 - without one there are no cameras
        if proof is not None:
            self.metrics.last_test.labels(camera.id).set(proof.recorded_at.timestamp())
            self.metrics.test_took.labels(camera.id).set((proof.recorded_at - proof.raised_at).total_seconds())
        lack = silence(proof, watch, self.plan.test_alert.every, self.plan.test_alert.within)
        about = _About(rule=SILENT, camera=camera.id, name=camera.name, ring=camera.ring, cell=camera.cell)
        self._settle(about, lack, watch.looked_at)
        return lack

    def _look_for_people(self, seen: _Seen, watch: Watch) -> None:
        lack = None
        if self.plan.nobody_after is not None:
            lack = nobody_there(seen.presence, seen.waiting, watch, self.plan.nobody_after)
        self.metrics.unattended.set(lack is not None)
        self._settle(_About(rule=UNATTENDED), lack, watch.looked_at)
        if lack is not None:
            self._escalate_once()

    def _escalate_once(self) -> None:
        """Nobody is there to see the alarm: it goes to those above at once."""
        alarm = self.book.newest_alarm(UNATTENDED, "")
        if alarm is not None and alarm.condition is Condition.ACTIVE and not alarm.escalation:
            self.escalate(alarm.id)

    def _settle(self, about: _About, lack: Lack | None, now: datetime) -> None:
        """Raise the alarm, or clear it, where the record says otherwise."""
        newest = self.book.newest_alarm(about.rule, about.camera)
        lasts = newest is not None and newest.condition is Condition.ACTIVE
        if lack is not None and not lasts:
            log.error("alarm about the watching", rule=about.rule, camera=about.camera, reason=lack.why)
            self.tell(_raised(about, lack, newest, now))
        elif lack is None and newest is not None and lasts:
            log.info("alarm about the watching is over", rule=about.rule, camera=about.camera)
            self.tell(_cleared(about, newest, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one look found on record."""

    watches: Mapping[str, Watch]
    proofs: Mapping[str, Proof | None]  # by camera
    presence: Presence
    waiting: Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What an alarm is about."""

    rule: str
    camera: str = ""
    name: str = ""
    ring: Ring = Ring.INNER  # an alert has one; the console is in the town
    cell: str = ""

    def occurrence(self, event: str, rev: int, phase: Phase, started_at: datetime, now: datetime) -> Occurrence:
        """One revision of it."""
        return Occurrence(
            id=event,
            rev=rev,
            camera=self.camera,
            camera_name=self.name,
            ring=self.ring,
            cell=self.cell,
            rule=self.rule,
            zone="",
            phase=phase,
            severity=Severity.CRITICAL,
            started_at=started_at,
            captured_at=now,
            raised_at=now,
        )


def _raised(about: _About, lack: Lack, newest: Alarm | None, now: datetime) -> Occurrence:
    """The alarm's first revision; one more where the very same was raised and cleared before."""
    event = alarm_id(about.rule, about.camera, lack.since)
    rev = newest.rev + 1 if newest is not None and newest.event == event else 1
    return replace(about.occurrence(event, rev, Phase.RAISED, lack.since, now), detail={"reason": lack.why})


def _cleared(about: _About, newest: Alarm, now: datetime) -> Occurrence:
    return about.occurrence(newest.event, newest.rev + 1, Phase.CLEARED, newest.started_at, now)
