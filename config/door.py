"""A door: a listening socket that bounds how many connections stand in it, and how long each without a request.

uvicorn sees to neither: its timer begins with the first answer, and over its limit everybody is answered 503. So the
listening socket knows whom it lets in, and the application, wrapped, who is being answered. A connection whose TLS
never begins counts like any other. It lies in this room because both who have one may import no other.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

EVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many, and for how long."""

    most: int  # connections at once; as many again may be on their way out
    answered: int  # of which so many may be answered at once
    ask_s: float  # from coming in, or from the last answer, to a request
    answer_s: float  # from there until the answer has been taken; EVER: as long as it takes


@dataclass(slots=True, kw_only=True)
class _Caller:
    connection: socket.socket
    address: str
    since_s: float  # when it came in, began to be answered, or had its answer
    answered: int = 0  # requests that are being answered
    leaves: bool = False


class Door(socket.socket):
    """A listening socket with `limits`. Used on one loop.

    When it is full, whoever has stood there longest without a request goes, and the next one comes in; he is turned
    away where all are being answered. When too many are being answered, one of them goes: see `gives_way`. `closed` is
    told why a connection is ended: `silent`, `slow`, `full` or `long`.
    """

    def __init__(
        self,
        listening: socket.socket,
        limits: Limits,
        closed: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(listening.family, listening.type, listening.proto, fileno=listening.detach())
        self._limits = limits
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
        caller = _Caller(connection=connection, address=address[0], since_s=self._monotonic())
        self._callers[address[:2]] = caller
        return connection, address

    def watched(self, app: ASGIApp) -> ASGIApp:
        """`app`, which lets this door know who is being answered."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            caller = self._callers.get(scope.get("client") or ("", 0))
            if caller is None:
                await app(scope, receive, send)
                return
            self._make_way(caller)
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
            if now_s - caller.since_s >= self._patience_s(caller):
                self._end(caller, "slow" if caller.answered else "silent")

    def _patience_s(self, caller: _Caller) -> float:
        if caller.answered:
            return self._limits.answer_s
        if self._limits.answer_s == EVER and _takes_still(caller.connection):
            return EVER
        return self._limits.ask_s

    def _turn(self, caller: _Caller, answered: int) -> None:
        caller.answered += answered
        caller.since_s = self._monotonic()

    def _present(self) -> list[_Caller]:
        """Who is there to stay, in the order they came; forgets those who are gone."""
        self._callers = {where: one for where, one in self._callers.items() if one.connection.fileno() >= 0}
        return [one for one in self._callers.values() if not one.leaves]

    def _has_room(self) -> bool:
        present = self._present()
        if len(self._callers) >= 2 * self._limits.most:
            return False
        if len(present) < self._limits.most:
            return True
        waiting = [one for one in present if not one.answered]
        if not waiting:
            return False
        self._end(min(waiting, key=lambda one: one.since_s), "full")
        return True

    def _make_way(self, caller: _Caller) -> None:
        """`caller` is about to be answered: where too many are, another gives way to it."""
        if len(self._callers) <= self._limits.answered:
            return
        others = sorted((one for one in self._present() if one.answered), key=lambda one: one.since_s)
        if len(others) >= self._limits.answered and not (caller.answered or caller.leaves):
            self._end(others[gives_way([one.address for one in others])], "long")

    def _end(self, caller: _Caller, reason: str) -> None:
        """Let its transport read the end, and close it: under TLS as well, at whatever it is."""
        caller.leaves = True
        self._closed_for(reason)
        with suppress(OSError):  # the other end is gone already
            caller.connection.shutdown(socket.SHUT_RDWR)


def gives_way(addresses: Sequence[str]) -> int:
    """Which of those at `addresses`, longest first, makes room: the longest of the address that has most.

    So whoever takes all that there is takes it from himself. Those who come through one proxy have one address.
    """
    return addresses.index(Counter(addresses).most_common(1)[0][0])


def _takes_still(connection: socket.socket) -> bool:
    """Whether some of what was sent has not arrived: the application is done, its answer is not.

    Source: tcp(7), SIOCOUTQ, which is TIOCOUTQ.
    """
    try:
        (unsent,) = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0\0\0\0"))
    except (OSError, ValueError):  # it is gone
        return False
    return bool(unsent)
