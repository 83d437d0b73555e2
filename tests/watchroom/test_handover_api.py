"""Handing over at the console."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from alerts.handover import Handovers
from alerts.load_book import LoadBook
from storage.load_records import LoadRecords
from tests.alerts.duty_room import Clock, DutyRoom, network
from tests.alerts.making import occurrence
from tests.watchroom.console import NodeHealth
from watchroom.app import create_app
from watchroom.handover import handover_routes

if TYPE_CHECKING:
    from fastapi import FastAPI


class Page:
    """Requests to the console, as a browser on this machine makes them."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str) -> httpx.Response:
        """One request."""
        return asyncio.run(self._ask("GET", path, None))

    def post(self, path: str, json: object) -> httpx.Response:
        """One request with a body."""
        return asyncio.run(self._ask("POST", path, json))

    async def _ask(self, method: str, path: str, json: object) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, json=json)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A console five seconds after the middle shift came on, with one open alert."""
    clock = Clock()
    settings = network()
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    with closing(DutyRoom(url, settings, clock)) as room:
        room.record(occurrence(1))
        routes = handover_routes(settings, Handovers(settings, room.database, room.book, clock=clock))
        with closing(LoadRecords(url)) as loads:
            load = LoadBook(loads, clock)
            yield Page(create_app(room.database, tmp_path, settings, NodeHealth(), lambda: b"", load, more=[routes]))


def test_the_open_list_is_shown_and_accepted(page: Page) -> None:
    """By a seat that is on duty, once."""
    before = page.get("/api/handover").json()
    assert (before["shifts"], before["pending"], before["open"]) == (["中班"], True, ["ev-1"])
    assert before["seats"] == [{"id": "desk-2", "name": "二号席"}]

    refused = page.post("/api/handover", json={"by": "desk-1"})
    assert (refused.status_code, refused.json()["problem"]) == (409, "desk-1 is not on duty now: on duty is desk-2")

    after = page.post("/api/handover", json={"by": "desk-2", "note": "ok"}).json()
    assert (after["pending"], after["accepted"]["alerts"], after["accepted"]["note"]) == (False, ["ev-1"], "ok")
    assert page.post("/api/handover", json={"by": "desk-2"}).status_code == 409
    assert page.post("/api/handover", json={"who": "desk-2"}).status_code == 422


def test_the_report_is_a_page_without_scripts(page: Page) -> None:
    """Its own style is all that may be used."""
    answer = page.get("/api/handover/report?lang=en&shift=current")

    assert answer.status_code == 200
    assert "Shift handover report" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert page.get("/api/handover/report?lang=fr").status_code == 422
