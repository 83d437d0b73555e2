from __future__ import annotations

import threading

import httpx
import pytest

from config.errors import BackendUnavailable
from tests.watchroom.console import Console
from watchroom.guard import LOOPBACK, Guard
from watchroom.server import serve

PATHS = ["/", "/static/app.js", "/api/alerts", "/api/alerts/stream", "/healthz", "/metrics", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "127.0.0.2"])
def test_unknown_names_are_refused(console: Console, path: str, host: str) -> None:
    """A name that somebody made point here is not ours: DNS rebinding gets nothing, not even health."""
    answer = console.get(path, host=host)

    assert answer.status_code == 421
    assert "alerts" not in answer.text


def test_the_console_answers_to_its_own_name(console: Console) -> None:
    """With or without the port, in any letters."""
    assert console.get("/healthz", host="127.0.0.1").status_code == 200
    assert console.get("/healthz", host=f"127.0.0.1:{console.port}").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "[::1]"])
def test_by_default_the_names_are_those_of_this_machine(host: str) -> None:
    """Whoever binds wider says by which names."""
    asked: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        asked.append(host)

    async def ask() -> None:
        await Guard(app, LOOPBACK)({"type": "http", "headers": [(b"host", host.encode())]}, None, None)  # type: ignore[arg-type]

    import asyncio

    asyncio.run(ask())
    assert asked == [host]


def test_pages_of_others_are_refused(console: Console) -> None:
    """A browser says whose page asks."""
    assert console.get("/api/alerts", origin="https://evil.example").status_code == 403
    assert console.get("/api/alerts", origin="null").status_code == 403
    assert console.get("/api/alerts", origin=console.url).status_code == 200


@pytest.mark.parametrize("path", PATHS[:3] + PATHS[4:])
def test_every_answer_carries_the_security_headers(console: Console, path: str) -> None:
    """Errors too."""
    headers = console.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_refusals_carry_them_as_well(console: Console) -> None:
    """Nothing is sent without."""
    assert "content-security-policy" in console.get("/", host="evil.example").headers


def test_nothing_can_be_changed_from_outside(console: Console) -> None:
    """There is no login yet: besides the acts of operators there is nothing to do but read."""
    for path in ("/api/alerts", "/api/cameras", "/evidence/2026-11-24/ev-1/clip.mp4", "/"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert httpx.request(method, console.url + path, json={}).status_code == 405


def test_no_page_of_the_framework_is_left_open(console: Console) -> None:
    """Its documentation would fetch scripts from elsewhere."""
    assert console.get("/docs").status_code == 404
    assert console.get("/redoc").status_code == 404
    assert console.get("/api/openapi.json").status_code == 200


def test_a_port_that_is_taken_is_said_in_our_words(console: Console) -> None:
    """With the address, so that an engineer knows what to change."""
    from tests.watchroom.console import NETWORK, NodeHealth, load_of
    from watchroom.app import create_app

    app = create_app(console.database, console.evidence, NETWORK, NodeHealth(), bytes, load_of(console))

    with pytest.raises(BackendUnavailable, match=f"cannot listen on 127.0.0.1:{console.port}: Address already in use"):
        serve(app, "127.0.0.1", console.port, threading.Event())
