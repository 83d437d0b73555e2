"""In which order alerts stand on the page: the most urgent first, or the newest, and they stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.lifecycle import Act
from alerts.messages import Disposition, Occurrence
from config.model import Severity
from tests.watchroom.browser import open_page
from tests.watchroom.console import Console, raised

SHOWN = "#alerts > li:not([hidden])"
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """The page, open in Chinese."""
    with open_page(browser, console.url) as page:
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        yield page


def found(number: int, minute: float, rule: str, severity: Severity) -> Occurrence:
    """An alert that was raised `minute` minutes after the begin."""
    at = BEGIN + timedelta(minutes=minute)
    times = {"started_at": at, "captured_at": at, "raised_at": at}
    return raised(number, rule=rule, severity=severity, evidence="", **times)


def order_is(page: Page, *numbers: int) -> None:
    """From top to bottom."""
    rows = page.locator(SHOWN)
    expect(rows).to_have_count(len(numbers))
    for place, number in enumerate(numbers):
        expect(rows.nth(place)).to_have_attribute("data-id", f"ev-{number:04d}")


def some(console: Console) -> None:
    console.record(
        found(1, 1, "intrusion", Severity.HIGH),
        found(2, 2, "post.absent", Severity.MEDIUM),
        found(3, 3, "post.absent", Severity.HIGH),
        found(4, 4, "wrong_way", Severity.CRITICAL),
        found(5, 5, "post.asleep", Severity.HIGH),
        found(6, 6, "loitering", Severity.LOW),
    )


def test_the_most_urgent_stands_first(page: Page, console: Console) -> None:
    """By severity; of one severity those of posts; of those whoever has waited longest. The keyboard goes that way."""
    some(console)
    order_is(page, 4, 3, 5, 1, 2, 6)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[aria-current=true]")).to_have_count(1)
    expect(page.locator(f"{SHOWN}:has([aria-current=true])")).to_have_attribute("data-id", "ev-0003")


def test_one_that_comes_takes_its_place_and_moves_nothing_else(page: Page, console: Console) -> None:
    """Raised in the same second, they stand by their ids; an act on one leaves it where it is."""
    some(console)
    order_is(page, 4, 3, 5, 1, 2, 6)

    console.record(found(9, 7, "post.absent", Severity.HIGH), found(8, 7, "post.asleep", Severity.HIGH))
    order_is(page, 4, 3, 5, 8, 9, 1, 2, 6)
    console.database.act("ev-0005", Act.CLAIM, "desk-1")
    expect(page.locator("[data-id=ev-0005] .handling")).to_contain_text("desk-1")
    order_is(page, 4, 3, 5, 8, 9, 1, 2, 6)


def test_the_newest_can_be_wanted_first_and_that_is_remembered(page: Page, console: Console) -> None:
    """By this browser; and back."""
    some(console)
    order_is(page, 4, 3, 5, 1, 2, 6)

    page.locator("#order").select_option("newest")
    order_is(page, 6, 5, 4, 3, 2, 1)
    page.reload()
    expect(page.locator("#order")).to_have_value("newest")
    order_is(page, 6, 5, 4, 3, 2, 1)

    page.locator("#order").select_option("priority")
    order_is(page, 4, 3, 5, 1, 2, 6)


def test_what_becomes_more_urgent_moves_up(page: Page, console: Console) -> None:
    """A rule that says so, in a later revision."""
    some(console)
    order_is(page, 4, 3, 5, 1, 2, 6)

    worse = found(6, 6, "loitering", Severity.CRITICAL)
    console.record(replace(worse, rev=2))

    order_is(page, 4, 6, 3, 5, 1, 2)


def test_what_is_done_stands_below_what_is_open(page: Page, console: Console) -> None:
    """Where all are shown."""
    some(console)
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        console.database.act("ev-0004", act, "desk-1", why="looked", disposition=Disposition.TRUE)
    order_is(page, 3, 5, 1, 2, 6)

    page.locator("[name=handling]").select_option("")
    order_is(page, 3, 5, 1, 2, 6, 4)


def test_one_that_comes_below_what_is_in_sight_is_told(page: Page, console: Console) -> None:
    """And a click goes to it; one that is more urgent than all is in sight at once."""
    console.record(*(found(number, number / 10, "post.absent", Severity.HIGH) for number in range(1, 21)))
    expect(page.locator("#fresh")).to_contain_text("条新告警")
    page.reload()
    expect(page.locator(SHOWN)).to_have_count(20)
    expect(page.locator("#fresh")).to_be_hidden()  # what was there when the page was opened is not new

    console.record(found(30, 30, "loitering", Severity.LOW))
    expect(page.locator("#fresh")).to_have_text("↓ 1 条新告警")
    page.locator("#fresh").click()
    expect(page.locator("[data-id=ev-0030]")).to_be_in_viewport()
    expect(page.locator("#fresh")).to_be_hidden()

    page.locator("#scroll").evaluate("scroll => scroll.scrollTo({ top: 0 })")
    console.record(found(31, 31, "intrusion", Severity.CRITICAL))
    expect(page.locator("[data-id=ev-0031]")).to_be_in_viewport()
    expect(page.locator("#alerts > li").first).to_have_attribute("data-id", "ev-0031")
