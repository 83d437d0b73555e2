"""From a rule's event to an alert on its way: outbox first, evidence second, nothing between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.errors import OutboxUnavailable
from detect.messages import Event, Phase

if TYPE_CHECKING:
    from alerts.messages import Occurrence, Origin
    from storage.evidence import PreRoll
    from storage.snapshot import Shot

log = structlog.get_logger()


class Outbox(Protocol):
    """Where an occurrence is safe."""

    def add(self, occurrence: Occurrence) -> Origin:
        """Keep `occurrence`; it is on the disk when this returns."""
        ...


class Revisions(Protocol):
    """Who numbers the revisions of an event."""

    def from_event(self, event: Event, evidence: str = "") -> Occurrence:
        """The next revision of `event`."""
        ...


class Evidence(Protocol):
    """Who keeps the pictures."""

    def folder_for(self, event: Event) -> str:
        """Where `event`'s pictures are."""
        ...

    def open(self, event: Event, shot: Shot | None, pre_roll: PreRoll) -> str:
        """Begin the pictures of `event`."""
        ...


class Raiser:
    """Used by the analysis thread alone.

    An occurrence that the outbox cannot take (a full disk) waits in memory, in order, and is offered again with
    every later call and every `flush`; `problem` says so for readiness. Of an alert that is updated again and again
    meanwhile the newest update is kept. What waits in memory is lost with the process, as the log and `problem` say.
    """

    def __init__(self, occurrences: Revisions, outbox: Outbox, evidence: Evidence) -> None:
        self._occurrences = occurrences
        self._outbox = outbox
        self._evidence = evidence
        self._held: deque[Event] = deque()
        self._next: Occurrence | None = None  # of the first held event: numbered once, however often it is offered
        self.problem = ""

    def raise_event(self, event: Event, shot: Callable[[], Shot | None], pre_roll: PreRoll) -> None:
        """Bring `event` on its way, and begin its evidence if it is new. `shot` is made only then."""
        self._hold(event)
        self.flush()
        if event.phase is Phase.RAISED:
            self._evidence.open(event, shot(), pre_roll)
        log.info(
            "event", camera=event.camera, rule=event.rule, zone=event.zone, phase=event.phase.value, alert=event.id
        )

    @property
    def held(self) -> int:
        """How many occurrences wait in memory."""
        return len(self._held)

    def flush(self) -> None:
        """Put what is held into the outbox, oldest first."""
        try:
            while self._held:
                self._next = self._next or self._occurrence(self._held[0])
                self._outbox.add(self._next)
                self._next = None
                self._held.popleft()
        except OutboxUnavailable as error:
            if not self.problem:
                log.error("alerts wait in memory", error=str(error))
            self.problem = f"{error}; {len(self._held)} alerts wait in memory"
        else:
            self.problem = ""

    def _hold(self, event: Event) -> None:
        """Keep `event`, in place of the update before it if both are updates of one alert."""
        before = self._newest_of(event.id)
        if before and event.phase is self._held[before].phase is Phase.UPDATED:
            self._held[before] = event
        else:
            self._held.append(event)

    def _newest_of(self, event_id: str) -> int:
        """Where the newest held event of that id stands; 0 if there is none but the first, which may be numbered."""
        return next((at for at in range(len(self._held) - 1, 0, -1) if self._held[at].id == event_id), 0)

    def _occurrence(self, event: Event) -> Occurrence:
        return self._occurrences.from_event(event, self._evidence.folder_for(event))
