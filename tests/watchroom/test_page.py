"""The page in a real Chromium, on a real server: what somebody in the duty room sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from alerts.lifecycle import Act
from config.model import Ring, Severity
from detect.messages import Phase, Position
from tests.services import REPOSITORY, eventually
from tests.watchroom.console import Console, Row, raised

STATIC = REPOSITORY / "watchroom" / "static"
ROWS = "#alerts > li"


@pytest.fixture
def complaints() -> list[str]:
    """What the page wrote to the browser's console as an error, and requests that left this machine."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str], console: Console) -> Iterator[Page]:
    """The page, open; at the end nothing may have gone wrong in it."""
    with browser.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_wrong(said) else None)
        page.on("request", lambda asked: None if asked.url.startswith(console.url) else complaints.append(asked.url))
        page.set_default_timeout(15_000)
        page.goto(console.url)
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        yield page
    assert complaints == []


def is_wrong(said: ConsoleMessage) -> bool:
    """An error of the page; not a snapshot that is not there yet, nor a server that a test has stopped."""
    return said.type == "error" and "404" not in said.text and "409" not in said.text and "ERR_CONN" not in said.text


def played_s(page: Page) -> float:
    """How far the clip on show has been played."""
    return float(page.evaluate("() => document.querySelector('video')?.currentTime ?? 0"))


def test_without_alerts_the_page_says_that_it_watches(page: Page) -> None:
    """Chinese first, and how many cameras are live."""
    expect(page.locator("#empty")).to_contain_text("没有告警")
    expect(page.locator("#empty")).to_contain_text("4")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#network")).to_have_text("三线视频卡口")


def test_an_alert_appears_by_itself(page: Page, console: Console) -> None:
    """With its snapshot, camera, ring, rule and age; the most urgent first."""
    console.keep_evidence("2026-11-24/ev-0002")
    console.raise_alert(1)
    console.raise_alert(2, camera="outer-01", camera_name="县界一号卡口", ring=Ring.OUTER, severity=Severity.CRITICAL)

    rows = page.locator(ROWS)
    expect(rows).to_have_count(2)
    newest = rows.first
    for words in ("县界一号卡口", "outer-01", "外线", "岗位无人", "紧急", "持续中"):
        expect(newest).to_contain_text(words)
    expect(newest.locator(".age")).to_contain_text("分")
    expect(newest.locator("img")).to_have_js_property("complete", True)
    assert newest.locator("img").evaluate("image => image.naturalWidth") > 0
    expect(page.locator("#active b")).to_have_text("2")
    expect(page).to_have_title(re.compile("2"))


def test_a_cleared_alert_stays_and_says_so(page: Page, console: Console) -> None:
    """Clearing never closes an alert."""
    console.raise_alert(1)
    expect(page.locator(ROWS)).to_contain_text("持续中")

    console.record(replace(raised(1), rev=2, phase=Phase.CLEARED))

    expect(page.locator(ROWS)).to_contain_text("已解除")
    expect(page.locator("#active b")).to_have_text("0")


def test_a_click_plays_the_clip(page: Page, console: Console) -> None:
    """It runs, and can be saved; the snapshot is a click away."""
    console.keep_evidence("2026-11-24/ev-0001")
    console.raise_alert(1)

    page.locator(ROWS).click()

    eventually(lambda: played_s(page) > 0.3, "the clip plays")
    assert page.locator("video").evaluate("video => video.error") is None
    expect(page.locator(".save")).to_have_attribute("download", "ev-0001.mp4")
    page.locator("[data-turn=snapshot]").click()
    expect(page.locator(".stage img")).to_be_visible()
    expect(page.locator(".save")).to_have_attribute("download", "ev-0001.jpg")
    expect(page.locator("#panel")).to_contain_text("ev-0001")


def test_where_a_vehicle_was_is_on_its_alert(page: Page, console: Console) -> None:
    """In words of either language, its speed as people say it, and when that was."""
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    console.raise_alert(1, position=Position(lat=30.66, lon=104.06, speed_m_s=12.5, at=at))

    page.locator(ROWS).click()

    expect(page.locator("#panel")).to_contain_text("纬度 30.66000，经度 104.06000（12:00:00），时速 45 公里")


def test_a_clip_that_is_still_recorded_appears_by_itself(page: Page, console: Console) -> None:
    """Nobody has to click again."""
    console.keep_evidence("2026-11-24/ev-0001", finished=False)
    console.raise_alert(1)
    page.locator(ROWS).click()
    expect(page.locator(".stage")).to_contain_text("仍在录制")

    console.keep_evidence("2026-11-24/ev-0001")

    eventually(lambda: played_s(page) > 0.3, "the clip plays")


