"""Who may stand in the console's door, and for how long: real connections, some with nothing to say."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from storage.manifest import CLIP
from tests.crowd import LOOPBACK, crowd, ended, read_to_the_end
from tests.services import eventually
from tests.watchroom.console import Console, console_in
from tests.watchroom.test_stream import listening, next_alert
from watchroom import server

HOST = b"Host: 127.0.0.1\r\n"
HEAD = b"GET /api/alerts HTTP/1.1\r\n" + HOST
ASKS = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
LISTENS = b"GET /api/alerts/stream HTTP/1.1\r\n" + HOST + b"\r\n"
HALF_A_BODY = (
    b"POST /api/alerts/ev-0001/claim HTTP/1.1\r\n"
    + HOST
    + b"Content-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n{"
)
LONG = 8_000_000  # bytes: more than lie in a connection


@contextmanager
def being_answered(
    console: Console, many: int, asks: bytes = HALF_A_BODY, *, source: str = LOOPBACK
) -> Iterator[list[socket.socket]]:
    """So many connections, one after the other, each of which has been heard."""
    with ExitStack() as open_ones:
        made = []
        for _ in range(many):
            (one,) = open_ones.enter_context(crowd(console.port, 1, asks, source=source))
            assert one.recv(10000)[:12] in {b"HTTP/1.1 200", b"HTTP/1.1 100"}
            made.append(one)
        yield made


def an_operator_gets_in(console: Console) -> None:
    """The page, the list, and the line: what opening the console asks for."""
    assert console.get("/").status_code == 200
    assert console.get("/static/js/live.js").status_code == 200
    with listening(console, f"?after={console.get('/api/alerts').json()['change']}") as heard:
        console.raise_alert(1)
        assert next_alert(heard).body["id"] == "ev-0001"


@pytest.mark.parametrize("says", [b"", HEAD], ids=["nothing", "half a head"])
def test_connections_that_never_ask_keep_no_operator_out(
    says: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However many stand there: the one that has waited longest makes room, long before its time to ask is over."""
    monkeypatch.setattr(server, "ASK_S", 3600.0)
    with console_in(tmp_path) as console, crowd(console.port, server.MOST + 10, says) as standing:
        an_operator_gets_in(console)
        eventually(lambda: ended(standing) >= 10, "the oldest have made room")

        assert ended(standing[-20:]) == 0
        assert set(console.closed) == {"full"}


def test_an_open_page_hears_on_while_a_crowd_comes_in(console: Console) -> None:
    """It has stood there longer than all of them."""
    with listening(console) as heard, crowd(console.port, server.MOST + 10):
        console.raise_alert(1)
        assert next_alert(heard).body["id"] == "ev-0001"


@pytest.mark.parametrize("asks", [LISTENS, HALF_A_BODY], ids=["pages", "acts that never end"])
def test_connections_that_are_being_answered_keep_no_operator_out(console: Console, asks: bytes) -> None:
    """As many as there may be, and ten more, each of which has been heard."""
    with being_answered(console, server.MOST + 10, asks):
        an_operator_gets_in(console)


def test_descriptors_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same process reads the record and the footage: it must be able to open them."""
    monkeypatch.setattr(server, "MOST", 4)
    with console_in(tmp_path) as console, crowd(console.port, 60) as standing:
        eventually(lambda: ended(standing) >= 60 - 4, "all but as many as may stand there")


def test_answers_are_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So that who comes in finds a place to ask from."""
    monkeypatch.setattr(server, "ANSWERED", 4)
    with console_in(tmp_path) as console, being_answered(console, 20) as standing:
        eventually(lambda: ended(standing) >= 20 - 4, "all but as many as may be answered")
        assert console.closed == ["long"] * 16


def test_whoever_has_most_answered_gives_way_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An operator's page stays, though it is older, when the crowd comes from elsewhere."""
    monkeypatch.setattr(server, "ANSWERED", 4)
    with console_in(tmp_path) as console, listening(console) as heard:
        next(heard)
        with being_answered(console, 20, source="127.0.0.2") as standing:
            eventually(lambda: ended(standing) >= 20 - 3, "all but as many as may be answered besides")
            console.raise_alert(1)
            assert next_alert(heard).body["id"] == "ev-0001"


@pytest.mark.parametrize("says", [b"", HEAD, ASKS + HEAD], ids=["nothing", "half a head", "half a head more"])
def test_who_asks_nothing_is_sent_off(says: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A browser whose machine was switched off leaves such a connection: nothing comes, not even its end."""
    monkeypatch.setattr(server, "ASK_S", 0.5)
    with console_in(tmp_path) as console, crowd(console.port, 1, says) as (silent,):
        read_to_the_end(silent)
        assert console.closed == ["silent"]


def test_an_idle_connection_is_left_to_its_own_time(console: Console) -> None:
    """It has asked, and may ask again: its end is no fault of anybody's, and comes before ours would."""
    with crowd(console.port, 1, ASKS) as (idle,):
        assert b"200" in read_to_the_end(idle)
        assert console.closed == []


def test_a_long_stream_is_not_cut(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is older than two that were silent for too long, one after the other."""
    monkeypatch.setattr(server, "ASK_S", 0.5)
    with console_in(tmp_path) as console, listening(console) as heard:
        for _ in range(2):
            with crowd(console.port, 1) as (silent,):
                assert read_to_the_end(silent) == b""
        console.raise_alert(1)
        assert next_alert(heard).body["id"] == "ev-0001"
        assert console.closed == ["silent", "silent"]


def test_a_download_may_be_as_slow_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A clip, over a line that stands still for longer than a silent connection may: all of it arrives."""
    monkeypatch.setattr(server, "ASK_S", 0.5)
    with console_in(tmp_path) as console, ExitStack() as open_ones:
        console.keep_evidence("2026-11-24/ev-0001")
        clip = console.evidence / "2026-11-24/ev-0001" / CLIP
        clip.write_bytes(b"x" * LONG)
        slow = open_ones.enter_context(socket.socket())
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.settimeout(10)
        slow.connect((LOOPBACK, console.port))
        slow.sendall(b"GET /evidence/2026-11-24/ev-0001/clip.mp4 HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
        with crowd(console.port, 1) as (silent,):
            assert read_to_the_end(silent) == b""

        head, _, body = read_to_the_end(slow).partition(b"\r\n\r\n")
        assert b"200" in head
        assert len(body) == LONG
        assert console.closed == ["silent"]
