"""The watching is watched: on a real record, with a clock that a test moves, through restarts and jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from alerts.house import House
from alerts.lifecycle import SYSTEM, Act
from alerts.messages import Delivery, Occurrence, Watch
from alerts.watchman import Watchman, WatchMetrics
from config.errors import BackendUnavailable
from config.model import Camera, Ring, Severity, Stream
from config.watching import ScheduledTest, Watching
from detect.messages import Phase
from ringwatch.scheduled import made
from storage.database import Database
from storage.messages import AlertRecord, Condition, Disposition, Handling
from storage.watch_records import WatchRecords
from tests.alerts.making import occurrence

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GATE = Camera(id="inner-01", name="东门卡口", ring=Ring.INNER, cell="s-017", stream=Stream(sub="rtsp://192.0.2.1/sub"))
PLAN = Watching(test_alert=ScheduledTest(every=timedelta(minutes=10), within=timedelta(minutes=1)))
PEOPLE = Watching(test_alert=None)  # only whether anybody is there
LOOK_S = 10.0


@dataclass
class Room:
    """A record, and a desk that looks every ten seconds while a test lets time pass."""

    url: str
    now: datetime = NOON
    entries: int = 0
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.database = Database(self.url, clock=self.clock, house=House())
        self.database.create()
        self.book = WatchRecords(self.url)
        self.restart()

    def clock(self) -> datetime:
        return self.now

    def restart(self, plan: Watching = PLAN, cameras: tuple[Camera, ...] = (GATE,)) -> None:
        """Another desk: it remembers nothing."""
        self.registry = CollectorRegistry()
        self.watchman = Watchman(
            self.book, self.record, self.escalate, plan, cameras, WatchMetrics(self.registry), self.clock
        )

    def record(self, *occurrences: Occurrence) -> None:
        for one in occurrences:
            self.entries += 1
            self.database.record([Delivery(entry=f"{self.entries}-0", occurrence=one, origin=None)])

    def escalate(self, alert_id: str) -> None:
        self.database.act(alert_id, Act.ESCALATE, SYSTEM, level=1)

    def pass_time(self, *, minutes: float = 0, tests: bool = False) -> None:
        """Looks; a test alert at the end of it, if they come."""
        until = self.now + timedelta(minutes=minutes)
        while self.now < until:
            self.now += timedelta(seconds=LOOK_S)
            self.watchman.look()
        if tests:
            self.test()
        self.watchman.look()

    def test(self) -> None:
        """A test alert comes, a second after it was raised."""
        event = made(GATE.id, self.now - timedelta(seconds=1))
        self.record(
            occurrence(
                id=event.id, rule=event.rule, zone="", camera=GATE.id, phase=event.phase, severity=event.severity,
                started_at=event.started_at, captured_at=event.captured_at, raised_at=event.captured_at, evidence="",
            )
        )  # fmt: skip

    def problems(self) -> tuple[str, ...]:
        return self.watchman.problems

    def alarms(self, rule: str) -> list[AlertRecord]:
        return [alert for alert in self.database.newest() if alert.rule == rule]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"ringwatch_watching_{name}", labels)


@pytest.fixture
def room(url: str) -> Iterator[Room]:
    room = Room(url)
    with closing(room.database), closing(room.book):
        yield room


def test_while_test_alerts_come_nothing_is_said(room: Room) -> None:
    """And the metrics know when the last one came, and how long it took."""
    room.pass_time(minutes=0.5, tests=True)
    for _ in range(3):
        room.pass_time(minutes=10, tests=True)

    assert room.problems() == ()
    assert room.alarms("system.silent") == []
    assert room.metric("last_test_timestamp_seconds", camera="inner-01") == room.now.timestamp()
    assert (room.metric("test_seconds", camera="inner-01"), room.metric("silent", camera="inner-01")) == (1, 0)


def test_a_test_alert_is_resolved_by_itself(room: Room) -> None:
    """As a test, by the system, with every step on record; it never stands among the open ones."""
    room.test()

    (alert,) = room.alarms("system.test")
    assert (alert.handling, alert.disposition, alert.condition) == (
        Handling.RESOLVED, Disposition.TEST, Condition.CLEARED,
    )  # fmt: skip
    assert [(step.act, step.by) for step in room.database.steps(alert.id)] == [
        (Act.CLAIM, "system"), (Act.ACKNOWLEDGE, "system"), (Act.RESOLVE, "system"),
    ]  # fmt: skip
    assert room.database.open_alerts() == ()


def test_every_test_alert_is_one_of_its_own(room: Room) -> None:
    """None is folded into another, and one that comes twice is on record once."""
    room.pass_time(minutes=1, tests=True)
    room.pass_time(minutes=1, tests=True)
    room.test()

    assert len(room.alarms("system.test")) == 2


def test_a_test_alert_that_does_not_come_is_an_alarm(room: Room) -> None:
    """Put on record by the desk itself, in the name of the camera; it clears when one comes again, and stays open."""
    room.pass_time(minutes=1, tests=True)
    last = room.now

    room.pass_time(minutes=11.2)

    (alarm,) = room.alarms("system.silent")
    assert (alarm.camera, alarm.camera_name, alarm.severity) == ("inner-01", "东门卡口", Severity.CRITICAL)
    assert (alarm.condition, alarm.handling, alarm.started_at) == (Condition.ACTIVE, Handling.NEW, last)
    assert room.problems() == ("inner-01: no test alert has come since 2026-03-01 12:01:00 UTC",)
    assert room.metric("silent", camera="inner-01") == 1

    room.pass_time(tests=True)

    (alarm,) = room.alarms("system.silent")
    assert (alarm.condition, alarm.handling) == (Condition.CLEARED, Handling.NEW)
    assert room.problems() == ()


def test_one_silence_is_one_alarm(room: Room) -> None:
    """However long it lasts, however often the desk is started again, and beside another desk."""
    room.pass_time(minutes=1, tests=True)
    for _ in range(4):
        room.pass_time(minutes=10)
        room.restart()

    (alarm,) = room.alarms("system.silent")
    assert (alarm.rev, alarm.repeats) == (1, 0)


@dataclass
class Busy:
    """A record that takes its time: something `happens` while it is read."""

    book: WatchRecords
    happens: Callable[[], None]

    def watches(self) -> Mapping[str, Watch]:
        found = self.book.watches()
        self.happens()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.book, name)


def test_a_test_alert_that_comes_while_the_desk_looks_has_come(room: Room) -> None:
    """What the desk finds is judged by a time after it was found."""
    room.pass_time(minutes=1, tests=True)
    room.pass_time(minutes=10)

    def comes() -> None:
        room.now += timedelta(seconds=8)
        room.test()

    room.watchman = replace(room.watchman, book=Busy(room.book, comes))
    room.watchman.look()

    assert (room.alarms("system.silent"), room.problems()) == ([], ())


def test_a_second_silence_is_told_again(room: Room) -> None:
    """It goes into the first one's alert while nobody has resolved that."""
    room.pass_time(minutes=1, tests=True)
    for _ in range(2):
        room.pass_time(minutes=12)
        room.pass_time(tests=True)

    (alarm,) = room.alarms("system.silent")
    assert (alarm.condition, alarm.repeats) == (Condition.CLEARED, 1)


