"""The console as an ASGI application: the page, the API behind it, footage, health and metrics."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from alerts.errors import Refused
from config.errors import BackendUnavailable
from watchroom.acts import act_routes
from watchroom.answers import misread, refusal, unavailable
from watchroom.attendance import Attendance, attendance_routes
from watchroom.feed import ChangeFeed
from watchroom.footage import footage_routes
from watchroom.guard import LOOPBACK, Guard
from watchroom.health import health_routes
from watchroom.load_routes import LoadWatch, load_routes
from watchroom.room import Room
from watchroom.routes import alert_routes
from watchroom.stream import Seats
from watchroom.views import cameras_view

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from alerts.load_book import LoadBook
    from config.model import Network
    from watchroom.sources import AlertStore, HealthSource

STATIC = Path(__file__).parent / "static"
READERS = 3  # threads: the change feed, the load, and a page that has been away


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def create_app(  # noqa: PLR0913 - the composition root names each thing once
    database: AlertStore,
    evidence_root: Path,
    network: Network,
    health: HealthSource,
    metrics_text: Callable[[], bytes],
    load: LoadBook,
    *,
    hosts: Collection[str] = LOOPBACK,
    more: Collection[APIRouter] = (),
    clock: Callable[[], datetime] = utc_now,
    closed: Callable[[str], None] = lambda _reason: None,
) -> FastAPI:
    """The console. `hosts` are the names it may be asked by; `more` are further routes; `metrics_text` may block.

    `closed` is told `page` when a page's stream is ended to make room for another's.
    """
    feed = ChangeFeed(database, lambda: cameras_view(network, health.cameras()))
    room = Room(
        reader=database,
        evidence_root=evidence_root,
        network=network,
        health=health,
        feed=feed,
        clock=clock,
        load=load,
        seats=Seats(closed=closed),
    )
    attendance = Attendance(room.seats, clock)
    app = _bare_app(partial(_running, feed, LoadWatch(load, feed)))
    app.state.feed = feed
    app.state.attendance = attendance
    _add_routes(app, room, attendance, metrics_text, more)
    _answer_errors(app)
    app.add_middleware(Guard, hosts=hosts)
    return app


def _bare_app(running: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """Without the pages about the API, which load scripts from elsewhere."""
    return FastAPI(
        title="ringwatch",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        lifespan=running,
    )


def _add_routes(
    app: FastAPI, room: Room, attendance: Attendance, metrics_text: Callable[[], bytes], more: Collection[APIRouter]
) -> None:
    """Everything that the console answers."""
    app.include_router(alert_routes(room))
    app.include_router(load_routes(room.load))
    app.include_router(attendance_routes(attendance))
    app.include_router(footage_routes(room.evidence_root))
    for router in (act_routes(room), *more):
        app.include_router(router, dependencies=[Depends(partial(_nudging, room.feed))])
    app.include_router(health_routes(room.health, room.feed, metrics_text))
    app.add_api_route("/", _page, include_in_schema=False)
    app.mount("/static", PageFiles(directory=STATIC))


def _answer_errors(app: FastAPI) -> None:
    app.add_exception_handler(BackendUnavailable, unavailable)
    app.add_exception_handler(Refused, refusal)
    app.add_exception_handler(RequestValidationError, misread)


class PageFiles(StaticFiles):
    """The page's files, always asked for again: after an update no room runs on half the old page."""

    def file_response(self, full_path: str | os.PathLike[str], *rest: Any, **named: Any) -> Response:
        """One file, to be asked for again before each use."""
        response = super().file_response(full_path, *rest, **named)
        response.headers["cache-control"] = "no-cache"
        return response


@asynccontextmanager
async def _running(feed: ChangeFeed, load: LoadWatch, _app: FastAPI) -> AsyncIterator[None]:
    """Poll the record while the server runs.

    What the loop must not wait for is read by a few threads; asyncio's own pool would grow with the machine's cores.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(READERS, thread_name_prefix="console-read"))
    tasks = [
        asyncio.create_task(feed.run(), name="change-feed"),
        asyncio.create_task(load.run(), name="load-watch"),
    ]
    try:
        yield
    finally:
        feed.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _nudging(feed: ChangeFeed, request: Request) -> AsyncIterator[None]:
    """Whatever was done through this console is on its pages at once, however others may hear of it."""
    yield
    if request.method == "POST":
        feed.nudge()


async def _page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers={"cache-control": "no-cache"})
