"""The API of acts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.watchroom.console import Console


def post(console: Console, path: str, body: Any, **headers: str) -> httpx.Response:
    return httpx.post(console.url + path, json=body, headers=headers, timeout=10)


def do(console: Console, alert: str, act: str, by: str = "desk-1", **said: Any) -> httpx.Response:
    return post(console, f"/api/alerts/{alert}/{act}", {"by": by, **said})


def later(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_an_alert_is_claimed_acknowledged_and_resolved(console: Console) -> None:
    """Every answer is the alert as it then stands; its page has the steps."""
    console.raise_alert(1)

    assert do(console, "ev-0001", "claim").json()["handler"] == "desk-1"
    assert do(console, "ev-0001", "acknowledge", why="rang the post").json()["action"] == "rang the post"
    answer = do(console, "ev-0001", "resolve", disposition="true")
    assert (answer.status_code, answer.json()["handling"], answer.json()["disposition"]) == (200, "resolved", "true")
    page = console.get("/api/alerts/ev-0001").json()
    assert [(step["act"], step["by"], step["why"]) for step in page["steps"]] == [
        ("claim", "desk-1", ""),
        ("acknowledge", "desk-1", "rang the post"),
        ("resolve", "desk-1", ""),
    ]
    assert [(one["event"], one["phase"]) for one in page["findings"]] == [("ev-0001", "raised")]
    assert console.get("/api/alerts").json()["active"] == 0


def test_who_comes_second_is_told_who_was_first(console: Console) -> None:
    """In words, and for the page."""
    console.raise_alert(1)
    do(console, "ev-0001", "claim")

    answer = do(console, "ev-0001", "claim", "desk-2")

    assert answer.status_code == 409
    body = answer.json()
    assert (body["problem"], body["reason"], body["handler"]) == (
        "desk-1 holds it: take it over",
        "held",
        "desk-1",
    )
    assert datetime.fromisoformat(body["since"]).tzinfo is not None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/alerts/ev-9999/claim", {"by": "desk-1"}, 404),
        ("/api/alerts/ev-0001/destroy", {"by": "desk-1"}, 422),
        ("/api/alerts/ev-0001/claim", {}, 422),
        ("/api/alerts/ev-0001/claim", {"by": "Wang Wei"}, 422),
        ("/api/alerts/ev-0001/claim", {"by": "desk-1", "wy": "?"}, 422),
        ("/api/alerts/ev-0001/claim", {"by": "system"}, 409),
        ("/api/alerts/ev-0001/claim", {"by": "rule"}, 409),
        ("/api/alerts/ev-0001/shelve", {"by": "desk-1", "why": "x", "until": "2026-01-01T00:00:00"}, 422),
        ("/api/alerts/ev-0001/shelve", {"by": "desk-1", "why": "x", "until": "2026-01-01T00:00:00Z"}, 409),
        ("/api/alerts/ev-0001/note", {"by": "desk-1", "why": "x" * 2001}, 422),
        ("/api/alerts/ev-0001/note", [], 422),
        ("/api/alerts/ev-9999/out_of_service", {"by": "desk-1", "why": "x", "until": later(1)}, 404),
        ("/api/out-of-service", {"by": "desk-1", "why": "x", "until": later(1), "cameras": ["inner-99"]}, 409),
        ("/api/out-of-service", {"by": "desk-1", "why": "x", "until": later(1), "uplink": "west"}, 409),
        (
            "/api/out-of-service",
            {"by": "desk-1", "why": "x", "until": later(1), "cameras": ["inner-01"], "rules": ["post.sleep"]},
            409,
        ),
        ("/api/alerts/ev-0001/hand_over", {"by": "desk-1"}, 409),
        ("/api/out-of-service/7/end", {"by": "desk-1"}, 404),
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(
    console: Console, path: str, body: Any, status: int
) -> None:
    """With what is wrong."""
    console.raise_alert(1)

    assert post(console, path, body).status_code == status
    assert console.get("/api/alerts/ev-0001").json()["steps"] == []
    assert console.get("/api/silence").json() == {"shelved": [], "out_of_service": []}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/alerts/ev-0001/note", '{"by": "desk-1", "why": "\\ud800"}'),
        ("/api/alerts/ev-0001/note", '{"by": "desk-1", "why": "x", "\\ud800": 1}'),
        (
            "/api/out-of-service",
            '{"by": "desk-1", "why": "x", "until": "2999-01-01T00:00:00Z", "cameras": ["\\ud800"]}',
        ),
    ],
)
def test_what_is_no_text_is_answered_like_any_mistake(console: Console, path: str, body: str) -> None:
    """Half a letter, which JSON can escape and UTF-8 cannot write, ends in no error of the server."""
    console.raise_alert(1)

    answer = httpx.post(f"{console.url}{path}", content=body, headers={"content-type": "application/json"}, timeout=10)

    assert answer.status_code == 422, answer.text
    assert console.get("/api/alerts/ev-0001").json()["steps"] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:1"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": ""}, 415),
    ],
)
def test_no_other_page_can_act(console: Console, headers: dict[str, str], status: int) -> None:
    """Not one of another site, nor one of another port of this machine; and no form can."""
    console.raise_alert(1)

    url = f"{console.url}/api/alerts/ev-0001/claim"
    usual = {"content-type": "application/json"}
    answer = httpx.post(url, content='{"by":"desk-1"}', headers=usual | headers, timeout=10)

    assert answer.status_code == status
    assert console.get("/api/alerts/ev-0001").json()["alert"]["handling"] == "new"


def test_the_consoles_own_page_can_act(console: Console) -> None:
    """As a browser sends it."""
    console.raise_alert(1)
    own = {"origin": console.url, "sec-fetch-site": "same-origin", "content-type": "application/json; charset=utf-8"}

    url = f"{console.url}/api/alerts/ev-0001/claim"
    assert httpx.post(url, content='{"by":"desk-1"}', headers=own, timeout=10).status_code == 200


def test_a_camera_goes_out_of_service_from_an_alert_and_comes_back(console: Console) -> None:
    """The list shows it until it ends; the alert leaves the open ones."""
    console.raise_alert(1)
    body = {"by": "desk-1", "why": "the mast is painted", "until": later(2)}
    window = post(console, "/api/alerts/ev-0001/out_of_service", body).json()

    assert (window["cameras"], window["reason"], window["alert"]) == (["inner-01"], body["why"], "ev-0001")
    assert console.get("/api/alerts/ev-0001").json()["alert"]["suppressed"] == "out of service"
    assert [one["number"] for one in console.get("/api/silence").json()["out_of_service"]] == [window["number"]]
    ended = post(console, f"/api/out-of-service/{window['number']}/end", {"by": "desk-2"})
    assert ended.json()["ended_at"]
    assert console.get("/api/silence").json()["out_of_service"] == []
    assert console.get("/api/alerts/ev-0001").json()["alert"]["suppressed"] == ""


def test_a_shelved_source_is_listed(console: Console) -> None:
    """With its end."""
    console.raise_alert(1)
    assert do(console, "ev-0001", "shelve", why="a lamp swings", until=later(1)).status_code == 200

    (shelved,) = console.get("/api/silence").json()["shelved"]
    assert (shelved["id"], bool(shelved["shelved_until"])) == ("ev-0001", True)


def test_the_list_has_all_that_is_open_however_old(console: Console) -> None:
    """Where it is asked for; resolved ones only as far as they are new."""
    for number in range(1, 6):
        console.raise_alert(number)
    for act in ({"act": "claim"}, {"act": "acknowledge", "why": "looked"}, {"act": "resolve", "disposition": "test"}):
        do(console, "ev-0001", **act)

    listed = console.get("/api/alerts?limit=1&open=true").json()["alerts"]
    assert [alert["id"] for alert in listed] == ["ev-0005", "ev-0002", "ev-0003", "ev-0004"]


def test_a_roster_without_seats_has_none(console: Console) -> None:
    """Then any well-formed id is one."""
    assert console.get("/api/operators").json() == {"operators": []}
