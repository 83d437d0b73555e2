"""What the page and other programs are told: the published shapes of the API, and how records become them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from alerts.lifecycle import PRIORITY, Act
from config.model import Ring, Severity
from storage.errors import EvidenceError
from storage.manifest import SNAPSHOT, ClipState, clip_name
from storage.manifest import read as read_manifest
from storage.messages import AlertRecord, Condition, Disposition, Handling, OccurrenceRecord

if TYPE_CHECKING:
    from alerts.lifecycle import Step
    from config.model import Network
    from watchroom.sources import CameraRow

PENDING_S = 60.0  # evidence that is not there after this long will not come any more


class View(BaseModel):
    """A value of the API."""

    model_config = ConfigDict(frozen=True)


class PositionView(View):
    """Where a moving camera was."""

    lat: float  # degrees north, WGS 84
    lon: float  # degrees east, WGS 84
    speed_m_s: float | None
    at: AwareDatetime


class AlertView(View):
    """One alert as it now stands on record."""

    id: str
    change: int
    camera: str
    camera_name: str
    ring: Ring
    cell: str
    rule: str
    zone: str
    severity: Severity
    priority: int  # 1 to 4, of GB/T 28181
    condition: Condition
    handling: Handling
    handler: str  # who holds it; "" when nobody does
    disposition: Disposition | None
    action: str  # what was done, in the words of whoever acknowledged it
    escalation: int
    incident: str  # the alert that stands for the common cause; "" when it stands for itself
    late: bool
    repeats: int  # how many more findings of its source were folded into it
    suppressed: str  # why it is not shown as open; "" when it is
    claimed_at: AwareDatetime | None
    acknowledged_at: AwareDatetime | None
    resolved_at: AwareDatetime | None
    shelved_until: AwareDatetime | None
    last_raised_at: AwareDatetime | None
    started_at: AwareDatetime
    raised_at: AwareDatetime
    cleared_at: AwareDatetime | None
    recorded_at: AwareDatetime
    detail: Mapping[str, str | int | float | bool | None]
    position: PositionView | None = None  # of a moving camera
    snapshot: str  # URL path; "" when the alert has no evidence


class ClipView(View):
    """The clip of one alert."""

    state: Literal["recording", "complete", "cut", "missing"]
    reason: str = ""
    codec: str = ""
    url: str = ""  # URL path; "" until the clip can be played


class StepView(View):
    """One act, as it is on record."""

    number: int
    at: AwareDatetime
    by: str
    act: Act
    before: Handling
    after: Handling
    why: str
    detail: Mapping[str, str | int | float | bool | None]


class FindingView(View):
    """One revision of one of the alert's events."""

    event: str
    phase: str  # raised, updated or cleared
    at: AwareDatetime
    snapshot: str  # URL path; "" when it names no pictures


class AlertPageView(View):
    """One alert in full: its clip, what people did, what the rule said, and the alerts it stands for."""

    alert: AlertView
    clip: ClipView
    steps: tuple[StepView, ...]
    findings: tuple[FindingView, ...]  # the newest ones
    children: tuple[AlertView, ...]  # of an incident


class AlertsView(View):
    """The newest alerts. The stream goes on after `change`."""

    now: AwareDatetime
    change: int
    active: int  # how many alerts are active in all, listed here or not
    alerts: tuple[AlertView, ...]


class CameraView(View):
    """One camera of the network."""

    id: str
    name: str
    ring: Ring
    state: str  # one of ingest's camera states; unknown when no worker reports it
    reason: str = ""
    since: str = ""


class CamerasView(View):
    """Every camera of the network, in its order."""

    cameras: tuple[CameraView, ...]


class NetworkView(View):
    """What the network is called, and the time zone its people live in."""

    name: str
    timezone: str


_MADE_HERE = frozenset({"snapshot", "position", "priority"})


def alert_view(record: AlertRecord) -> AlertView:
    """`record` for the page."""
    fields = {name: getattr(record, name) for name in AlertView.model_fields if name not in _MADE_HERE}
    place = record.position and PositionView.model_validate(record.position, from_attributes=True)
    priority = PRIORITY[record.severity]
    return AlertView(**fields, position=place, priority=priority, snapshot=_snapshot(record.evidence))


def step_view(step: Step) -> StepView:
    """`step` for the page."""
    return StepView.model_validate(step, from_attributes=True)


def finding_view(record: OccurrenceRecord) -> FindingView:
    """One revision for the page."""
    one = record.occurrence
    return FindingView(event=one.id, phase=one.phase.value, at=one.captured_at, snapshot=_snapshot(one.evidence))


def _snapshot(evidence: str) -> str:
    return f"/evidence/{evidence}/{SNAPSHOT}" if evidence else ""


def clip_view(record: AlertRecord, root: Path, now: datetime) -> ClipView:
    """What has become of the alert's clip. Reads the disk."""
    if not record.evidence:
        return ClipView(state="missing")
    folder = root / record.evidence
    try:
        clip = read_manifest(folder).clip
    except EvidenceError:
        waiting = (now - record.recorded_at).total_seconds() < PENDING_S
        return ClipView(state="recording" if waiting else "missing")
    name = clip_name(clip.codec)
    url = f"/evidence/{record.evidence}/{name}"
    playable = clip.state in {ClipState.COMPLETE, ClipState.CUT} and (folder / name).is_file()
    state = ClipState.MISSING if clip.state in {ClipState.COMPLETE, ClipState.CUT} and not playable else clip.state
    return ClipView(state=state.value, reason=clip.reason, codec=clip.codec, url=url if playable else "")


def cameras_view(network: Network, rows: Iterable[CameraRow]) -> CamerasView:
    """Every configured camera with what its worker says of it, `unknown` where none does."""
    by_id = {row.id: row for row in rows}
    return CamerasView(
        cameras=tuple(
            CameraView(
                id=row.id, name=camera.name, ring=camera.ring, state=row.state, reason=row.reason, since=row.since
            )
            if (row := by_id.get(camera.id))
            else CameraView(id=camera.id, name=camera.name, ring=camera.ring, state="unknown")
            for camera in network.cameras
        )
    )
