"""The API of alerts and cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, HTTPException, Path, Query
from fastapi.responses import StreamingResponse

from storage.messages import Condition
from watchroom.stream import PageStream, Seats, last_seen
from watchroom.views import AlertPageView, AlertsView, CamerasView, NetworkView, alert_view, cameras_view, clip_view

if TYPE_CHECKING:
    from watchroom.room import Room

MAX_LISTED = 500
NO_STORE = {"cache-control": "no-store", "x-accel-buffering": "no"}


def alert_routes(room: Room) -> APIRouter:
    """Routes below `/api`. Those that block are plain functions: the framework runs them off the event loop."""
    router = APIRouter(prefix="/api")
    seats = Seats()

    @router.get("/network")
    def network() -> NetworkView:
        return NetworkView(name=room.network.network.name, timezone=room.network.network.timezone)

    @router.get("/cameras")
    def cameras() -> CamerasView:
        return cameras_view(room.network, room.health.cameras())

    @router.get("/alerts")
    def alerts(limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100) -> AlertsView:
        change = room.reader.last_change()  # first: a change in between is told twice, never lost
        return AlertsView(
            now=room.clock(),
            change=change,
            active=room.reader.count(condition=Condition.ACTIVE),
            alerts=tuple(alert_view(record) for record in room.reader.newest(limit)),
        )

    @router.get("/alerts/stream", response_class=StreamingResponse)
    async def stream(
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        if not seats.free or room.feed.closing:
            raise HTTPException(503, "too many pages are open", {"retry-after": "10"})
        page = PageStream(room.feed, room.clock, last_seen(last_event_id, after, room.feed.last_change))
        return StreamingResponse(page.events(seats), media_type="text/event-stream", headers=NO_STORE)

    @router.get("/alerts/{alert_id}")
    def alert(alert_id: Annotated[str, Path(max_length=200)]) -> AlertPageView:
        record = room.reader.alert(alert_id)
        if record is None:
            raise HTTPException(404, "no such alert")
        return AlertPageView(alert=alert_view(record), clip=clip_view(record, room.evidence_root, room.clock()))

    return router
