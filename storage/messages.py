"""What storage hands to those who show or answer alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.messages import Occurrence
from config.model import Ring, Severity
from detect.messages import DetailValue, Position


class Condition(StrEnum):
    """What the rule says of an alert's cause."""

    ACTIVE = "active"
    CLEARED = "cleared"


class Handling(StrEnum):
    """What people have done about an alert. Clearing never changes it."""

    NEW = "new"
    CLAIMED = "claimed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """One alert as it now stands on record."""

    id: str
    change: int  # grows with every change of any alert, in the order of commits: a live page asks for what is newer
    camera: str
    camera_name: str
    ring: Ring
    cell: str  # small grid cell; "" when the camera has none
    rule: str
    zone: str  # "" when the rule is about the whole picture
    severity: Severity
    condition: Condition
    handling: Handling
    started_at: datetime  # UTC, when the cause began
    raised_at: datetime  # UTC, when the rule's own time had run out
    cleared_at: datetime | None  # UTC, when the cause ended; None while it lasts
    recorded_at: datetime  # UTC, the desk's clock when the first revision was recorded
    detail: Mapping[str, DetailValue]
    evidence: str  # folder relative to the evidence root; "" when there is none
    rev: int  # the newest revision on record
    position: Position | None = None  # where a moving camera was, by the newest revision that knows


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceRecord:
    """One revision of an alert, as it came; never changed afterwards."""

    occurrence: Occurrence
    entry: str  # its Redis stream id
    recorded_at: datetime  # UTC
