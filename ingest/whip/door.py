"""The endpoint's door: how many connections may stand in it, and how long each without a request.

uvicorn sees to neither: its timer begins with the first answer, and over its limit everybody is answered 503. So the
listening socket knows whom it lets in, and the application, wrapped, who is being answered. A connection whose TLS
never begins counts like any other.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST = 64  # connections at once; as many again may be on their way out
ASK_S = 10.0  # from coming in, or from the last answer, to a request
ANSWER_S = 30.0  # from there until the answer has been taken: an offer is read and answered in a fraction of it


@dataclass(slots=True, kw_only=True)
class _Caller:
    connection: socket.socket
    since_s: float  # when it came in, began to be answered, or had its answer
    answered: int = 0  # requests that are being answered
    leaves: bool = False


class Door(socket.socket):
    """A listening socket that lets in `MOST`. Used on one loop.

    When it is full, whoever has stood there longest without a request goes, and the next one comes in: he may be a
    vehicle. He is turned away where all are being answered. `closed` is told why a connection is ended: `silent`,
    `slow` or `full`.
    """

    def __init__(
        self,
        listening: socket.socket,
        closed: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._closed_for = closed
        self._monotonic = monotonic
        self._callers: dict[tuple[str, int], _Caller] = {}  # by address and port

    def accept(self) -> tuple[socket.socket, Any]:
        """Let the next one in, as asyncio asks for it.

        Raises:
            ConnectionAbortedError: he is turned away. asyncio goes on with what else there is to do.
        """
        connection, address = super().accept()
        if not self._has_room():
            self._closed_for("full")
            connection.close()
            raise ConnectionAbortedError("too many connections")
        self._callers[address[:2]] = _Caller(connection=connection, since_s=self._monotonic())
        return connection, address

    def watched(self, app: ASGIApp) -> ASGIApp:
        """`app`, which lets this door know who is being answered."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            caller = self._callers.get(scope.get("client") or ("", 0))
            self._turn(caller, 1)
            try:
                await app(scope, receive, send)
            finally:
                self._turn(caller, -1)

        return watched

    def send_off(self) -> None:
        """End what has been silent, or slow to take its answer, for too long. Call it once a second."""
        now_s = self._monotonic()
        for caller in self._present():
            if now_s - caller.since_s >= (ANSWER_S if caller.answered else ASK_S):
                self._end(caller, "slow" if caller.answered else "silent")

    def _turn(self, caller: _Caller | None, answered: int) -> None:
        if caller is not None:
            caller.answered += answered
            caller.since_s = self._monotonic()

    def _present(self) -> list[_Caller]:
        """Who is there to stay, in the order they came; forgets those who are gone."""
        self._callers = {where: one for where, one in self._callers.items() if one.connection.fileno() >= 0}
        return [one for one in self._callers.values() if not one.leaves]

    def _has_room(self) -> bool:
        present = self._present()
        if len(self._callers) >= 2 * MOST:
            return False
        if len(present) < MOST:
            return True
        waiting = [one for one in present if not one.answered]
        if not waiting:
            return False
        self._end(min(waiting, key=lambda one: one.since_s), "full")
        return True

    def _end(self, caller: _Caller, reason: str) -> None:
        """Let its transport read the end, and close it: under TLS as well, at whatever it is."""
        caller.leaves = True
        self._closed_for(reason)
        with suppress(OSError):  # the other end is gone already
            caller.connection.shutdown(socket.SHUT_RDWR)
