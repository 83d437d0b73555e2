"""An incident and its alerts on the page, in a real Chromium: folded, unfolded, and under every filter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.lifecycle import Act
from alerts.messages import Disposition
from config.model import Ring
from tests.watchroom.browser import open_page
from tests.watchroom.console import Console

SHOWN = "#alerts > li:not([hidden])"
CAMERAS = (("inner-01", Ring.INNER), ("inner-02", Ring.INNER), ("outer-01", Ring.OUTER))


@pytest.fixture
def page(browser: Browser, console: Console) -> Iterator[Page]:
    """The page of one who sits at desk-1, in Chinese."""
    with open_page(browser, console.url) as page:
        page.evaluate("() => localStorage.setItem('ringwatch.seat', 'desk-1')")
        page.reload()
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        yield page


def darken(console: Console, number: int, camera: str, ring: Ring) -> None:
    """A camera of the one cell goes dark."""
    console.raise_alert(number, rule="camera.offline", zone="", camera=camera, ring=ring, detail={})


def an_incident(console: Console) -> str:
    """Two cameras of the inner ring and one of the outer, of one cell; the incident's id."""
    for number, (camera, ring) in enumerate(CAMERAS, 1):
        darken(console, number, camera, ring)
    (incident,) = (one.id for one in console.database.newest() if one.rule == "incident.cell")
    return incident


def alone_in_sight(page: Page, alert: str) -> None:
    """Its row and no other; until then others may come and go."""
    expect(page.locator(f'{SHOWN}[data-id="{alert}"]')).to_have_count(1)
    expect(page.locator(SHOWN)).to_have_count(1)


def stands_alone(page: Page, number: int) -> None:
    """The one row in sight is this alert's, and it looks like any other."""
    alone_in_sight(page, f"ev-{number:04d}")
    expect(page.locator(f"{SHOWN} .severity")).to_be_visible()


def test_an_incident_stands_for_its_alerts(page: Page, console: Console) -> None:
    """One row, that unfolds; all of them are in its panel."""
    incident = an_incident(console)

    alone_in_sight(page, incident)
    shown = page.locator(SHOWN)
    expect(shown).to_contain_text("同一网格多路异常")
    shown.click()
    expect(page.locator(".children li")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_count(4)
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_count(1)


def test_an_alert_is_among_ones_own_though_its_incident_is_nobodys(page: Page, console: Console) -> None:
    """The filter leaves the incident out: it stands for nothing there."""
    incident = an_incident(console)
    alone_in_sight(page, incident)
    console.database.act("ev-0002", Act.CLAIM, "desk-1")

    page.locator("[name=handling]").select_option("mine")

    stands_alone(page, 2)


def test_an_alert_is_shown_in_its_ring_though_its_incident_began_in_another(page: Page, console: Console) -> None:
    """An incident's ring is its first alert's."""
    incident = an_incident(console)
    alone_in_sight(page, incident)

    page.locator("[name=ring]").select_option("outer")
    stands_alone(page, 3)

    page.locator("[name=ring]").select_option("inner")
    alone_in_sight(page, incident)


def test_the_alerts_of_a_shelved_incident_are_open(page: Page, console: Console) -> None:
    """Whoever shelves it has not shelved them; when the shelf ends they are below it again."""
    incident = an_incident(console)
    alone_in_sight(page, incident)

    console.database.act(incident, Act.SHELVE, "desk-1", why="known", until=datetime.now(UTC) + timedelta(hours=1))
    expect(page.locator(SHOWN)).to_have_count(3)

    console.database.act(incident, Act.UNSHELVE, "desk-1")
    alone_in_sight(page, incident)


def test_what_is_resolved_with_its_incident_is_folded_with_it(page: Page, console: Console) -> None:
    """What was opened again stands by itself, above what is done."""
    incident = an_incident(console)
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        console.database.act(incident, act, "desk-1", why="power cut", disposition=Disposition.TRUE)
    page.locator("[name=handling]").select_option("resolved")
    expect(page.locator(SHOWN)).to_have_count(1)
    page.locator(SHOWN).click()
    page.keyboard.press("ArrowRight")
    expect(page.locator(SHOWN)).to_have_count(4)

    page.keyboard.press("ArrowLeft")
    console.database.act("ev-0002", Act.REOPEN, "desk-1", why="dark again")
    page.locator("[name=handling]").select_option("")
    expect(page.locator(SHOWN)).to_have_count(2)
    expect(page.locator(SHOWN).first).to_have_attribute("data-id", "ev-0002")


def test_an_incident_says_how_many_cameras_are_dark_by_now(page: Page, console: Console) -> None:
    """In large figures too; and its arrow says whether its alerts are listed below it."""
    incident = an_incident(console)
    sign = page.locator(f"[data-id={incident}] .thumb")
    expect(sign).to_have_text("3▸")

    darken(console, 4, "vehicle-01", Ring.VEHICLE)
    expect(sign).to_have_text("4▸")

    page.locator(SHOWN).click()
    page.keyboard.press("ArrowRight")
    expect(sign).to_have_text("4▾")


def test_a_click_on_an_incidents_sign_unfolds_it_at_once(page: Page, console: Console) -> None:
    """The sign says what it does; whoever does not see it is told as well."""
    incident = an_incident(console)
    sign, button = page.locator(f"[data-id={incident}] .thumb"), page.locator(f"[data-id={incident}] button")
    expect(sign).to_have_attribute("title", "展开其中的告警")
    expect(button).to_have_attribute("aria-expanded", "false")

    sign.click()

    expect(page.locator(SHOWN)).to_have_count(4)
    expect(sign).to_have_attribute("title", "收起其中的告警")
    expect(button).to_have_attribute("aria-expanded", "true")


# Parts of a row that lie over each other, and names of rules and cameras that are cut off.
UNCLEAR = """() => [...document.querySelectorAll("#alerts .child button")].flatMap((button) => {
  const parts = [...button.children].filter((part) => part.offsetWidth);
  const boxes = parts.map((part) => part.getBoundingClientRect());
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const names = [...button.querySelectorAll("strong, b")];
  return [
    ...parts.filter((_, i) => boxes.some((box, k) => k !== i && over(boxes[i], box))).map((part) => part.className),
    ...names.filter((name) => name.scrollWidth > name.clientWidth + 1).map((name) => name.textContent),
  ];
})"""


@pytest.mark.parametrize("width", [1366, 820, 420])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_alerts_of_an_incident_can_be_read(page: Page, console: Console, language: str, width: int) -> None:
    """On a desk, a tablet and a phone, in either language."""
    incident = an_incident(console)
    page.goto(f"{console.url}/?lang={language}")
    page.set_viewport_size({"width": width, "height": 768})
    page.locator(f"[data-id={incident}] .thumb").click()
    page.keyboard.press("Escape")
    expect(page.locator(SHOWN)).to_have_count(4)

    assert page.evaluate(UNCLEAR) == []