def test_a_desk_that_is_started_again_does_not_wait_anew(room: Room) -> None:
    """What is overdue is reckoned from the record: restarts every minute cannot put the alarm off."""
    room.pass_time(minutes=1, tests=True)
    for _ in range(12):
        room.restart()
        room.pass_time(minutes=1)

    assert len(room.alarms("system.silent")) == 1


@pytest.mark.parametrize("hours", [5, -5], ids=["ahead", "back"])
def test_a_jump_of_the_clock_is_no_silence(room: Room, hours: int) -> None:
    """The next test is waited for once more; one that then does not come is an alarm all the same."""
    room.pass_time(minutes=1, tests=True)

    room.now += timedelta(hours=hours)
    room.pass_time(minutes=0.9)
    assert room.alarms("system.silent") == []

    room.pass_time(minutes=1)
    assert len(room.alarms("system.silent")) == 1
    room.pass_time(tests=True)
    assert room.alarms("system.silent")[0].condition is Condition.CLEARED


def test_a_node_that_was_off_for_a_day_accuses_nobody(room: Room) -> None:
    """The workers have their time to start."""
    room.pass_time(minutes=1, tests=True)
    room.now += timedelta(days=1)
    room.restart()

    room.pass_time(minutes=0.5, tests=True)
    room.pass_time(minutes=5)

    assert room.alarms("system.silent") == []


def test_a_camera_that_is_new_has_its_time(room: Room) -> None:
    """After a change of the configuration."""
    room.pass_time(minutes=1, tests=True)
    room.restart(cameras=(GATE, GATE.model_copy(update={"id": "inner-02"})))

    room.pass_time(minutes=0.5)
    assert room.problems() == ()

    room.pass_time(minutes=1)
    assert room.problems() == ("inner-02: no test alert has come yet",)


