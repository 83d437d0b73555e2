"""What the page and other programs are told: the published shapes of the API, and how records become them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from config.model import Ring, Severity
from storage.errors import EvidenceError
from storage.manifest import SNAPSHOT, ClipState, clip_name
from storage.manifest import read as read_manifest
from storage.messages import AlertRecord, Condition, Handling

if TYPE_CHECKING:
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
    condition: Condition
    handling: Handling
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


class AlertPageView(View):
    """One alert with what is known of its clip."""

    alert: AlertView
    clip: ClipView


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


def alert_view(record: AlertRecord) -> AlertView:
    """`record` for the page."""
    fields = {name: getattr(record, name) for name in AlertView.model_fields if name not in {"snapshot", "position"}}
    place = record.position and PositionView.model_validate(record.position, from_attributes=True)
    snapshot = f"/evidence/{record.evidence}/{SNAPSHOT}" if record.evidence else ""
    return AlertView(**fields, position=place, snapshot=snapshot)


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
