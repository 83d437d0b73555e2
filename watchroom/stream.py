"""Server-sent events: what an open page is told, and when.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from pydantic import AwareDatetime

from config.door import gives_way
from config.errors import BackendUnavailable
from watchroom.views import CamerasView, View, alert_view

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watchroom.feed import ChangeFeed
    from watchroom.load_views import LoadNowView

log = structlog.get_logger()
Clock = Callable[[], datetime]
TICK_S = 5.0  # a page that hears nothing for twice this long says that it is cut off
RETRY_MS = 2000
MAX_PAGES = 64


class TickView(View):
    """The server still speaks. What the page shows besides alerts."""

    now: AwareDatetime
    active: int
    problem: str  # why alerts may be missing; "" when none are


@dataclass(slots=True, eq=False)
class Seat:
    """One page's."""

    address: str
    kept: bool = True


@dataclass(slots=True)
class Seats:
    """How many pages may listen at once. Lives on one event loop.

    Where all are taken, one of those that sit there makes room: its browser comes back by itself, and misses nothing.
    """

    limit: int = MAX_PAGES
    closed: Callable[[str], None] = field(default=lambda _reason: None)  # told `page` when one makes room
    _taken: list[Seat] = field(default_factory=list)  # in the order they came

    @contextmanager
    def seat(self, address: str) -> Iterator[Seat]:
        """Take one for as long as the block runs, which looks whether it is kept."""
        if len(self._taken) >= self.limit:
            self._taken.pop(gives_way([one.address for one in self._taken])).kept = False
            self.closed("page")
        seat = Seat(address)
        self._taken.append(seat)
        try:
            yield seat
        finally:
            if seat.kept:
                self._taken.remove(seat)

    @property
    def taken(self) -> int:
        """How many pages listen."""
        return len(self._taken)


@dataclass(slots=True)
class PageStream:
    """One page's stream of events, from `sent` on."""

    feed: ChangeFeed
    clock: Clock
    sent: int  # the newest change that the page has
    _told: TickView | None = field(default=None)
    _cameras: CamerasView | None = field(default=None)
    _load: LoadNowView | None = field(default=None)

    async def events(self, seats: Seats, address: str) -> AsyncIterator[str]:
        """Events until the feed closes, the page goes away, or it has to make room for another."""
        with seats.seat(address) as seat:
            yield f"retry: {RETRY_MS}\n\n"
            while seat.kept and not self.feed.closing:
                moves = self.feed.next_move
                texts = [*await self._alerts(), *self._surroundings()]
                if not texts:
                    texts = [] if await _within(TICK_S, moves) else [self._tick()]
                for text in texts:
                    yield text

    async def _alerts(self) -> list[str]:
        if not self.feed.begun:
            return []
        try:
            if self.sent > self.feed.last_change:
                return await self._ahead()
            records = await self.feed.after(self.sent)
        except BackendUnavailable:
            return []  # the tick says so
        self.sent = records[-1].change if records else self.sent
        return [event("alert", alert_view(record).model_dump_json(), record.change) for record in records]

    async def _ahead(self) -> list[str]:
        """The page has seen what the feed has not: its list was read a moment ago, or from another record."""
        newest = await self.feed.newest()
        if self.sent <= newest:
            return []  # the feed's next look finds it, and says that something moved
        self.sent = newest
        return [event("reset", "{}")]

    def _surroundings(self) -> list[str]:
        texts = []
        if self.feed.cameras != self._cameras:
            self._cameras = self.feed.cameras
            texts.append(event("cameras", self._cameras.model_dump_json()))
        told = self._told
        if told is None or (told.active, told.problem) != (self.feed.active, self.feed.problem):
            texts.append(self._tick())
        if self.feed.load is not None and self.feed.load != self._load:
            self._load = self.feed.load
            texts.append(event("load", self._load.model_dump_json()))
        return texts

    def _tick(self) -> str:
        self._told = TickView(now=self.clock(), active=self.feed.active, problem=self.feed.problem)
        return event("tick", self._told.model_dump_json())


async def _within(timeout_s: float, moves: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(moves.wait(), timeout_s)
    except TimeoutError:
        return False
    return True


def event(name: str, body: str, change: int | None = None) -> str:
    """One event in the wire's form. `body` is JSON on one line."""
    identity = "" if change is None else f"id: {change}\n"
    return f"{identity}event: {name}\ndata: {body}\n\n"


def last_seen(header: str | None, after: int | None, newest: int) -> int:
    """Where a page's stream begins: where it broke off, else where its list ended, else now."""
    if header is not None and header.isascii() and header.isdigit():
        return int(header[:18])
    return newest if after is None else after
