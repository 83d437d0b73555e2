"""Revisions become alerts: repeats of one source fold into its open alert. The caller holds the writers' turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from alerts.messages import Delivery, Handling, Occurrence
from alerts.source import source_of
from detect.messages import Phase
from storage.acting import write_alert
from storage.messages import AlertRecord
from storage.records import alert_record, alert_row, opened, repeated, revised
from storage.tables import alerts, folds

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

    from storage.silence import Silence


def fold(
    connection: Connection, fresh: Sequence[Delivery], change: int, now: datetime, silence: Silence
) -> tuple[AlertRecord, ...]:
    """Bring the revisions of `fresh` into the alerts they belong to, as the changes after `change`.

    Every alert that is new or not as it was.
    """
    book = _Book(silence)
    book.read(connection, [delivery.occurrence for delivery in fresh])
    for number, delivery in enumerate(fresh, change + 1):
        book.enter(delivery.occurrence, number, now)
    return book.write(connection)


@dataclass(slots=True)
class _Book:
    """The alerts that a batch touches, and which event went where."""

    silence: Silence
    before: dict[str, AlertRecord] = field(default_factory=dict)
    after: dict[str, AlertRecord] = field(default_factory=dict)
    alert_of: dict[str, str] = field(default_factory=dict)  # event -> alert
    known: dict[str, str] = field(default_factory=dict)  # the same, as it is on record
    began: dict[str, datetime] = field(default_factory=dict)  # event -> when its cause began
    open_for: dict[tuple[str, bool], str] = field(default_factory=dict)  # source, whether suppressed -> its open alert

    def read(self, connection: Connection, occurrences: Sequence[Occurrence]) -> None:
        """Look up all that the batch may touch."""
        events = {occurrence.id for occurrence in occurrences}
        self._read_folds(connection, events)
        ids = events | set(self.alert_of.values())  # an alert of an earlier version is its only event's
        self._add(connection, select(alerts).where(alerts.c.id.in_(ids)))
        sources = {source_of(occurrence) for occurrence in occurrences}
        still_open = alerts.c.handling != Handling.RESOLVED
        self._add(connection, select(alerts).where(alerts.c.source.in_(sources), still_open))
        self._read_folds(connection, {alert.event for alert in self.before.values()} - set(self.alert_of))

    def enter(self, occurrence: Occurrence, number: int, now: datetime) -> None:
        """One revision, as the change `number`."""
        event = occurrence.id
        alert = self.after.get(self.alert_of.get(event, ""))
        if alert is not None and _told_anew(alert, occurrence):
            alert = None
        elif alert is not None:
            self._put(self._revised(alert, occurrence, number))
            return
        alert = self._open_one(occurrence)
        if alert is None:
            alert = opened(occurrence, change=number, recorded_at=now)
            alert = replace(alert, suppressed=self.silence.of_occurrence(occurrence))
            if alert.id in self.after:  # it was resolved, and its cause goes on
                alert = replace(alert, id=f"{alert.id}.{occurrence.rev}")
            self._is_open(alert)
        else:
            newest = occurrence.started_at >= self.began.get(alert.event, alert.started_at)
            alert = repeated(alert, occurrence, change=number, newest=newest)
        self.alert_of[event] = alert.id
        self.began[event] = occurrence.started_at
        self._put(alert)

    def write(self, connection: Connection) -> tuple[AlertRecord, ...]:
        """Everything that is not as it was."""
        changed = tuple(alert for key, alert in self.after.items() if alert != self.before.get(key))
        for alert in changed:
            if alert.id in self.before:
                write_alert(connection, alert)
            else:
                connection.execute(insert(alerts).values(alert_row(alert)))
        for event, alert_id in self.alert_of.items():
            if event not in self.known:
                row = {"event": event, "alert": alert_id, "started_at": self.began[event]}
                connection.execute(insert(folds).values(row))
            elif self.known[event] != alert_id:
                connection.execute(update(folds).where(folds.c.event == event).values(alert=alert_id))
        return changed

    def _revised(self, alert: AlertRecord, occurrence: Occurrence, number: int) -> AlertRecord:
        if occurrence.id == alert.event:
            return revised(alert, occurrence, change=number)
        return alert  # an event that another has followed: its row in `occurrences` is all there is to it

    def _open_one(self, occurrence: Occurrence) -> AlertRecord | None:
        """The alert to fold into: one that is shown, or, while its source is to be left alone, one that is not."""
        source = source_of(occurrence)
        shown = self.after.get(self.open_for.get((source, False), ""))
        if shown is not None or not self.silence.of_occurrence(occurrence):
            return shown
        return self.after.get(self.open_for.get((source, True), ""))

    def _is_open(self, alert: AlertRecord) -> None:
        key = (alert.source, bool(alert.suppressed))
        known = self.after.get(self.open_for.get(key, ""))
        if known is None or known.raised_at <= alert.raised_at:
            self.open_for[key] = alert.id

    def _put(self, alert: AlertRecord) -> None:
        self.after[alert.id] = alert

    def _add(self, connection: Connection, query: Select[tuple[object, ...]]) -> None:
        for row in connection.execute(query).mappings():
            alert = alert_record(row)
            self.before.setdefault(alert.id, alert)
            self.after.setdefault(alert.id, alert)
            if not alert.event:  # of an earlier version: it is its only event's
                self.after[alert.id] = replace(alert, event=alert.id)
                self.alert_of.setdefault(alert.id, alert.id)
                self.began.setdefault(alert.id, alert.started_at)
            if alert.handling is not Handling.RESOLVED:
                self._is_open(alert)

    def _read_folds(self, connection: Connection, events: Iterable[str]) -> None:
        for row in connection.execute(select(folds).where(folds.c.event.in_(list(events)))):
            self.alert_of[row.event] = self.known[row.event] = row.alert
            self.began[row.event] = row.started_at


def _told_anew(alert: AlertRecord, occurrence: Occurrence) -> bool:
    """Whether the rule tells again, after its alert was resolved, that the cause goes on."""
    return (
        alert.resolved_at is not None
        and alert.handling is Handling.RESOLVED
        and occurrence.phase is not Phase.CLEARED
        and occurrence.id == alert.event
        and occurrence.rev > alert.rev
        and occurrence.captured_at > alert.resolved_at
    )
