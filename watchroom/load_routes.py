"""The alarm load: for whoever asks, and for the line on every page."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import APIRouter, HTTPException, Query
from pydantic import AwareDatetime

from alerts.load_book import PeriodError
from config.errors import BackendUnavailable
from watchroom.load_views import LoadView, load_now_view, load_view

if TYPE_CHECKING:
    from alerts.load_book import LoadBook
    from watchroom.feed import ChangeFeed

log = structlog.get_logger()
EVERY_S = 5.0
LATELY = timedelta(hours=1)


def load_routes(book: LoadBook) -> APIRouter:
    """`/api/load`."""
    router = APIRouter(prefix="/api")

    @router.get("/load")
    def load(
        begin: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    ) -> LoadView:
        try:
            return load_view(book.between(begin, end))
        except PeriodError as error:
            raise HTTPException(422, str(error)) from error

    return router


class LoadWatch:
    """Keeps the pages' line up to date. Lives on one event loop, and reads the record off it."""

    def __init__(self, book: LoadBook, feed: ChangeFeed) -> None:
        self._book = book
        self._feed = feed

    async def run(self) -> None:
        """Reckon until cancelled."""
        while True:
            try:
                load = await asyncio.to_thread(self._book.lately, LATELY)
                self._feed.show_load(load_now_view(load))
            except BackendUnavailable:
                pass  # the feed says so
            except Exception:  # supervises itself: the line would go stale in silence
                log.exception("the load cannot be reckoned")
            await asyncio.sleep(EVERY_S)
