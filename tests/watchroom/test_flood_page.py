"""Much at once, in a real Chromium: what comes is grouped and counted, and nothing of it is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.lifecycle import Act
from alerts.messages import Disposition, Occurrence
from config.model import Severity
from detect.messages import Phase
from tests.services import eventually
from tests.watchroom.browser import open_page
from tests.watchroom.console import Console, raised

ROWS, KINDS = "#alerts > li:not(.kind)", "#alerts > li.kind"
SHOWN_ROWS = f"{ROWS}:not([hidden])"


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """The page, open in Chinese."""
    with open_page(browser, console.url) as page:
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        yield page


def many(rule: str, count: int, first: int = 0, severity: Severity = Severity.HIGH) -> tuple[Occurrence, ...]:
    """So many alerts of one rule, each on a camera of its own."""
    now = datetime.now(UTC)
    return tuple(
        raised(first + number, rule=rule, severity=severity, camera=f"inner-{first + number:03d}", raised_at=now)
        for number in range(count)
    )


def flood(console: Console) -> None:
    """Fourteen alerts: nine unattended posts, three loiterers, and two intrusions that are critical."""
    console.record(*many("post.absent", 9), *many("loitering", 3, 20, Severity.LOW))
    console.record(*many("intrusion", 2, 30, Severity.CRITICAL))


def test_in_a_quiet_room_the_page_says_what_comes(page: Page, console: Console) -> None:
    """Alerts per seat in ten minutes; nothing is grouped."""
    console.record(*many("post.absent", 3))

    expect(page.locator("#load")).to_have_text("近 10 分钟每席 3 条")
    expect(page.locator("#flood")).to_be_hidden()
    expect(page.locator("#together")).not_to_be_checked()
    expect(page.locator(KINDS)).to_have_count(0)


def test_in_a_flood_alerts_of_one_kind_share_a_row_that_counts_them(page: Page, console: Console) -> None:
    """The page says since when and why; critical ones stand by themselves."""
    flood(console)

    expect(page.locator("#flood")).to_contain_text("告警泛滥")
    expect(page.locator("#flood")).to_contain_text("近 10 分钟每席 14 条")
    expect(page.locator(KINDS)).to_have_count(2)
    expect(page.locator(KINDS).filter(has_text="岗位无人")).to_contain_text("9 条")
    expect(page.locator(KINDS).filter(has_text="徘徊")).to_contain_text("3 条")
    expect(page.locator(SHOWN_ROWS)).to_have_count(2)
    expect(page.locator(SHOWN_ROWS).first).to_contain_text("闯入禁区")
    expect(page.locator("#shown")).to_have_text("14 / 14 条")


def test_each_of_them_is_one_click_away(page: Page, console: Console) -> None:
    """Below the row of its kind; another click folds them again."""
    flood(console)
    posts = page.locator(KINDS).filter(has_text="岗位无人")

    posts.locator("button").click()
    expect(page.locator(SHOWN_ROWS)).to_have_count(11)
    expect(posts.locator("button")).to_have_attribute("aria-expanded", "true")

    posts.locator("button").click()
    expect(page.locator(SHOWN_ROWS)).to_have_count(2)


def test_one_that_comes_is_counted_at_once(page: Page, console: Console) -> None:
    """And its kind comes to the top, where the newest are wanted there."""
    flood(console)
    expect(page.locator(KINDS)).to_have_count(2)
    expect(page.locator("#alerts > li").last).to_contain_text("徘徊")
    page.locator("#order").select_option("newest")

    console.record(*many("loitering", 1, 50, Severity.LOW))

    expect(page.locator(KINDS).filter(has_text="徘徊")).to_contain_text("4 条")
    expect(page.locator("#alerts > li").first).to_contain_text("徘徊")


def test_the_one_that_is_selected_stays_in_sight(page: Page, console: Console) -> None:
    """Whatever is grouped around it."""
    console.record(*many("post.absent", 9))
    page.locator("[data-id=ev-0000] button").click()
    expect(page.locator("#panel")).to_contain_text("ev-0000")

    flood(console)

    expect(page.locator(KINDS)).to_have_count(2)
    expect(page.locator("[data-id=ev-0000]")).to_be_visible()


def test_whoever_wants_them_one_by_one_has_them_so(page: Page, console: Console) -> None:
    """However much more comes in this flood."""
    flood(console)
    expect(page.locator(KINDS)).to_have_count(2)

    page.locator("#together").uncheck()
    expect(page.locator(SHOWN_ROWS)).to_have_count(14)
    console.record(*many("post.absent", 3, 60))

    expect(page.locator(SHOWN_ROWS)).to_have_count(17)
    expect(page.locator(KINDS)).to_have_count(0)


def test_after_the_flood_all_stand_by_themselves_again(page: Page, console: Console) -> None:
    """By priority, as before: critical ones, then posts, then the rest."""
    flood(console)
    expect(page.locator(KINDS)).to_have_count(2)

    console.operators = 9  # nine people bear it easily

    expect(page.locator("#flood")).to_be_hidden()
    expect(page.locator(KINDS)).to_have_count(0)
    expect(page.locator(SHOWN_ROWS)).to_have_count(14)
    ids = page.locator(ROWS).evaluate_all("rows => rows.map((row) => row.dataset.id)")
    assert ids == [f"ev-{number:04d}" for number in (30, 31, *range(9), 20, 21, 22)]


def test_the_filter_holds_for_groups_too(page: Page, console: Console) -> None:
    """What it leaves out is not counted."""
    flood(console)
    expect(page.locator(KINDS)).to_have_count(2)

    page.locator("select[name=severity]").select_option("high")

    expect(page.locator(KINDS)).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("11 / 14 条")


def test_what_is_resolved_is_in_no_group(page: Page, console: Console) -> None:
    """A group is of what is to be done."""
    flood(console)
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        console.database.act("ev-0003", act, "desk-1", why="去看了", disposition=Disposition.TRUE)

    expect(page.locator(KINDS).filter(has_text="岗位无人")).to_contain_text("8 条")
    page.locator("select[name=handling]").select_option("")
    expect(page.locator("[data-id=ev-0003]")).to_be_visible()
    expect(page.locator(KINDS).filter(has_text="岗位无人")).to_contain_text("8 条")


def test_six_hundred_open_alerts_are_all_on_the_page(page: Page, console: Console) -> None:
    """However old the oldest are, and after the page has been opened anew."""
    console.record(*many("post.absent", 600))

    page.reload()

    expect(page.locator("#shown")).to_have_text("600 / 600 条")
    expect(page.locator(KINDS)).to_contain_text("600 条")
    page.locator("#together").uncheck()
    expect(page.locator(SHOWN_ROWS)).to_have_count(600)


def test_test_alerts_bother_nobody(page: Page, console: Console) -> None:
    """Neither in the list nor among the active ones."""
    now = datetime.now(UTC)
    console.record(raised(1, rule="system.test", zone="", phase=Phase.CLEARED, raised_at=now))
    console.raise_alert(2)

    expect(page.locator(ROWS)).to_have_count(1)
    page.reload()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator("#active b")).to_have_text("1")


def test_a_hand_on_the_page_is_told_to_the_server(page: Page, console: Console) -> None:
    """A page that only stands open is not."""
    console.signs()
    assert "touched" not in console.signs()

    page.mouse.move(200, 200)
    page.mouse.move(220, 210)

    eventually(lambda: "touched" in console.signs(), "the sign", timeout_s=30)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_runs_over_the_edge(page: Page, console: Console, language: str) -> None:
    """In either language, on the smallest desk, in a flood."""
    flood(console)
    page.goto(f"{console.url}/?lang={language}")
    expect(page.locator(KINDS)).to_have_count(2)

    over = page.evaluate(
        "() => ['.filter', '#shown', '#flood', '.keys', '.kind button', '.kind time'].filter((name) => {"
        " const node = document.querySelector(name); return node.scrollWidth > node.clientWidth + 1; })"
    )
    assert over == []
