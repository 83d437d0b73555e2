"""What changed, for every open page: one reader of the database, however many pages watch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from config.errors import BackendUnavailable
from watchroom.views import CamerasView

if TYPE_CHECKING:
    from storage.messages import AlertRecord
    from watchroom.load_views import LoadNowView
    from watchroom.sources import AlertReader

log = structlog.get_logger()
POLL_S = 0.5  # where nobody says that something changed
APART_S = 0.05  # between two looks, however often it is said
CAMERAS_EVERY_S = 2.0
TAIL = 1000  # changes kept in memory; a page that missed more reads the database


class ChangeFeed:
    """Looks at the record off the event loop, when it is nudged and twice a second, and wakes the pages.

    Lives on one event loop.
    """

    def __init__(self, reader: AlertReader, cameras: Callable[[], CamerasView]) -> None:
        self._reader = reader
        self._read_cameras = cameras
        self._tail: deque[AlertRecord] = deque(maxlen=TAIL)
        self._tail_after: int | None = None  # every change after this one is in the tail; None before the first look
        self._moved = asyncio.Event()
        self._nudged = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cameras_at = 0.0
        self.last_change = 0
        self.active = 0
        self.cameras = CamerasView(cameras=())
        self.load: LoadNowView | None = None
        self.problem = "the database has not been read yet"
        self.closing = False

    @property
    def begun(self) -> bool:
        """Whether the record has been read at least once."""
        return self._tail_after is not None

    async def run(self) -> None:
        """Look until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._nudged.clear()
            try:
                await self._poll()
                await self._look_at_cameras(self._loop.time())
            except Exception:  # supervises itself: the pages would go stale in silence
                log.exception("the feed of changes failed")
                self._report("the console cannot read what changed")
            await asyncio.sleep(APART_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), POLL_S - APART_S)

    def nudge(self) -> None:
        """Something has changed: look now. Any thread may call it, before the feed runs and after it has ended."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended a moment ago
                self._loop.call_soon_threadsafe(self._nudged.set)

    async def after(self, change: int) -> Sequence[AlertRecord]:
        """Alerts that changed after `change`, oldest change first; not always all of them, ask again.

        Raises:
            BackendUnavailable: they are not in memory and the database does not answer.
        """
        if self._tail_after is not None and change >= self._tail_after:
            return [record for record in self._tail if record.change > change]
        return await asyncio.to_thread(self._reader.changes_since, change)

    async def newest(self) -> int:
        """The record's newest change, asked for now.

        Raises:
            BackendUnavailable: the database does not answer.
        """
        return await asyncio.to_thread(self._reader.last_change)

    @property
    def next_move(self) -> asyncio.Event:
        """Set when anything changes from now on, or the feed closes.

        Whoever reads and then waits takes it before he reads: what comes meanwhile would not wake him.
        """
        return self._moved

    def show_load(self, load: LoadNowView) -> None:
        """What the pages' line says; they are told if it is new."""
        if load != self.load:
            self.load = load
            self._wake()

    def close(self) -> None:
        """End every page's stream."""
        self.closing = True
        self._wake()

    async def _poll(self) -> None:
        try:
            last = await asyncio.to_thread(self._reader.last_change)
            if self.problem or last != self.last_change or self._tail_after is None:
                await self._catch_up(last)
        except BackendUnavailable as error:
            self._report(str(error))
        else:
            self._report("")

    async def _look_at_cameras(self, now_s: float) -> None:
        if now_s < self._cameras_at:
            return
        self._cameras_at = now_s + CAMERAS_EVERY_S
        cameras = await asyncio.to_thread(self._read_cameras)
        if cameras != self.cameras:
            self.cameras = cameras
            self._wake()

    async def _catch_up(self, last: int) -> None:
        if last < self.last_change or self._tail_after is None:
            self._tail.clear()  # a first look, or another database: pages begin anew
            self._tail_after = self.last_change = last
        while self.last_change < last:
            records = await asyncio.to_thread(self._reader.changes_since, self.last_change)
            self._keep(records, last)
        # After the changes: what came between two readings would stay uncounted until the next change.
        self.active = await asyncio.to_thread(self._reader.active)
        self._wake()

    def _keep(self, records: Sequence[AlertRecord], last: int) -> None:
        for record in records:
            if len(self._tail) == TAIL:
                self._tail_after = self._tail[0].change
            self._tail.append(record)
        self.last_change = records[-1].change if records else last

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self._wake()
            if problem:
                log.error("pages cannot be kept up to date", error=problem)

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