def test_the_keyboard_does_what_the_mouse_does(page: Page, console: Console) -> None:
    """At 4 a.m. with twelve alerts."""
    console.keep_evidence("2026-11-24/ev-0001")
    for number in range(3):
        console.raise_alert(number)
    expect(page.locator(ROWS)).to_have_count(3)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"{ROWS}:has([aria-current=true])")).to_have_attribute("data-id", "ev-0001")
    page.keyboard.press("Enter")
    eventually(lambda: played_s(page) > 0.3, "the clip plays")
    page.keyboard.press("Escape")

    expect(page.locator("#panel .hint")).to_be_visible()


def test_the_language_is_switched_and_remembered(page: Page, console: Console) -> None:
    """All of it, alerts that stand there included."""
    console.raise_alert(1)
    expect(page.locator(ROWS)).to_contain_text("岗位无人")

    page.locator("#language").click()
    expect(page.locator(ROWS)).to_contain_text("Post unattended")
    page.reload()

    expect(page.locator(ROWS)).to_contain_text("Post unattended")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    told = page.locator("body").inner_text().replace("东门卡口", "").replace("三线视频卡口", "").replace("中文", "")
    assert not re.findall(r"[\u4e00-\u9fff]+", told)


def test_a_name_is_never_read_as_markup(page: Page, console: Console) -> None:
    """Whoever writes the configuration, or the queue."""
    hostile = "<img src=x onerror=document.title='owned'><b>东门</b>"
    console.raise_alert(1, camera_name=hostile, zone=hostile, detail={hostile: hostile})

    expect(page.locator(ROWS)).to_contain_text("<b>东门</b>")
    page.locator(ROWS).click()
    expect(page.locator("#panel")).to_contain_text("<b>东门</b>")

    assert "owned" not in page.title()
    assert page.locator("#alerts img[src=x], #panel img[src=x]").count() == 0


def test_a_page_that_is_cut_off_says_so_and_comes_back(page: Page, console: Console) -> None:
    """It never looks calm because it is deaf; what was missed is there afterwards."""
    console.end()
    expect(page.locator("#cut")).to_be_visible()
    expect(page.locator("#cut")).to_contain_text("连接中断")
    console.raise_alert(1)

    console.start()

    expect(page.locator("#cut")).to_be_hidden()
    expect(page.locator(ROWS)).to_have_count(1)


def test_a_camera_that_is_down_is_seen_at_once(page: Page, console: Console) -> None:
    """How many of its ring, and a click says which and why."""
    console.health.rows = tuple(
        Row(id=row.id, name=row.name, ring=row.ring, state="offline", reason="connection refused")
        if row.id == "inner-02"
        else Row(id=row.id, name=row.name, ring=row.ring)
        for row in console.health.rows
    )

    expect(page.locator("#rings summary")).to_contain_text("1/2")
    page.locator("#rings summary").click()
    expect(page.locator("#cameras li")).to_have_count(1)
    expect(page.locator("#cameras li")).to_contain_text("西门卡口")
    expect(page.locator("#cameras li")).to_contain_text("connection refused")


def test_trouble_behind_the_page_is_on_it(page: Page, console: Console) -> None:
    """The record cannot be read: an empty list would lie."""
    (console.folder / "record.sqlite").rename(console.folder / "away.sqlite")
    for file in console.folder.glob("record.sqlite-*"):
        file.rename(console.folder / file.name.replace("record", "away"))
    console.database.close()

    expect(page.locator("#cut.trouble")).to_be_visible()


def test_the_list_is_filtered(page: Page, console: Console) -> None:
    """By ring, by severity, and down to what still lasts."""
    console.raise_alert(1)
    console.raise_alert(2, camera="outer-01", ring=Ring.OUTER, severity=Severity.LOW)
    console.record(replace(raised(1), rev=2, phase=Phase.CLEARED))
    shown = page.locator(f"{ROWS}:not([hidden])")
    expect(shown).to_have_count(2)

    page.locator("[name=ring]").select_option("outer")
    expect(shown).to_have_attribute("data-id", "ev-0002")
    page.locator("[name=ring]").select_option("")
    page.locator("[name=severity]").select_option("high")
    expect(shown).to_have_attribute("data-id", "ev-0001")
    page.locator("[name=active]").check()

    expect(shown).to_have_count(0)
    expect(page.locator("#empty")).to_be_visible()


