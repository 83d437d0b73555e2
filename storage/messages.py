"""What storage hands to those who show or answer alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.messages import Condition, Disposition, Handling, Occurrence
from config.model import Ring, Severity
from detect.messages import DetailValue, Position

__all__ = ["AlertRecord", "Condition", "Disposition", "Handling", "OccurrenceRecord"]


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
    source: str = ""  # what it is about, see alerts.source: repeats of one source fold into its open alert
    event: str = ""  # the newest of the events that were folded into it
    handler: str = ""  # the operator who holds it; "" when nobody does
    claimed_at: datetime | None = None  # UTC, when it was first claimed
    acknowledged_at: datetime | None = None  # UTC, when it was first acknowledged
    resolved_at: datetime | None = None  # UTC
    disposition: Disposition | None = None  # what it turned out to be; None until it is resolved
    action: str = ""  # what was done about it, in the words of whoever acknowledged it
    escalation: int = 0  # how far it has been escalated
    shelved_until: datetime | None = None  # UTC, its source is silent until then
    incident: str = ""  # the alert that stands for the common cause; "" when it stands for itself
    late: bool = False  # it was recorded long after it had been raised
    repeats: int = 0  # how many more events of its source were folded into it
    last_raised_at: datetime | None = None  # UTC, when the newest of its events was raised
    suppressed: str = ""  # why it is not shown as open: "out of service", "shelved", or "" when it is


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceRecord:
    """One revision of an alert, as it came; never changed afterwards."""

    occurrence: Occurrence
    entry: str  # its Redis stream id
    recorded_at: datetime  # UTC
