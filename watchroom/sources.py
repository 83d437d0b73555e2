"""What the watch room asks of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from config.model import Ring
    from storage.messages import AlertRecord, Condition


class AlertReader(Protocol):
    """The record of alerts (storage.database). Every method blocks and may be called from any thread.

    Raises:
        BackendUnavailable: from every method, when the database does not answer.
    """

    def newest(self, limit: int = 50, *, condition: Condition | None = None) -> tuple[AlertRecord, ...]:
        """The alerts raised last, newest first."""
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
