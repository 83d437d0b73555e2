"""The live line of a page, as a page hears it."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import httpx
import pytest

from alerts.lifecycle import Act
from detect.messages import Phase
from storage.database import Database
from storage.messages import AlertRecord
from tests.services import eventually
from tests.watchroom.console import Console, Row, raised
from watchroom import feed as feed_module
from watchroom.app import utc_now
from watchroom.feed import ChangeFeed
from watchroom.stream import MAX_PAGES, PageStream, Seats, last_seen
from watchroom.views import CamerasView


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One event."""

    name: str
    body: dict[str, object]
    id: str


def events(answer: httpx.Response) -> Iterator[Heard]:
    """The events of a stream, read as the standard says."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Heard(name=fields.get("event", ""), body=json.loads(fields["data"]), id=fields.get("id", ""))
            fields = {}


@contextmanager
def listening(console: Console, query: str = "", **headers: str) -> Iterator[Iterator[Heard]]:
    """An open page's line."""
    address = f"{console.url}/api/alerts/stream{query}"
    with httpx.stream("GET", address, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer)


def next_alert(heard: Iterator[Heard]) -> Heard:
    """The next event that is an alert."""
    return next(one for one in heard if one.name == "alert")


def next_cameras(heard: Iterator[Heard]) -> Heard:
    """The next event that names cameras: before a console has read them it tells that there are none."""
    return next(one for one in heard if one.name == "cameras" and one.body["cameras"])


def test_an_alert_is_told_within_seconds(console: Console) -> None:
    """As the list would show it, with its change as the event's id."""
    with listening(console) as heard:
        console.raise_alert(1)
        begun = time.monotonic()
        alert = next_alert(heard)

    assert time.monotonic() - begun < 3
    assert alert.body["id"] == "ev-0001"
    assert alert.body == console.get("/api/alerts/ev-0001").json()["alert"]
    assert alert.id == "1"