def test_open_alerts_with_nobody_there_are_an_alarm_that_goes_up_at_once(room: Room) -> None:
    """Ten minutes after the alert; it clears when somebody comes."""
    room.restart(PEOPLE, cameras=())
    room.record(occurrence(1))

    room.pass_time(minutes=9.9)
    assert room.alarms("system.unattended") == []

    room.pass_time(minutes=0.3)
    (alarm,) = room.alarms("system.unattended")
    assert (alarm.severity, alarm.condition, alarm.escalation) == (Severity.CRITICAL, Condition.ACTIVE, 1)
    assert alarm.detail == {"reason": "no page of the console is open"}
    assert room.metric("unattended") == 1

    room.book.note_presence({"connected": room.now, "touched": room.now})
    room.pass_time()
    (alarm,) = room.alarms("system.unattended")
    assert (alarm.condition, alarm.escalation) == (Condition.CLEARED, 1)
    assert room.metric("unattended") == 0


def test_it_goes_up_once(room: Room) -> None:
    """However long nobody comes."""
    room.restart(PEOPLE, cameras=())
    room.record(occurrence(1))

    room.pass_time(minutes=15)
    room.restart(PEOPLE, cameras=())
    room.pass_time(minutes=15)

    (alarm,) = room.alarms("system.unattended")
    assert [step.act for step in room.database.steps(alarm.id)] == [Act.ESCALATE]


def test_an_open_page_that_nobody_touches_is_nobody(room: Room) -> None:
    """While an alert is not acknowledged; then the room may be quiet."""
    room.restart(PEOPLE, cameras=())
    room.record(occurrence(1))
    for _ in range(11):
        room.book.note_presence({"connected": room.now})
        room.pass_time(minutes=1)

    (alarm,) = room.alarms("system.unattended")
    assert alarm.detail == {"reason": "nobody has touched the console"}

    room.database.act("ev-1", Act.CLAIM, "desk-1")
    room.database.act("ev-1", Act.ACKNOWLEDGE, "desk-1", why="巡逻车已派出")
    room.book.note_presence({"connected": room.now})
    room.pass_time()
    assert room.alarms("system.unattended")[0].condition is Condition.CLEARED

    for _ in range(12):
        room.book.note_presence({"connected": room.now})
        room.pass_time(minutes=1)
    assert room.alarms("system.unattended")[0].condition is Condition.CLEARED


def test_an_operator_who_acts_from_a_terminal_is_somebody(room: Room) -> None:
    """What is on record of people counts, wherever they did it."""
    room.restart(PEOPLE, cameras=())
    room.record(occurrence(1))
    room.pass_time(minutes=8)
    room.database.act("ev-1", Act.CLAIM, "desk-1")
    room.book.note_presence({"connected": room.now})

    room.pass_time(minutes=8)

    assert room.alarms("system.unattended") == []


def test_what_is_shelved_needs_nobody(room: Room) -> None:
    """When the shelf has ended, somebody has as long to come as when an alert is new."""
    room.restart(PEOPLE, cameras=())
    room.record(occurrence(1))
    room.database.act("ev-1", Act.SHELVE, "desk-1", why="works at the gate", until=room.now + timedelta(minutes=30))
    room.pass_time(minutes=30)
    assert room.alarms("system.unattended") == []

    room.database.tidy()
    room.pass_time(minutes=9.9)
    assert room.alarms("system.unattended") == []
    room.pass_time(minutes=0.3)
    assert len(room.alarms("system.unattended")) == 1


def test_without_open_alerts_nobody_is_needed(room: Room) -> None:
    """Neither tests nor alarms about the watching are such."""
    room.restart(PEOPLE, cameras=())
    room.test()

    room.pass_time(minutes=30)

    assert room.alarms("system.unattended") == []


def test_either_may_be_switched_off(room: Room) -> None:
    """By the configuration."""
    room.restart(Watching(test_alert=None, nobody_after=None), cameras=())
    room.record(occurrence(1))

    room.pass_time(minutes=70)

    assert [alert.rule for alert in room.database.newest()] == ["post.absent"]


class Away:
    """A record that does not answer."""

    def __getattr__(self, name: str) -> object:
        raise BackendUnavailable("the database does not answer")


def test_a_record_that_is_away_is_no_silence(room: Room) -> None:
    """The desk tells that itself; nobody can say what has come."""
    room.watchman = replace(room.watchman, book=Away())  # type: ignore[arg-type]

    room.watchman.look()

    assert room.problems() == ()


def test_a_test_is_cleared_as_it_comes() -> None:
    """It is over as soon as it has begun."""
    assert made("inner-01", NOON).phase is Phase.CLEARED