def test_an_operator_answers_an_alert_from_the_keyboard(page: Page, console: Console) -> None:
    """Asked once where he sits; then a letter an act, and words where they are wanted."""
    console.raise_alert(1)
    page.locator(ROWS).click()
    page.keyboard.press("c")
    expect(page.locator("dialog h2")).to_have_text("您坐在哪个席位？")
    page.keyboard.type("Wang Wei")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .wrong")).to_contain_text("desk-1")
    page.locator("dialog input").fill("desk-1")
    page.keyboard.press("Enter")
    expect(page.locator(f"{ROWS} .handling")).to_have_text("desk-1 处理中")

    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .wrong")).to_have_text("请写明采取的措施。")
    page.locator(".phrases button").first.click()
    page.keyboard.press("Enter")
    expect(page.locator(".acts .standing")).to_contain_text("已电话联系岗位")
    page.keyboard.press("r")
    expect(page.locator("dialog")).to_contain_text("情况仍在持续")
    page.locator("dialog input[value=true]").check()
    page.keyboard.press("Enter")

    expect(page.locator(ROWS)).to_be_hidden()
    expect(page.locator(".history li.step")).to_have_count(3)
    expect(page.locator(".history")).to_contain_text("已电话联系岗位")
    alert = console.database.alert("ev-0001")
    assert alert is not None
    assert (alert.handler, alert.action, str(alert.disposition)) == ("desk-1", "已电话联系岗位", "true")
    page.locator("[name=handling]").select_option("resolved")
    expect(page.locator(f"{ROWS} .handling")).to_have_text("属实")


def test_who_comes_second_is_told_who_holds_it(page: Page, console: Console) -> None:
    """And since when; he may take it over."""
    console.raise_alert(1)
    page.evaluate("() => localStorage.setItem('ringwatch.seat', 'desk-1')")
    page.reload()
    page.locator(ROWS).click()
    page.locator("[data-act=claim]").evaluate("button => { window.claim = button }")
    console.database.act("ev-0001", Act.CLAIM, "desk-2")
    page.evaluate("() => window.claim.click()")

    expect(page.locator("#told")).to_contain_text("desk-2 已认领")
    expect(page.locator("[data-act=hand_over]")).to_be_visible()
    page.keyboard.press("t")
    page.locator("dialog .main").click()
    expect(page.locator(f"{ROWS} .handling")).to_have_text("desk-1 处理中")


def test_what_is_silent_is_listed_until_it_ends(page: Page, console: Console) -> None:
    """Shelved sources and cameras out of service; each can be ended there."""
    page.evaluate("() => localStorage.setItem('ringwatch.seat', 'desk-1')")
    page.reload()
    console.raise_alert(1)
    page.locator(ROWS).click()
    page.keyboard.press("s")
    page.locator("dialog textarea").fill("灯影")
    page.locator("dialog .main").click()

    expect(page.locator(ROWS)).to_be_hidden()
    page.locator("#silence summary").click()
    expect(page.locator("#silenced li")).to_contain_text("东门卡口")
    page.locator("#silenced button").click()
    expect(page.locator("#silence")).to_be_hidden()
    expect(page.locator(ROWS)).to_be_visible()


def test_every_word_is_there_in_both_languages() -> None:
    """The same keys, with the same places for numbers in them."""
    chinese, english = (json.loads((STATIC / "i18n" / f"{name}.json").read_text("utf-8")) for name in ("zh", "en"))
    assert chinese.keys() == english.keys()
    places = re.compile(r"\{\w+\}")
    for key, text in chinese.items():
        assert sorted(places.findall(text)) == sorted(places.findall(english[key])), key


def test_every_word_that_the_page_asks_for_is_there() -> None:
    """By name, in the scripts and the page; families of names by their beginning."""
    words = json.loads((STATIC / "i18n" / "zh.json").read_text("utf-8")).keys()
    sources = "".join(file.read_text("utf-8") for file in (*STATIC.rglob("*.js"), STATIC / "index.html"))
    asked = set(re.findall(r'\bt\("([\w.]+)"', sources)) | set(re.findall(r'data-i18n[\w-]*="([\w.]+)"', sources))
    families = set(re.findall(r"\bt\(`([\w.]+)\$\{", sources))

    assert asked <= words
    assert all(any(word.startswith(family) for word in words) for family in families)
    unused = {word for word in words if word not in sources and not word.startswith(tuple(families))}
    assert not unused
