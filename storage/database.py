"""The record of alerts: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from alerts.messages import Delivery, Origin
from config.model import Ring
from storage.messages import AlertRecord, Condition, OccurrenceRecord

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Database:
    """The record. Every method may be called from any thread; each is one transaction and blocks while it runs.

    Raises:
        BackendUnavailable: from every method, when the database does not answer, is locked or full.
    """

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        raise NotImplementedError

    def create(self) -> None:
        """Make the tables that are missing. Safe to call from several processes at once."""
        raise NotImplementedError

    def close(self) -> None:
        """Close every connection."""
        raise NotImplementedError

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Mapping[str, int]:
        """Put `deliveries` on record, each (id, rev) once; every touched outbox with its new watermark."""
        raise NotImplementedError

    def watermarks(self) -> Mapping[str, int]:
        """Every known outbox with the number up to which all its rows are on record."""
        raise NotImplementedError

    def newest(
        self,
        limit: int = 50,
        *,
        ring: Ring | None = None,
        camera: str | None = None,
        condition: Condition | None = None,
    ) -> tuple[AlertRecord, ...]:
        """The alerts raised last, newest first."""
        raise NotImplementedError

    def changes_since(self, change: int, limit: int = 500) -> tuple[AlertRecord, ...]:
        """Alerts whose `change` is greater than `change`, oldest change first."""
        raise NotImplementedError

    def last_change(self) -> int:
        """The greatest `change` so far, 0 when there is none: where a live page begins."""
        raise NotImplementedError

    def alert(self, alert_id: str) -> AlertRecord | None:
        """One alert, or None when it is not on record."""
        raise NotImplementedError

    def occurrences(self, alert_id: str) -> tuple[OccurrenceRecord, ...]:
        """Every revision of one alert, in order."""
        raise NotImplementedError

    def count(self, *, ring: Ring | None = None, condition: Condition | None = None) -> int:
        """How many alerts are on record."""
        raise NotImplementedError
