"""The API of handing over, and the report to print."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from alerts.errors import Refused
from alerts.report_page import Manner, report_page
from alerts.report_style import STYLE
from alerts.wording import LONGEST_WORDS

if TYPE_CHECKING:
    from alerts.handover import Handovers
    from config.model import Network

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class SeatView(BaseModel):
    """A seat that is manned."""

    id: str
    name: str


class AcceptanceView(BaseModel):
    """An open list that a shift has taken over."""

    at: AwareDatetime  # of the change of shift
    shift: str
    accepted_at: AwareDatetime
    accepted_by: str
    note: str
    alerts: tuple[str, ...]


class HandoverView(BaseModel):
    """How it stands with the handover now."""

    now: AwareDatetime
    shifts: tuple[str, ...]
    seats: tuple[SeatView, ...]
    since: AwareDatetime | None  # when they came on
    next_change: AwareDatetime | None
    pending: bool  # they have yet to accept the open list
    overdue_s: float
    open: tuple[str, ...]  # ids of the alerts on it
    accepted: AcceptanceView | None


class Acceptance(BaseModel):
    """What is asked for by whoever accepts."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(min_length=1, max_length=63)
    note: str = Field(default="", max_length=LONGEST_WORDS)


def handover_routes(network: Network, handovers: Handovers) -> APIRouter:
    """Routes below `/api/handover`. They block: the framework runs them off the event loop."""
    router = APIRouter(prefix="/api/handover")

    @router.get("")
    def handover() -> HandoverView:
        return _view(handovers)

    @router.post("", response_model=HandoverView)
    def accept(asked: Acceptance) -> HandoverView | JSONResponse:
        try:
            handovers.accept(asked.by, asked.note)
        except Refused as refusal:
            problem = {"problem": str(refusal), "reason": refusal.reason, "handler": refusal.handler}
            return JSONResponse(problem, status_code=409)
        return _view(handovers)

    @router.get("/report", response_class=HTMLResponse)
    def report(
        shift: Literal["last", "current"] = "last",
        lang: Annotated[Literal["zh", "en"], Query()] = "zh",
    ) -> HTMLResponse:
        manner = Manner(network=network.network.name, zone=network.zone_info, roster=handovers.roster, language=lang)
        try:
            page = report_page(handovers.report(last=shift == "last"), manner)
        except Refused as refusal:
            return HTMLResponse(str(refusal), status_code=409, media_type="text/plain")
        return HTMLResponse(page, headers={"content-security-policy": PAGE_POLICY, "cache-control": "no-store"})

    return router


def _view(handovers: Handovers) -> HandoverView:
    standing = handovers.standing()
    accepted = standing.accepted
    return HandoverView(
        now=standing.now,
        shifts=tuple(dict.fromkeys(turn.shift for turn in standing.turns)),
        seats=tuple(SeatView(id=seat, name=handovers.roster.name_of(seat)) for seat in standing.seats),
        since=standing.change.at if standing.change else None,
        next_change=standing.next_change,
        pending=standing.pending,
        overdue_s=standing.overdue.total_seconds(),
        open=tuple(alert.id for alert in handovers.open_alerts()),
        accepted=AcceptanceView.model_validate(accepted, from_attributes=True) if accepted else None,
    )
