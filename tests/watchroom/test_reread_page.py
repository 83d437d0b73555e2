"""A page that was cut off and has read its list anew, in a real Chromium: nothing on it is from before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.lifecycle import Act
from alerts.messages import Disposition
from config.model import Network, NetworkInfo, Ring
from tests.watchroom.browser import open_page
from tests.watchroom.console import NETWORK, Console, camera, raised

STREAM = "**/api/alerts/stream*"


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """The page of one who sits at desk-1, in Chinese; he looks at the one alert there is."""
    console.raise_alert(1, evidence="")  # while a clip is recorded, the panel asks again and again
    with open_page(browser, console.url) as page:
        page.evaluate("() => localStorage.setItem('ringwatch.seat', 'desk-1')")
        page.reload()
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        page.locator("[data-id=ev-0001] button").click()
        expect(page.locator(".history li")).to_have_count(1)
        yield page


def cut_off(page: Page, console: Console) -> None:
    """The console is away, and whoever answers for it closes the page's line: the browser does not open it again."""
    page.route(STREAM, lambda route: route.fulfill(status=502), times=1)
    console.end()
    expect(page.locator("#cut")).to_be_visible()


def test_what_was_done_meanwhile_is_in_the_history(page: Page, console: Console) -> None:
    """Not only who holds it now."""
    cut_off(page, console)
    console.database.act("ev-0001", Act.CLAIM, "desk-2")
    console.start()

    expect(page.locator(".acts .standing")).to_contain_text("desk-2 正在处理")
    expect(page.locator(".history li.step")).to_contain_text("desk-2")


def test_an_alert_that_has_fallen_out_of_the_list_stays_in_the_panel(page: Page, console: Console) -> None:
    """As it now is, and what can be done with it can be done. It comes without a sound: it is no news."""
    page.locator("#sound").click()
    page.evaluate("() => { window.sounds = 0; AudioContext.prototype.createGain = () => { window.sounds += 1 } }")
    cut_off(page, console)
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        console.database.act("ev-0001", act, "desk-2", why="looked", disposition=Disposition.TRUE)
    console.record(*(raised(number) for number in range(2, 203)))
    console.start()

    expect(page.locator(".acts .standing")).to_contain_text("desk-2")
    expect(page.locator(".history li.step")).to_have_count(3)
    assert page.evaluate("window.sounds") == 0
    page.locator("[data-act=reopen]").click()
    page.locator("dialog textarea").fill("again")
    page.locator("dialog .main").click()
    expect(page.locator("[data-id=ev-0001] .handling")).to_have_text("desk-1 处理中")


def test_an_alert_that_the_record_has_no_longer_is_told_as_gone(page: Page, console: Console) -> None:
    """The database was replaced by another: nothing offers what cannot be done."""
    console.end()
    console.database.close()
    for file in console.folder.glob("record.sqlite*"):
        file.rename(console.folder / file.name.replace("record", "away"))
    console.database.create()
    console.start()

    expect(page.locator("#told")).to_have_text("这条告警已不在记录中。")
    expect(page.locator("#panel .hint")).to_be_visible()
    expect(page.locator("#alerts > li")).to_have_count(0)


def test_a_console_that_begins_anew_may_have_another_name_and_time_zone(page: Page, console: Console) -> None:
    """Every time on the page is in it, the list's and the panel's, though the browser has opened the line by itself."""
    alert = console.database.alert("ev-0001")
    assert alert is not None
    row, history = page.locator("[data-id=ev-0001] time"), page.locator(".history time")
    expect(row).to_have_text(f"{alert.raised_at + timedelta(hours=8):%H:%M:%S}")

    console.end()
    console.network = Network(network=NetworkInfo(name="东线", timezone="Europe/London"), cameras=NETWORK.cameras)
    console.start()

    expect(page.locator("#network")).to_have_text("东线")
    here = alert.raised_at.astimezone(ZoneInfo("Europe/London"))
    expect(row).to_have_text(f"{here:%H:%M:%S}")
    expect(history).to_have_text(f"{here:%H:%M:%S}")
    expect(page.locator("#panel dl")).to_contain_text("Europe/London")
    expect(page).to_have_title(re.compile("东线"))


def test_an_alert_says_that_its_camera_is_no_longer_configured(page: Page, console: Console) -> None:
    """Though another came in its place, and there are as many as before."""
    row = page.locator("[data-id=ev-0001]")
    expect(row).not_to_contain_text("已不在配置中")

    console.end()
    cameras = (camera("inner-03", "北门卡口", Ring.INNER), *NETWORK.cameras[1:])
    console.network = Network(network=NETWORK.network, cameras=cameras)
    console.start()

    expect(row).to_contain_text("已不在配置中")
