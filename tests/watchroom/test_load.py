"""The alarm load over the API, and the signs of somebody at the console."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from alerts.lifecycle import Act
from config.model import Ring
from tests.services import eventually
from tests.watchroom.console import Console, raised
from tests.watchroom.test_stream import listening

NOT_DUE = {"due": 0, "prompt": 0, "ratio": None}


def test_the_load_of_the_last_day_is_answered(console: Console) -> None:
    """In the published shape."""
    now = datetime.now(UTC)  # what is recorded long after its raise is late, and times nobody
    console.raise_alert(1, raised_at=now)
    console.raise_alert(2, camera="outer-01", ring=Ring.OUTER, raised_at=now)
    console.database.act("ev-0001", Act.CLAIM, "desk-1")
    console.database.act("ev-0001", Act.ACKNOWLEDGE, "desk-1", why="去看了")

    load = console.get("/api/load").json()

    assert set(load) == {
        "from", "to", "alerts", "in_incidents", "late", "open", "dispositions", "per_operator", "flood", "standing",
        "chattering", "worst_sources", "response", "within_5_min",
    }  # fmt: skip
    assert (load["alerts"], load["open"], load["per_operator"]["last_10_min"]) == (2, 2, 2)
    assert load["flood"] == {"on": False, "seconds": 0, "share": 0, "floods": []}
    assert (load["response"]["claim"]["count"], load["response"]["resolve"]["p50_s"]) == (1, None)
    assert load["within_5_min"]["by_ring"] == {"inner": {"due": 1, "prompt": 1, "ratio": 1}, "outer": NOT_DUE}
    assert load["worst_sources"][0]["rule"] == "post.absent"
    span = datetime.fromisoformat(load["to"]) - datetime.fromisoformat(load["from"])
    assert span == timedelta(days=1)


def test_any_period_may_be_asked_for(console: Console) -> None:
    """With its offset; what was before it is not in it."""
    console.raise_alert(1)
    now = datetime.now(UTC)

    query = {"from": (now - timedelta(hours=3)).isoformat(), "to": (now - timedelta(hours=2)).isoformat()}
    load = httpx.get(f"{console.url}/api/load", params=query, timeout=10).json()

    assert load["alerts"] == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "its beginning must be before its end"),
        ({"from": "2020-01-01T00:00:00Z"}, "longer than 92 days"),
        ({"from": "2026-03-02T00:00:00"}, "timezone"),
        ({"from": "yesterday"}, "datetime"),
    ],
)
def test_a_period_that_has_no_load_is_refused(console: Console, query: dict[str, str], said: str) -> None:
    """422, and why."""
    answer = httpx.get(f"{console.url}/api/load", params=query, timeout=10)

    assert answer.status_code == 422
    assert said in answer.text


def test_every_page_is_told_when_a_flood_begins(console: Console) -> None:
    """Eleven alerts for one operator in ten minutes."""
    console.record(*(raised(number) for number in range(11)))

    with listening(console) as heard:
        line = next(one.body for one in heard if one.name == "load" and one.body["flood_since"])

    assert line["last_10_min"] == 11


def test_an_open_page_is_a_sign_of_somebody_connected(console: Console) -> None:
    """As long as it is open."""
    with listening(console) as heard:
        next(heard)
        assert set(console.signs()) == {"connected"}

    eventually(lambda: console.signs() == {}, "the page is gone")


def test_a_page_that_is_touched_is_a_sign_of_somebody_there(console: Console) -> None:
    """Told once: the next sign is the next touch."""
    assert httpx.post(f"{console.url}/api/presence", json={}, timeout=10).status_code == 204

    signs = console.signs()

    assert set(signs) == {"touched"}
    assert abs(signs["touched"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert console.signs() == {}


def test_another_site_cannot_pretend_that_somebody_is_there(console: Console) -> None:
    """A page elsewhere, open in the operator's browser, is nobody."""
    there = {"origin": "https://elsewhere.example"}

    answer = httpx.post(f"{console.url}/api/presence", json={}, headers=there, timeout=10)

    assert answer.status_code == 403
    assert console.signs() == {}
