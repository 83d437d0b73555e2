"""Who may stand in the endpoint's door, and for how long: real connections, some with nothing to say."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from ingest.whip import door as doors
from ingest.whip import endpoint as endpoints
from tests.ingest.whip.given import LOOPBACK, Endpoint, endpoint, token
from tests.ingest.whip.test_http import SDP, made_certificate
from tests.services import eventually

HEAD = b"POST /whip/car HTTP/1.1\r\nHost: x\r\n"
ASKS = b"OPTIONS /whip/car HTTP/1.1\r\nHost: x\r\n\r\n"
CALLS = (
    f"Authorization: Bearer {token('car')}\r\nContent-Type: {SDP}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
).encode()


@contextmanager
def connected(at: Endpoint, many: int, says: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many connections, each with so much said."""
    with ExitStack() as open_ones:
        made = []
        for _ in range(many):
            made.append(open_ones.enter_context(socket.create_connection((LOOPBACK, at.server.port), timeout=10)))
            made[-1].sendall(says)
        yield made


def ended(connections: list[socket.socket]) -> int:
    """How many of them the endpoint has ended."""
    readable, _, _ = select.select(connections, [], [], 0)
    return sum(_is_ended(one) for one in readable)


def _is_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True


def closed(at: Endpoint, reason: str) -> float:
    return at.value("whip_closed_connections_total", reason=reason)


@pytest.mark.parametrize("says", [b"", HEAD], ids=["nothing", "half a head"])
def test_connections_that_never_ask_keep_no_vehicle_out(says: bytes) -> None:
    """However many stand there: the one that has waited longest makes room."""
    with endpoint() as at, connected(at, doors.MOST + 10, says) as standing:
        assert at.ask("OPTIONS").status == 204
        eventually(lambda: ended(standing) >= 10, "the oldest have made room")

        assert ended(standing[-20:]) == 0
        assert closed(at, "full") >= 10


def test_descriptors_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same process holds the cameras' connections: they must find some."""
    monkeypatch.setattr(doors, "MOST", 4)
    with endpoint() as at, connected(at, 60) as standing:
        eventually(lambda: ended(standing) >= 60 - 4, "all but as many as may stand there")


@pytest.mark.parametrize(
    "says", [b"", HEAD, ASKS, ASKS + HEAD], ids=["nothing", "half a head", "an answer", "half a head more"]
)
def test_who_asks_nothing_more_is_sent_off(says: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vehicle that vanished in a tunnel leaves such a connection: nothing comes, not even its end."""
    monkeypatch.setattr(doors, "ASK_S", 0.5)
    with endpoint() as at, connected(at, 1, says) as (silent,):
        while silent.recv(1000):
            pass
        assert closed(at, "silent") == 1.0


def test_who_never_begins_tls_is_sent_off_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn does not even know him."""
    monkeypatch.setattr(doors, "ASK_S", 0.5)
    certificate, key = made_certificate(tmp_path)
    with endpoint(certificate=str(certificate), key=str(key)) as at, connected(at, 1) as (silent,):
        assert silent.recv(1000) == b""


def test_who_asks_nothing_over_tls_is_sent_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "ASK_S", 0.5)
    certificate, key = made_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with endpoint(certificate=str(certificate), key=str(key)) as at, connected(at, 1) as (plain,):
        with trusting.wrap_socket(plain, server_hostname=LOOPBACK, suppress_ragged_eofs=True) as silent:
            assert silent.recv(1000) == b""
        assert closed(at, "silent") == 1.0


@contextmanager
def being_answered(at: Endpoint) -> Iterator[socket.socket]:
    """A vehicle whose request is at hand, and whose body is still to come."""
    with connected(at, 1, HEAD + CALLS) as (slow,):
        assert b"100 Continue" in slow.recv(1000)
        yield slow
        slow.sendall(b"v=0")
        assert b"422" in slow.recv(1000)


def test_a_request_that_is_being_answered_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is older than the connection that is sent off meanwhile."""
    monkeypatch.setattr(doors, "ASK_S", 0.5)
    with endpoint() as at, being_answered(at), connected(at, 1) as (silent,):
        assert silent.recv(1000) == b""


def test_when_all_are_being_answered_the_next_one_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """He waits for nothing, and they are not disturbed."""
    monkeypatch.setattr(doors, "MOST", 1)
    with endpoint() as at, being_answered(at), connected(at, 1) as (other,):
        assert other.recv(1000) == b""
        assert closed(at, "full") == 1.0


def test_an_answer_that_is_not_taken_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks and asks and reads nothing would stand there for ever."""
    monkeypatch.setattr(doors, "ANSWER_S", 0.5)
    with endpoint() as at, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(10)
        deaf.connect((LOOPBACK, at.server.port))
        with pytest.raises(ConnectionError):
            while True:
                deaf.sendall(ASKS * 100)
        assert closed(at, "slow") == 1.0


def test_a_head_is_bounded() -> None:
    """Whoever sends headers without end is refused, and not kept in memory."""
    with endpoint() as at, connected(at, 1, HEAD) as (endless,):
        with suppress(ConnectionError):
            for _ in range(1000):
                endless.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
        eventually(lambda: ended([endless]) or b" 400 " in endless.recv(100), "refused", timeout_s=5)


def test_those_who_are_being_answered_may_be_slow_only_so_long() -> None:
    """A body, the longest part of a request, has its own limit, well within."""
    assert endpoints.BODY_S < doors.ANSWER_S
