"""The API of acts: what operators do with alerts, and what they set out of service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alerts.errors import Refused
from alerts.house import check_operator, operators_of
from alerts.lifecycle import Act
from alerts.service import ServiceWindow
from alerts.wording import LONGEST_WORDS
from storage.messages import Disposition
from watchroom.views import AlertView, View, alert_view

if TYPE_CHECKING:
    from watchroom.room import Room

Operator = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="a seat of the roster, desk-1")]
Words = Annotated[str, Field(max_length=LONGEST_WORDS, pattern=r"^[^\x00]*$")]
AlertId = Annotated[str, Path(max_length=200)]
Names = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=1000)]


class Asked(BaseModel):
    """What somebody asks for; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Operator
    why: Words = ""


class ActBody(Asked):
    """An act on an alert."""

    disposition: Disposition | None = None  # of resolve
    until: AwareDatetime | None = None  # of shelve
    level: Annotated[int, Field(ge=1, le=100)] | None = None  # of escalate; without it one more than now


class AlertServiceBody(Asked):
    """What an alert is about, out of service."""

    until: AwareDatetime
    scope: Literal["camera", "uplink"] = "camera"
    rules: Names = ()  # none: every rule


class ServiceBody(Asked):
    """Cameras, or all behind an uplink, out of service."""

    until: AwareDatetime
    begins: AwareDatetime | None = None  # None: now
    cameras: Names = ()
    uplink: Annotated[str, Field(max_length=200)] = ""
    rules: Names = ()


class WindowView(View):
    """Something that is out of service, or will be."""

    number: int  # 0 for one of the configuration
    cameras: tuple[str, ...]
    uplink: str
    rules: tuple[str, ...]
    begins: AwareDatetime
    until: AwareDatetime
    reason: str
    by: str
    alert: str
    ended_at: AwareDatetime | None


class SilenceView(View):
    """Who is left alone, and until when."""

    shelved: tuple[AlertView, ...]
    out_of_service: tuple[WindowView, ...]


class OperatorView(View):
    """A seat of the duty room."""

    id: str
    name: str
    role: str


class OperatorsView(View):
    """The roster's seats; none when it lists none, and then any id that is well formed will do."""

    operators: tuple[OperatorView, ...]


def act_routes(room: Room) -> APIRouter:
    """Routes below `/api` that change something, and what they need to know."""
    router = APIRouter(prefix="/api")

    @router.get("/operators")
    def operators() -> OperatorsView:
        return operators_view(room)

    @router.get("/silence")
    def silence() -> SilenceView:
        return SilenceView(
            shelved=tuple(alert_view(record) for record in room.reader.shelved()),
            out_of_service=tuple(window_view(window) for window in room.reader.out_of_service()),
        )

    @router.post("/alerts/{alert_id}/out_of_service")
    def alert_out_of_service(alert_id: AlertId, body: AlertServiceBody) -> WindowView:
        check_operator(body.by, operators_of(room.network))
        return window_view(room.reader.set_out_of_service(window_of_alert(room, alert_id, body)))

    @router.post("/alerts/{alert_id}/{act}")
    def act(alert_id: AlertId, act: Act, body: ActBody) -> AlertView:
        check_operator(body.by, operators_of(room.network))
        said = {"why": body.why.strip(), "disposition": body.disposition, "until": body.until, "level": body.level}
        return alert_view(room.reader.act(alert_id, act, body.by, **said))  # type: ignore[arg-type]

    @router.post("/out-of-service")
    def out_of_service(body: ServiceBody) -> WindowView:
        check_operator(body.by, operators_of(room.network))
        return window_view(room.reader.set_out_of_service(window_of(room, body)))

    @router.post("/out-of-service/{number}/end")
    def end(number: Annotated[int, Path(ge=0, le=2**53)], body: Asked) -> WindowView:
        check_operator(body.by, operators_of(room.network))
        return window_view(room.reader.end_out_of_service(number, body.by))

    return router


def operators_view(room: Room) -> OperatorsView:
    """The roster's seats."""
    listed = room.network.roster.operators
    return OperatorsView(operators=tuple(OperatorView(id=one.id, name=one.name, role=str(one.role)) for one in listed))


def window_of_alert(room: Room, alert_id: str, body: AlertServiceBody) -> ServiceWindow:
    """What takes the alert's camera, or all behind its uplink, out of service from now on.

    Raises:
        Refused: it shares no uplink with others.
    """
    record = room.reader.alert(alert_id)
    if record is None:
        raise HTTPException(404, "no such alert")
    uplinks = {camera.id: camera.uplink for camera in room.network.cameras}
    children = room.reader.children(alert_id)
    cameras = tuple(dict.fromkeys(child.camera for child in children)) or (record.camera,)
    uplink = uplinks.get(cameras[0], "") if body.scope == "uplink" else ""
    if body.scope == "uplink" and not uplink:
        raise Refused(f"{cameras[0]} shares no uplink with others", reason="incomplete")
    return ServiceWindow(
        number=0,
        cameras=() if uplink else cameras,
        uplink=uplink,
        rules=body.rules,
        begins=room.clock(),
        until=body.until,
        reason=body.why.strip(),
        by=body.by,
        alert=alert_id,
    )


def window_of(room: Room, body: ServiceBody) -> ServiceWindow:
    """What `body` asks for.

    Raises:
        Refused: a camera or an uplink is not of this network.
    """
    known = {camera.id for camera in room.network.cameras}
    unknown = [name for name in body.cameras if name not in known]
    if unknown:
        raise Refused(f"the configuration has no camera {unknown[0]}", reason="incomplete")
    if body.uplink and body.uplink not in {camera.uplink for camera in room.network.cameras}:
        raise Refused(f"no camera has the uplink {body.uplink}", reason="incomplete")
    return ServiceWindow(
        number=0,
        cameras=body.cameras,
        uplink=body.uplink,
        rules=body.rules,
        begins=body.begins or room.clock(),
        until=body.until,
        reason=body.why.strip(),
        by=body.by,
    )


def window_view(window: ServiceWindow) -> WindowView:
    """`window` for the page."""
    return WindowView.model_validate(window, from_attributes=True)