def test_a_feed_that_is_nudged_does_not_wait_for_its_next_look(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk says that something has changed, and every page hears of it."""
    monkeypatch.setattr(feed_module, "POLL_S", 3600.0)
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")
    with listening(console) as heard:
        console.raise_alert(1)
        console.nudge()
        first = next_alert(heard)
        console.raise_alert(2)
        console.nudge()
        second = next_alert(heard)

    assert (first.body["id"], second.body["id"]) == ("ev-0001", "ev-0002")


def test_an_alert_that_comes_while_the_feed_reads_is_counted(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing else comes after it that would have the feed read again."""
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")
    read = Database.changes_since

    def overtaken(database: Database, change: int, limit: int = 500) -> tuple[AlertRecord, ...]:
        if console.entries == 1:
            console.raise_alert(2)
        return read(database, change, limit)

    monkeypatch.setattr(Database, "changes_since", overtaken)
    with listening(console) as heard:
        console.raise_alert(1, rule="system.test", zone="", phase=Phase.CLEARED)
        counted = (one.body["active"] for one in heard if one.name == "tick")
        assert 1 in itertools.islice(counted, 4)


def test_what_is_done_through_the_console_is_told_at_once(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """To every page of it, though nobody else says so, and the next look is an hour away."""
    monkeypatch.setattr(feed_module, "POLL_S", 3600.0)
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")
    with listening(console) as heard:
        console.raise_alert(1)
        console.nudge()
        next_alert(heard)
        told = []
        for act in ("claim", "acknowledge", "resolve"):
            said = {"by": "desk-1", "why": "rang the post"} | ({"disposition": "true"} if act == "resolve" else {})
            answer = httpx.post(f"{console.url}/api/alerts/ev-0001/{act}", json=said, timeout=10)
            assert answer.status_code == 200
            told.append(next_alert(heard).body["handling"])

    assert told == ["claimed", "acknowledged", "resolved"]


def test_what_becomes_of_an_alert_is_told_too(console: Console) -> None:
    """The same alert again, with a later change."""
    with listening(console) as heard:
        console.raise_alert(1)
        first = next_alert(heard)
        console.record(replace(raised(1), rev=2, phase=Phase.CLEARED))
        second = next_alert(heard)

    assert (first.body["condition"], second.body["condition"]) == ("active", "cleared")
    assert int(second.id) > int(first.id)


def test_a_page_that_was_away_hears_what_it_missed(console: Console) -> None:
    """It says what it heard last; order and number are kept."""
    for number in range(5):
        console.raise_alert(number)

    with listening(console, **{"last-event-id": "2"}) as heard:
        missed = [next_alert(heard).body["id"] for _ in range(3)]

    assert missed == ["ev-0002", "ev-0003", "ev-0004"]


def test_a_page_goes_on_from_its_list(console: Console) -> None:
    """What changed between the list and the line is told."""
    console.raise_alert(1)
    change = console.get("/api/alerts").json()["change"]
    console.raise_alert(2)

    with listening(console, f"?after={change}") as heard:
        assert next_alert(heard).body["id"] == "ev-0002"


def test_more_than_the_server_remembers_is_read_from_the_record(tmp_path: object, console: Console) -> None:
    """A page that was closed overnight loses nothing."""
    console.record(*(raised(number) for number in range(1300)))

    with listening(console, "?after=0") as heard:
        told = [next_alert(heard).body["id"] for _ in range(1300)]

    assert told == [f"ev-{number:04d}" for number in range(1300)]


def test_a_page_of_another_record_is_told_to_begin_anew(console: Console) -> None:
    """The database was replaced by an older one: its changes begin again."""
    eventually(lambda: console.get("/readyz").status_code == 200, "readiness")
    with listening(console, "?after=5000") as heard:
        assert next(one.name for one in heard if one.name != "tick") in {"reset", "cameras"}
        console.raise_alert(1)
        assert next_alert(heard).body["id"] == "ev-0001"


class OvertakingFeed(ChangeFeed):
    """A feed that reads what has just come while a page asks it how far the record is."""

    comes: Callable[[], object] | None = None  # what does, once

    async def newest(self) -> int:
        """As of before it came."""
        newest = await super().newest()
        if self.comes is not None:
            moves = self.next_move
            self.comes()
            self.comes = None
            self.nudge()
            await moves.wait()
        return newest


async def heard_after_being_overtaken(console: Console) -> str:
    """What a page hears after all that there was when it came; with nothing to tell, a tick after five seconds."""
    feed = OvertakingFeed(console.database, lambda: CamerasView(cameras=()))
    running = asyncio.create_task(feed.run())
    while feed.problem:  # it has not read the record yet
        await feed.next_move.wait()
    console.record(replace(raised(1), rev=2, phase=Phase.UPDATED))  # the page's list has it, the feed does not
    line = PageStream(feed, utc_now, console.database.last_change()).events(Seats(), "127.0.0.1")
    for _ in range(3):  # when to come back, the cameras, a tick
        await anext(line)

    feed.comes = lambda: console.database.act("ev-0001", Act.CLAIM, "desk-1")
    heard = await anext(line)
    running.cancel()
    return heard


def test_what_comes_while_a_page_asks_how_far_the_record_is_wakes_it(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its list is ahead of the feed, which overtakes it meanwhile."""
    monkeypatch.setattr(feed_module, "POLL_S", 3600.0)
    console.raise_alert(1)

    assert "event: alert" in asyncio.run(heard_after_being_overtaken(console))


def test_the_line_begins_with_cameras_and_the_time(console: Console) -> None:
    """A page shows at once who is live and that it is heard."""
    with listening(console) as earlier:
        next_cameras(earlier)
    with listening(console) as heard:
        first = [next(heard), next(heard)]

    by_name = {one.name: one.body for one in first}
    assert set(by_name) == {"cameras", "tick"}
    assert [camera["state"] for camera in by_name["cameras"]["cameras"]] == ["live"] * 4  # type: ignore[attr-defined]
    assert by_name["tick"]["problem"] == ""


def test_a_camera_that_goes_down_is_told(console: Console) -> None:
    """Without being asked."""
    with listening(console) as heard:
        next_cameras(heard)
        console.health.rows = tuple(
            Row(id=row.id, name=row.name, ring=row.ring, state="offline") for row in console.health.rows
        )
        told = next_cameras(heard)

    assert {camera["state"] for camera in told.body["cameras"]} == {"offline"}  # type: ignore[attr-defined]


def test_silence_is_broken_by_ticks(console: Console) -> None:
    """A page that hears nothing knows that it is cut off."""
    with listening(console) as heard:
        ticks = [one for one, _ in zip((e for e in heard if e.name == "tick"), range(2), strict=False)]

    assert ticks[0].body["now"] != ticks[1].body["now"]


def test_one_page_too_many_takes_the_place_of_the_first(console: Console) -> None:
    """Forgotten browsers, or somebody who opens one after the other, shut nobody out."""
    with ExitStack() as pages:
        first = pages.enter_context(listening(console))
        others = [pages.enter_context(listening(console)) for _ in range(MAX_PAGES - 1)]
        for page in (first, *others):
            next(page)
        newcomer = pages.enter_context(listening(console))
        next(newcomer)

        assert [one for one in first if one.name == "alert"] == []  # it ends
        assert console.closed == ["page"]
        console.raise_alert(1)
        assert {next_alert(page).id for page in (*others, newcomer)} == {"1"}


def test_whoever_takes_most_seats_takes_them_from_himself() -> None:
    """A page from elsewhere stays, though it is older."""
    seats = Seats(limit=3)
    with ExitStack() as pages:
        operator = pages.enter_context(seats.seat("10.0.0.1"))
        others = [pages.enter_context(seats.seat("10.0.0.9")) for _ in range(5)]

        assert operator.kept
        assert [one.kept for one in others] == [False, False, False, True, True]
        assert seats.taken == 3
    assert seats.taken == 0


def test_stopping_does_not_wait_for_open_pages(console: Console) -> None:
    """Their lines are ended, in order, at once."""
    with listening(console) as heard:
        next(heard)
        ended = threading.Event()

        def read() -> None:
            list(heard)
            ended.set()

        reader = threading.Thread(target=read, name="page")
        reader.start()
        console.end()
        reader.join(20)

    assert ended.is_set()


def test_a_server_comes_back_on_the_same_port_with_the_same_changes(console: Console) -> None:
    """Pages resume where they were."""
    console.raise_alert(1)
    console.end()
    console.raise_alert(2)
    console.start()

    with listening(console, **{"last-event-id": "1"}) as heard:
        assert next_alert(heard).body["id"] == "ev-0002"


@pytest.mark.parametrize(
    ("header", "after", "begins"),
    [
        ("7", 3, 7),
        (None, 3, 3),
        (None, None, 9),
        ("", None, 9),
        ("x", 3, 3),
        ("-1", None, 9),
        ("٣", None, 9),
        ("9" * 40, None, 10**18 - 1),
    ],
)
def test_where_a_line_begins(header: str | None, after: int | None, begins: int) -> None:
    """Where it broke off, else after its list, else now; nonsense counts as nothing."""
    assert last_seen(header, after, 9) == begins
