"""The API of alerts and cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request
from fastapi.responses import StreamingResponse

from watchroom.stream import PageStream, last_seen
from watchroom.views import (
    AlertPageView,
    AlertsView,
    CamerasView,
    NetworkView,
    alert_view,
    cameras_view,
    clip_view,
    finding_view,
    step_view,
)

if TYPE_CHECKING:
    from watchroom.room import Room

MAX_LISTED = 500
MAX_OPEN = 2000
MAX_FINDINGS = 200
NO_STORE = {"cache-control": "no-store", "x-accel-buffering": "no"}


def alert_routes(room: Room) -> APIRouter:
    """Routes below `/api`. Those that block are plain functions: the framework runs them off the event loop."""
    router = APIRouter(prefix="/api")

    @router.get("/network")
    def network() -> NetworkView:
        return NetworkView(name=room.network.network.name, timezone=room.network.network.timezone)

    @router.get("/cameras")
    def cameras() -> CamerasView:
        return cameras_view(room.network, room.health.cameras())

    @router.get("/alerts")
    def alerts(
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
        with_open: Annotated[bool, Query(alias="open", description="besides, all that are open, however old")] = False,
        with_tests: Annotated[bool, Query(alias="tests", description="scheduled test alerts, too")] = True,
    ) -> AlertsView:
        return alerts_view(room, limit, with_open=with_open, with_tests=with_tests)

    @router.get("/alerts/stream", response_class=StreamingResponse)
    async def stream(
        request: Request,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        if room.feed.closing:
            raise HTTPException(503, "the console is stopping", {"retry-after": "10"})
        page = PageStream(room.feed, room.clock, last_seen(last_event_id, after, room.feed.last_change))
        events = page.events(room.seats, request.client.host if request.client else "")
        return StreamingResponse(events, media_type="text/event-stream", headers=NO_STORE)

    @router.get("/alerts/{alert_id}")
    def alert(alert_id: Annotated[str, Path(max_length=200)]) -> AlertPageView:
        return alert_page_view(room, alert_id)

    return router


def alerts_view(room: Room, limit: int, *, with_open: bool, with_tests: bool) -> AlertsView:
    """The `limit` newest alerts, and on request all that are open."""
    change = room.reader.last_change()  # first: a change in between is told twice, never lost
    listed = {record.id: record for record in room.reader.newest(limit, tests=with_tests)}
    if with_open:
        listed |= {record.id: record for record in room.reader.open_alerts()[:MAX_OPEN] if record.id not in listed}
    return AlertsView(
        now=room.clock(),
        change=change,
        active=room.reader.active(),
        alerts=tuple(alert_view(record) for record in listed.values()),
    )


def alert_page_view(room: Room, alert_id: str) -> AlertPageView:
    """One alert with all that belongs to it.

    Raises:
        HTTPException: it is not on record.
    """
    record = room.reader.alert(alert_id)
    if record is None:
        raise HTTPException(404, "no such alert")
    return AlertPageView(
        alert=alert_view(record),
        clip=clip_view(record, room.evidence_root, room.clock()),
        steps=tuple(step_view(step) for step in room.reader.steps(alert_id)),
        findings=tuple(finding_view(one) for one in room.reader.occurrences(alert_id)[-MAX_FINDINGS:]),
        children=tuple(alert_view(child) for child in room.reader.children(alert_id)),
    )
