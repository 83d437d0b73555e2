"""How revisions become the state of an alert, and how both are written down. No database in here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, asdict, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from alerts.lateness import came_late
from alerts.lifecycle import PRIORITY, Act, Step
from alerts.messages import Delivery, Occurrence
from alerts.source import source_of
from config.model import Ring, Severity
from detect.messages import Phase, Position
from storage.messages import AlertRecord, Condition, Disposition, Handling, OccurrenceRecord

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

_BODY = TypeAdapter(Occurrence)
_POSITION = TypeAdapter(Position)
_HAVE_DEFAULTS = frozenset(one.name for one in fields(AlertRecord) if one.default is not MISSING)


def opened(occurrence: Occurrence, *, change: int, recorded_at: datetime) -> AlertRecord:
    """The alert that the first revision on record begins, whichever revision that is."""
    return AlertRecord(
        id=occurrence.id,
        change=change,
        camera=occurrence.camera,
        camera_name=occurrence.camera_name,
        ring=occurrence.ring,
        cell=occurrence.cell,
        rule=occurrence.rule,
        zone=occurrence.zone,
        severity=occurrence.severity,
        condition=_condition(occurrence),
        handling=Handling.NEW,
        started_at=occurrence.started_at,
        raised_at=occurrence.captured_at,
        cleared_at=_cleared_at(occurrence),
        recorded_at=recorded_at,
        detail=occurrence.detail,
        evidence=occurrence.evidence,
        rev=occurrence.rev,
        position=occurrence.position,
        source=source_of(occurrence),
        event=occurrence.id,
        late=came_late(occurrence, recorded_at),
        last_raised_at=occurrence.captured_at,
    )


def revised(alert: AlertRecord, occurrence: Occurrence, *, change: int) -> AlertRecord:
    """`alert` with one more revision. Revisions may come in any order: an older one never overwrites a newer state.

    The alert was raised when its earliest revision became true, so a late first revision still moves `raised_at`.
    """
    raised_at = min(alert.raised_at, occurrence.captured_at)
    last_raised_at = raised_at if not alert.repeats else alert.last_raised_at
    if occurrence.rev < alert.rev:
        late = replace(
            alert,
            raised_at=raised_at,
            last_raised_at=last_raised_at,
            evidence=alert.evidence or occurrence.evidence,
            position=alert.position or occurrence.position,
        )
        return alert if late == alert else replace(late, change=change)
    newer = _with_finding(alert, occurrence, change=change)
    return replace(newer, raised_at=raised_at, last_raised_at=last_raised_at)


def repeated(alert: AlertRecord, occurrence: Occurrence, *, change: int, newest: bool) -> AlertRecord:
    """`alert` with one more event of its source, of which `occurrence` is the first revision to come.

    The newest event says how things stand; one that began earlier and came late only counts.
    """
    counted = replace(alert, repeats=alert.repeats + 1, change=change)
    if not newest:
        return replace(counted, raised_at=min(alert.raised_at, occurrence.captured_at))
    return replace(_with_finding(counted, occurrence, change=change), last_raised_at=occurrence.captured_at)


def _with_finding(alert: AlertRecord, occurrence: Occurrence, *, change: int) -> AlertRecord:
    """`alert` as `occurrence` says it stands; what people have done stays, and folded findings lose no urgency."""
    severities = (occurrence.severity, alert.severity) if alert.repeats else (occurrence.severity,)
    return replace(
        alert,
        change=change,
        rev=occurrence.rev,
        event=occurrence.id,
        camera_name=occurrence.camera_name,
        ring=occurrence.ring,
        cell=occurrence.cell,
        severity=min(severities, key=PRIORITY.__getitem__),
        condition=_condition(occurrence),
        started_at=alert.started_at if alert.repeats else occurrence.started_at,
        cleared_at=_cleared_at(occurrence),
        detail=occurrence.detail,
        evidence=occurrence.evidence or alert.evidence,
        position=occurrence.position or alert.position,
    )


def _condition(occurrence: Occurrence) -> Condition:
    return Condition.CLEARED if occurrence.phase is Phase.CLEARED else Condition.ACTIVE


def _cleared_at(occurrence: Occurrence) -> datetime | None:
    return occurrence.captured_at if occurrence.phase is Phase.CLEARED else None


def advanced(watermark: int, arrived: Iterable[int]) -> tuple[int, frozenset[int]]:
    """The watermark after `arrived`, moved through gapless numbers alone, and what lies beyond the first gap."""
    beyond = {seq for seq in arrived if seq > watermark}
    while watermark + 1 in beyond:
        watermark += 1
        beyond.remove(watermark)
    return watermark, frozenset(beyond)


def occurrence_row(delivery: Delivery, recorded_at: datetime) -> dict[str, Any]:
    """The row of one revision."""
    occurrence, origin = delivery.occurrence, delivery.origin
    return {
        "id": occurrence.id,
        "rev": occurrence.rev,
        "body": _BODY.dump_python(occurrence, mode="json"),
        "entry": delivery.entry,
        "outbox": origin.outbox if origin else None,
        "seq": origin.seq if origin else None,
        "recorded_at": recorded_at,
    }


def occurrence_record(row: RowMapping) -> OccurrenceRecord:
    """What `occurrence_row` wrote down."""
    return OccurrenceRecord(
        occurrence=_BODY.validate_python(row["body"]), entry=row["entry"], recorded_at=row["recorded_at"]
    )


def alert_row(alert: AlertRecord) -> dict[str, Any]:
    """The row of one alert."""
    position = None if alert.position is None else _POSITION.dump_python(alert.position, mode="json")
    return asdict(alert) | {"detail": dict(alert.detail), "position": position}


def alert_record(row: RowMapping) -> AlertRecord:
    """What `alert_row` wrote down; a column that an earlier version did not fill has its default."""
    words = {
        "ring": Ring(row["ring"]),
        "severity": Severity(row["severity"]),
        "condition": Condition(row["condition"]),
        "handling": Handling(row["handling"]),
        "position": None if row["position"] is None else _POSITION.validate_python(row["position"]),
        "disposition": None if row["disposition"] is None else Disposition(row["disposition"]),
    }
    known = {str(name): value for name, value in row.items() if value is not None or name not in _HAVE_DEFAULTS}
    return AlertRecord(**known | words)


def step_row(step: Step) -> dict[str, Any]:
    """The row of one act."""
    return asdict(step) | {"detail": dict(step.detail)}


def step_record(row: RowMapping) -> Step:
    """What `step_row` wrote down."""
    words = {"act": Act(row["act"]), "before": Handling(row["before"]), "after": Handling(row["after"])}
    return Step(**{str(name): value for name, value in row.items()} | words)
