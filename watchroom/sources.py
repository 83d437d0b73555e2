"""What the watch room asks of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.lifecycle import Act, Step
    from alerts.service import ServiceWindow
    from config.model import Ring
    from storage.messages import AlertRecord, Condition, Disposition, OccurrenceRecord


class AlertReader(Protocol):
    """The record of alerts (storage.database). Every method blocks and may be called from any thread.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def newest(
        self, limit: int = 50, *, condition: Condition | None = None, tests: bool = True
    ) -> tuple[AlertRecord, ...]:
        """The alerts raised last, newest first; with scheduled tests, unless told otherwise."""
        ...

    def changes_since(self, change: int, limit: int = 500) -> tuple[AlertRecord, ...]:
        """Alerts whose change is greater than `change`, oldest change first."""
        ...

    def last_change(self) -> int:
        """The greatest change so far."""
        ...

    def alert(self, alert_id: str) -> AlertRecord | None:
        """One alert."""
        ...

    def count(self, *, condition: Condition | None = None) -> int:
        """How many alerts are on record."""
        ...

    def active(self) -> int:
        """How many go on that people are to deal with."""
        ...

    def open_alerts(self, *, suppressed: bool = False) -> tuple[AlertRecord, ...]:
        """All that nobody has resolved, oldest first."""
        ...

    def steps(self, alert_id: str) -> tuple[Step, ...]:
        """Every act on one alert."""
        ...

    def occurrences(self, alert_id: str) -> tuple[OccurrenceRecord, ...]:
        """Every revision of every event of one alert."""
        ...

    def children(self, incident: str) -> tuple[AlertRecord, ...]:
        """The alerts of an incident."""
        ...

    def shelved(self) -> tuple[AlertRecord, ...]:
        """The alerts whose sources are shelved."""
        ...

    def out_of_service(self) -> tuple[ServiceWindow, ...]:
        """What is out of service, or will be."""
        ...


class AlertStore(AlertReader, Protocol):
    """The record, for those who may also change it.

    Raises:
        Refused: from every method, when the lifecycle or the record does not allow it; nothing was changed.
    """

    def act(  # noqa: PLR0913 - what an act may say, each by its name
        self,
        alert_id: str,
        act: Act,
        by: str,
        *,
        why: str = "",
        disposition: Disposition | None = None,
        until: datetime | None = None,
        level: int | None = None,
    ) -> AlertRecord:
        """What an operator does with an alert."""
        ...

    def set_out_of_service(self, window: ServiceWindow) -> ServiceWindow:
        """Put on record that cameras are out of service."""
        ...

    def end_out_of_service(self, number: int, by: str) -> ServiceWindow:
        """End one before its time."""
        ...


class CameraRow(Protocol):
    """One camera as its worker sees it."""

    @property
    def id(self) -> str:
        """The camera's id."""
        ...

    @property
    def name(self) -> str:
        """Its name for people."""
        ...

    @property
    def ring(self) -> Ring:
        """The ring it stands in."""
        ...

    @property
    def state(self) -> str:
        """One of ingest's camera states, or `unknown`."""
        ...

    @property
    def reason(self) -> str:
        """Why it is not live; no password in it."""
        ...

    @property
    def since(self) -> str:
        """When the state began, ISO 8601; "" when nobody knows."""
        ...


class HealthSource(Protocol):
    """Who knows how the node is. Every method reads files: call it off the event loop."""

    def live(self) -> tuple[bool, Mapping[str, object]]:
        """Whether the node runs, and what to say about it."""
        ...

    def ready(self) -> tuple[bool, Mapping[str, object]]:
        """Whether alerts get through; `problems` names what is wrong."""
        ...

    def cameras(self) -> Sequence[CameraRow]:
        """Every camera that a worker has reported."""
        ...
