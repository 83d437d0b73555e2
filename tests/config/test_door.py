"""Who gives way in a door, and who is waited for: real connections, a clock that the test sets.

The doors that are built on it are tested with their servers.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from config.door import EVER, Door, Limits, gives_way
from tests.crowd import LOOPBACK, crowd, ended
from tests.services import eventually


@dataclass(slots=True)
class Given:
    """A door, what it has told, and the time."""

    door: Door = field(init=False)
    closed: list[str] = field(default_factory=list)
    now_s: float = 0.0


@contextmanager
def door(answer_s: float) -> Iterator[Given]:
    """One with room for two, who may be silent for ten seconds."""
    given = Given()
    limits = Limits(most=2, answered=2, ask_s=10.0, answer_s=answer_s)
    with Door(socket.create_server((LOOPBACK, 0)), limits, given.closed.append, lambda: given.now_s) as given.door:
        yield given


def told_after_a_look(given: Given) -> list[str]:
    """What the door has told when it has looked who is there."""
    given.door.send_off()
    return given.closed


@pytest.mark.parametrize(
    ("addresses", "index"),
    [
        (["a"], 0),
        (["a", "a", "a"], 0),
        (["a", "b", "b"], 1),
        (["a", "b", "c", "b", "c"], 1),
        (["a", "b", "c"], 0),
    ],
)
def test_the_longest_of_the_address_that_has_most_gives_way(addresses: list[str], index: int) -> None:
    """Of several that have as many, the longest."""
    assert gives_way(addresses) == index


@pytest.mark.parametrize(("answer_s", "told"), [(EVER, []), (30.0, ["silent"])], ids=["waited for", "not"])
def test_an_answer_on_its_way_is_waited_for_where_answers_are(answer_s: float, told: list[str]) -> None:
    """The application has given it away, and it lies in the socket: it is cut off only where answers have a limit."""
    with door(answer_s) as given, crowd(given.door.getsockname()[1], 1) as (slow,):
        connection, _ = given.door.accept()
        with connection:
            connection.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    connection.send(b"x" * 65536)
            given.now_s = 25.0
            given.door.send_off()
            assert given.closed == told
            assert ended([slow]) == 0  # what is on its way may still arrive


def test_when_it_has_been_taken_the_caller_is_silent_like_any_other() -> None:
    """Even where answers have no limit."""
    with door(EVER) as given, crowd(given.door.getsockname()[1], 1) as (caller,):
        connection, _ = given.door.accept()
        with connection:
            connection.sendall(b"answer")
            assert caller.recv(100) == b"answer"
            given.now_s = 25.0
            eventually(lambda: told_after_a_look(given) == ["silent"], "sent off")


def test_who_has_stood_there_longest_makes_room() -> None:
    """And comes off the count when it has gone; so many again at most may be on their way out."""
    with door(EVER) as given, crowd(given.door.getsockname()[1], 5) as callers:
        stand = []
        for number in range(4):
            given.now_s = float(number)
            stand.append(given.door.accept()[0])
        assert ended(callers) == 2
        with pytest.raises(ConnectionAbortedError):
            given.door.accept()
        assert given.closed == ["full"] * 3
        for one in stand:
            one.close()
