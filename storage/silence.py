"""Who is to be left alone: sources that are shelved, cameras that are out of service. All of it is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from alerts.messages import Refused
from alerts.service import OUT_OF_SERVICE, SHELVED, ServiceWindow
from alerts.source import source_of
from storage.tables import alerts, service_windows

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from alerts.house import House
    from alerts.messages import Occurrence
    from storage.messages import AlertRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Why an alert calls nobody, if it does not."""

    house: House
    windows: tuple[ServiceWindow, ...] = ()
    shelves: Mapping[str, datetime] = field(default_factory=dict)  # source -> until when

    def of_occurrence(self, occurrence: Occurrence) -> str:
        """Of a finding, at the time it was made."""
        return self._why(occurrence.camera, occurrence.rule, source_of(occurrence), occurrence.captured_at)

    def of_alert(self, alert: AlertRecord, at: datetime) -> str:
        """Of an alert, at any time."""
        return self._why(alert.camera, alert.rule, alert.source, at)

    def cameras_out_of_service(self, at: datetime) -> frozenset[str]:
        """Every camera of which some rule calls nobody at `at`."""
        running = [one for one in (*self.house.windows, *self.windows) if one.begins <= at < one.ends]
        uplinks = {one.uplink for one in running if one.uplink}
        behind = {camera for camera, uplink in self.house.uplinks.items() if uplink in uplinks}
        return frozenset(behind.union(*(one.cameras for one in running)))

    def _why(self, camera: str, rule: str, source: str, at: datetime) -> str:
        if self.house.is_out_of_service(camera, rule, at, self.windows):
            return OUT_OF_SERVICE
        until = self.shelves.get(source)
        return SHELVED if until is not None and at < until else ""


def read_silence(connection: Connection, house: House, since: datetime) -> Silence:
    """What has held at any time after `since`."""
    shelved = select(alerts.c.source, alerts.c.shelved_until).where(alerts.c.shelved_until > since)
    shelves: dict[str, datetime] = {}
    for row in connection.execute(shelved):
        shelves[row.source] = max(row.shelved_until, shelves.get(row.source, row.shelved_until))
    return Silence(house=house, windows=read_windows(connection, since), shelves=shelves)


def read_windows(connection: Connection, since: datetime) -> tuple[ServiceWindow, ...]:
    """What operators have set that goes on after `since`, the first to end first."""
    query = select(service_windows).where(service_windows.c.until > since).order_by(service_windows.c.until)
    found = (_window(row) for row in connection.execute(query).mappings())
    return tuple(window for window in found if window.ends > since)


def put_window(connection: Connection, window: ServiceWindow) -> None:
    """Write down one that an operator sets."""
    lists = {"cameras": list(window.cameras), "rules": list(window.rules)}
    connection.execute(insert(service_windows).values(asdict(window) | lists))


def end_window(connection: Connection, number: int, by: str, now: datetime) -> ServiceWindow:
    """End one before its time.

    Raises:
        Refused: there is none of that number, or it is over.
    """
    row = connection.execute(select(service_windows).where(service_windows.c.number == number)).mappings().first()
    window = None if row is None else _window(row)
    if window is None:
        raise Refused("nothing of that number was set out of service from here", reason="unknown")
    if window.ends <= now:
        raise Refused(f"it is over since {window.ends.isoformat(timespec='seconds')}", reason="unneeded")
    ended: dict[str, Any] = {"ended_at": now, "ended_by": by}
    connection.execute(update(service_windows).where(service_windows.c.number == number).values(ended))
    return ServiceWindow(**{**_fields(window), **ended})


def covering(windows: Iterable[ServiceWindow], now: datetime) -> tuple[ServiceWindow, ...]:
    """Those that are not over, the first to end first."""
    return tuple(sorted((one for one in windows if one.ends > now), key=lambda one: (one.ends, one.number)))


def _window(row: RowMapping) -> ServiceWindow:
    lists = {"cameras": tuple(row["cameras"]), "rules": tuple(row["rules"])}
    return ServiceWindow(**{str(name): value for name, value in row.items()} | lists)


def _fields(window: ServiceWindow) -> dict[str, Any]:
    return {name: getattr(window, name) for name in ServiceWindow.__dataclass_fields__}
