"""The endpoint's door: how many connections may stand in it, and how long each without a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.door import Door, Limits

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

MOST = 64  # connections at once; any of them may be answered
ASK_S = 10.0  # from coming in, or from the last answer, to a request
ANSWER_S = 30.0  # from there until the answer has been taken: an offer is read and answered in a fraction of it


def vehicles_door(listening: socket.socket, closed: Callable[[str], None]) -> Door:
    """The door that vehicles come in by. `closed` is told why a connection is ended: `silent`, `slow` or `full`."""
    return Door(listening, Limits(most=MOST, answered=MOST, ask_s=ASK_S, answer_s=ANSWER_S), closed)
