"""Shelves and out-of-service windows: on record, not shown as open, and over by themselves."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.errors import Refused
from alerts.house import House
from alerts.lifecycle import Act
from alerts.messages import Disposition, Handling, Occurrence
from alerts.service import ServiceWindow
from detect.messages import Phase
from storage.database import Database
from tests.alerts.making import START, occurrence
from tests.storage.deliveries import record
from tests.storage.hands import Hands


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def found(name: str, minute: float, rev: int = 1, number: int = 1, **fields: Any) -> Occurrence:
    """A finding on camera `number`, raised `minute` minutes after the start."""
    usual = {"id": name, "started_at": at(minute - rev), "captured_at": at(minute), "raised_at": at(minute)}
    return occurrence(number, rev, **usual | fields)


def opened(database: Database) -> list[str]:
    return [alert.id for alert in database.open_alerts()]


def window(**fields: Any) -> ServiceWindow:
    usual: dict[str, Any] = {
        "number": 0,
        "cameras": ("inner-01",),
        "begins": at(0),
        "until": at(60),
        "reason": "the mast is painted",
        "by": "desk-1",
    }
    return ServiceWindow(**usual | fields)


def resolve(database: Database, alert: str) -> None:
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        database.act(alert, act, "desk-1", why="looked", disposition=Disposition.NUISANCE)


def test_a_shelf_ends_by_itself_and_says_so(database: Database, clock: Hands, url: str) -> None:
    """It is on record, so a restart does not matter; two desks end it once."""
    record(database, found("a", 1))
    database.act("a", Act.SHELVE, "desk-1", why="the lamp swings", until=at(30))
    assert [(alert.id, alert.shelved_until) for alert in database.shelved()] == [("a", at(30))]
    assert (database.active(), database.tidy()) == (0, ())

    clock.now = at(30)
    with closing(Database(url, clock=clock, house=House())) as another:
        assert [task.act for task in another.tidy()] == [Act.UNSHELVE]
    assert database.tidy() == ()
    assert database.shelved() == ()
    assert [(step.act, step.by, step.why) for step in database.steps("a")] == [
        (Act.SHELVE, "desk-1", "the lamp swings"),
        (Act.UNSHELVE, "system", "its time is over"),
    ]
    assert database.active() == 1


def test_a_shelved_source_raises_nothing_after_its_alert_was_resolved(database: Database, clock: Hands) -> None:
    """It goes on record, suppressed; another source of the camera is as loud as ever."""
    record(database, found("a", 1))
    database.act("a", Act.SHELVE, "desk-1", why="the lamp swings", until=at(30))
    resolve(database, "a")
    clock.now = at(10)
    record(database, found("b", 10), found("c", 11, zone="barrier"), found("d", 12))

    assert opened(database) == ["c"]
    silent = database.alert("b")
    assert silent is not None
    assert (silent.suppressed, silent.repeats) == ("shelved", 1)
    clock.now = at(31)
    database.tidy()
    assert opened(database) == ["b", "c"], "it goes on after the shelf has ended"


def test_an_alert_within_a_window_is_suppressed(database: Database) -> None:
    """It is on record with all its revisions, and not shown as open."""
    database.set_out_of_service(window())
    record(database, found("a", 10), found("b", 10, number=2))

    assert opened(database) == ["b"]
    assert [alert.id for alert in database.open_alerts(suppressed=True)] == ["a", "b"]
    alert = database.alert("a")
    assert alert is not None
    assert alert.suppressed == "out of service"
    assert database.active() == 1


@pytest.mark.parametrize(
    ("minute", "fields", "suppressed"),
    [
        (-1, {}, False),
        (0, {}, True),
        (59, {}, True),
        (60, {}, False),
        (10, {"rule": "camera.offline"}, False),
        (10, {"rule": "post.asleep"}, True),
        (10, {"number": 7}, False),
    ],
)
def test_a_window_covers_its_cameras_rules_and_time(minute: float, fields: dict[str, Any], suppressed: bool) -> None:
    """By when it happened, not by when it came; rules by name or as a group."""
    house = House(windows=(window(rules=("post.*",)),))
    with closing(Database("sqlite://", clock=lambda: at(100), house=house)) as database:
        database.create()
        record(database, found("a", minute, **fields))
        assert opened(database) == ([] if suppressed else ["a"])


def test_a_window_may_be_of_an_uplink() -> None:
    """All cameras that share it."""
    house = House(uplinks={"inner-01": "east-switch"}, windows=(window(cameras=(), uplink="east-switch"),))
    with closing(Database("sqlite://", clock=lambda: at(10), house=house)) as database:
        database.create()
        record(database, found("a", 10), found("b", 10, number=2))
        assert opened(database) == ["b"]
        assert [one.reason for one in database.out_of_service()] == ["the mast is painted"]


def test_what_goes_on_when_a_window_ends_is_shown(database: Database, clock: Hands) -> None:
    """What has cleared by then stays where it is, and comes again as a new alert."""
    database.set_out_of_service(window())
    record(database, found("a", 10), found("b", 10, number=2, camera="inner-01", zone="barrier"))
    record(database, found("b", 20, 2, phase=Phase.CLEARED, zone="barrier"))
    clock.now = at(60)
    database.tidy()

    assert opened(database) == ["a"]
    assert [step.why for step in database.steps("a")] == ["no longer out of service, and it goes on"]
    record(database, found("c", 61, zone="barrier"))
    assert opened(database) == ["a", "c"]


def test_what_nobody_has_claimed_leaves_the_list_when_its_camera_goes_out_of_service(
    database: Database, clock: Hands
) -> None:
    """What somebody works on stays his."""
    record(database, found("a", -1), found("b", -1, zone="barrier"))
    database.act("b", Act.CLAIM, "desk-1")
    clock.now = at(1)
    database.set_out_of_service(window(begins=at(1), alert="a"))

    assert opened(database) == ["b"]
    assert database.tidy() == ()


def test_a_window_that_is_ended_early_is_over(database: Database, clock: Hands) -> None:
    """By whom, is on record."""
    number = database.set_out_of_service(window()).number
    clock.now = at(20)
    ended = database.end_out_of_service(number, "desk-2")

    assert (ended.ended_at, ended.ended_by, database.out_of_service()) == (at(20), "desk-2", ())
    record(database, found("a", 21))
    assert opened(database) == ["a"]
    with pytest.raises(Refused, match="it is over since"):
        database.end_out_of_service(number, "desk-2")
    with pytest.raises(Refused, match="nothing of that number"):
        database.end_out_of_service(999, "desk-2")


def test_who_does_not_know_the_network_shows_nothing_again(url: str, clock: Hands) -> None:
    """What he sets out of service leaves the list; what the configuration silences stays so, whatever he ends."""
    desk = Database(url, clock=clock, house=House(windows=(window(),)))
    with closing(desk), closing(Database(url, clock=clock)) as terminal:
        desk.create()
        record(desk, found("a", 10), found("b", 10, number=2))
        clock.now = at(11)
        number = terminal.set_out_of_service(window(cameras=("inner-02",))).number
        assert opened(desk) == []

        terminal.end_out_of_service(number, "desk-1")
        assert (terminal.tidy(), opened(desk)) == ((), [])
        assert [task.alert for task in desk.tidy()] == ["b"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": " "}, "say why it is out of service"),
        ({"cameras": ()}, "say which cameras, or which uplink"),
        ({"until": START}, "say until when it is out of service: a time to come"),
        ({"until": at(60 * 24 * 400)}, "nothing is out of service for more than a year: remove the camera"),
    ],
)
def test_a_window_says_what_why_and_until_when(database: Database, fields: dict[str, Any], words: str) -> None:
    """Else it is refused in words."""
    with pytest.raises(Refused, match=words):
        database.set_out_of_service(window(**fields))


def test_who_is_not_in_the_roster_any_more_holds_nothing(database: Database, clock: Hands, url: str) -> None:
    """What he claimed waits for somebody else; what he did stays done."""
    record(database, found("a", 1), found("b", 1, zone="barrier"))
    for alert in ("a", "b"):
        database.act(alert, Act.CLAIM, "desk-9")
    database.act("b", Act.ACKNOWLEDGE, "desk-9", why="rang")
    with closing(Database(url, clock=clock, house=House(operators=frozenset({"desk-1"})))) as desk:
        assert len(desk.tidy()) == 2
        assert desk.tidy() == ()

    states = {alert.id: (alert.handling, alert.handler) for alert in database.open_alerts()}
    assert states == {"a": (Handling.NEW, ""), "b": (Handling.ACKNOWLEDGED, "")}
    assert database.steps("a")[-1].why == "desk-9 is not in the roster any more"
    assert database.steps("a")[-1].by == "system"


def test_a_clock_that_jumps_back_changes_nothing_that_was_done(database: Database, clock: Hands) -> None:
    """Steps keep their order, which is that of their numbers."""
    record(database, found("a", 1))
    clock.now = at(10)
    database.act("a", Act.CLAIM, "desk-1")
    clock.now = at(-10)
    database.act("a", Act.ACKNOWLEDGE, "desk-1", why="rang")

    assert [step.act for step in database.steps("a")] == [Act.CLAIM, Act.ACKNOWLEDGE]
    assert database.tidy() == ()


def test_an_alert_of_a_camera_that_is_gone_is_answered_like_any_other(database: Database) -> None:
    """Acts need nothing but the record."""
    record(database, found("a", 1, camera="removed-01"))
    resolve(database, "a")

    assert (opened(database), database.active()) == ([], 0)
