"""Handing over on the page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.handover import Handovers
from alerts.load_book import LoadBook
from storage.load_records import LoadRecords
from tests.alerts.duty_room import Clock, DutyRoom, network
from tests.alerts.making import occurrence
from tests.watchroom.browser import open_page
from tests.watchroom.console import NodeHealth
from watchroom.app import create_app
from watchroom.handover import handover_routes
from watchroom.server import serve


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A console five seconds after the middle shift came on, with one open alert."""
    clock, settings, record = Clock(), network(), f"sqlite:///{tmp_path / 'record.sqlite'}"
    with closing(DutyRoom(record, settings, clock)) as room, closing(LoadRecords(record)) as loads:
        room.record(occurrence(1))
        routes = handover_routes(settings, Handovers(settings, room.database, room.book, clock=clock))
        load = LoadBook(loads, clock)
        app = create_app(room.database, tmp_path, settings, NodeHealth(), lambda: b"", load, more=[routes])
        ports: Queue[int] = Queue()
        stop = threading.Event()
        thread = threading.Thread(target=serve, args=(app, "127.0.0.1", 0, stop), kwargs={"ready": ports.put})
        thread.start()
        yield f"http://127.0.0.1:{ports.get(timeout=30)}"
        stop.set()
        thread.join()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with open_page(browser, url) as page:
        yield page


def test_the_shift_that_came_on_accepts_the_open_list(page: Page) -> None:
    """As the seat that somebody sits at; then nothing is said any more."""
    banner = page.locator("#handover")
    expect(banner).to_contain_text("中班 已于 16:00:00 接班，未办结清单 1 条")

    banner.get_by_role("button").click()
    page.locator("#dialog select").select_option("desk-2")
    page.locator("#dialog").get_by_text("确定").click()

    expect(banner).to_be_hidden()


def test_a_seat_that_is_not_on_is_told_who_is(page: Page) -> None:
    """And the list still waits."""
    page.locator("#handover").get_by_role("button").click()
    page.locator("#dialog select").select_option("desk-1")
    page.locator("#dialog").get_by_text("确定").click()

    expect(page.locator("#told")).to_contain_text("该席位现在不当班")
    expect(page.locator("#handover")).to_be_visible()


def test_the_report_of_the_last_shift_is_a_click_away(page: Page, url: str) -> None:
    """In the page's language."""
    assert page.locator("#handover a").get_attribute("href") == "/api/handover/report?lang=zh"
    page.locator("#language").click()
    expect(page.locator("#handover")).to_contain_text("waits to be accepted")
    page.goto(f"{url}/api/handover/report?lang=en")
    expect(page.locator("h1")).to_be_visible()
