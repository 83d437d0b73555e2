"""Whether anybody is at this console: pages that are open, and pages that somebody touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

if TYPE_CHECKING:
    from watchroom.stream import Seats

CONNECTED, TOUCHED = "connected", "touched"


@dataclass(slots=True)
class Attendance:
    """Told by pages on the event loop, read by the thread that writes it down."""

    seats: Seats
    clock: Callable[[], datetime]
    _touched_at: datetime | None = None  # UTC, not yet read

    def touch(self) -> None:
        """Somebody moved a hand."""
        self._touched_at = self.clock()

    def signs(self) -> Mapping[str, datetime]:
        """What has been seen since the last call, and when."""
        signs = {}
        if self.seats.taken:
            signs[CONNECTED] = self.clock()
        touched_at, self._touched_at = self._touched_at, None
        if touched_at is not None:
            signs[TOUCHED] = touched_at
        return signs


def attendance_routes(attendance: Attendance) -> APIRouter:
    """Where a page says that somebody touches it."""
    router = APIRouter(prefix="/api")

    @router.post("/presence", status_code=204)
    async def presence() -> Response:
        attendance.touch()
        return Response(status_code=204)

    return router
