"""The open list goes from one shift to the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Barrier, Thread
from typing import Any

import pytest

from alerts.errors import Refused
from alerts.handover import Handovers
from alerts.lifecycle import Act
from alerts.messages import Disposition
from alerts.notify.words import Language
from alerts.report_page import Manner, report_page
from config.duty import Shift
from config.errors import BackendUnavailable
from config.hours import parse_hours
from config.model import Severity
from storage.acting import act_on
from storage.database import Database
from storage.handovers import HandoverBook
from tests.alerts.duty_room import ROSTER, Clock, DutyRoom, dark, network
from tests.alerts.making import START, occurrence

NETWORK = network()


def local(hour: float, day: int = 1) -> datetime:
    """A time of that day in Shanghai."""
    return datetime(2026, 1, day, tzinfo=NETWORK.zone_info).astimezone(UTC) + timedelta(hours=hour)


@pytest.fixture
def clock() -> Clock:
    return Clock(local(15))


@pytest.fixture
def room(url: str, clock: Clock) -> Iterator[DutyRoom]:
    with closing(DutyRoom(url, NETWORK, clock)) as room:
        yield room


@pytest.fixture
def handovers(room: DutyRoom, clock: Clock) -> Handovers:
    return Handovers(NETWORK, room.database, room.book, clock=clock)


def test_the_shift_that_comes_on_accepts_the_open_list(room: DutyRoom, handovers: Handovers, clock: Clock) -> None:
    """What the seat that went held, it holds now; what nobody had claimed, nobody has."""
    room.record(occurrence(1), occurrence(2, camera="inner-02"))
    room.database.act("ev-1", Act.CLAIM, "desk-1")
    clock.now = local(16.1)
    assert handovers.standing().pending

    accepted = handovers.accept("desk-2", "early shift: all quiet at the bridge")

    assert accepted.alerts == ("ev-1", "ev-2")
    standing = handovers.standing()
    assert (standing.pending, standing.accepted) == (False, accepted)
    holders = {alert.id: alert.handler for alert in room.database.open_alerts()}
    assert holders == {"ev-1": "desk-2", "ev-2": ""}
    step = room.database.steps("ev-1")[-1]
    assert (step.act, step.by, step.detail) == (Act.HAND_OVER, "desk-2", {"from": "desk-1"})


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("desk-1", "desk-1 is not on duty now: on duty is desk-2"),
        ("somebody", "somebody is not on duty now: on duty is desk-2"),
    ],
)
def test_who_is_not_on_duty_cannot_accept(handovers: Handovers, clock: Clock, by: str, said: str) -> None:
    """Not those who have gone, nor those whom the roster does not know."""
    clock.now = local(17)

    with pytest.raises(Refused, match=said):
        handovers.accept(by)
    assert handovers.standing().pending


def test_it_is_accepted_once(handovers: Handovers, clock: Clock) -> None:
    """The second is told who was first; the next shift has a list of its own."""
    clock.now = local(17)
    handovers.accept("desk-2")

    with pytest.raises(Refused, match=r"二号席 \(desk-2\) has accepted the open list of this shift already"):
        handovers.accept("desk-2")
    clock.now = local(24)
    assert handovers.standing().pending


def test_of_two_who_accept_at_once_one_has_done_it(room: DutyRoom, handovers: Handovers, clock: Clock) -> None:
    """At two consoles."""
    clock.now = local(17)
    room.record(*(occurrence(number, camera=f"inner-{number:02}") for number in range(1, 6)))
    barrier, refused = Barrier(2), []

    def accept() -> None:
        barrier.wait(10)
        try:
            handovers.accept("desk-2")
        except Refused as refusal:
            refused.append(refusal)

    threads = [Thread(target=accept, name=f"console-{number}") for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(refused) == 1
    assert len(room.book.newest()) == 1


class Overtaken:
    """A book in which somebody else comes `first`, a moment before the entry."""

    def __init__(self, book: HandoverBook, first: Callable[[], object]) -> None:
        self._book, self._first = book, first

    def accept(self, *entry: Any) -> Any:
        self._first()
        return self._book.accept(*entry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._book, name)


def test_who_comes_second_holds_nothing(url: str, clock: Clock) -> None:
    """Of two seats of a shift, who has accepted the list holds what is on it."""
    late = Shift(name="中班", hours=parse_hours("16:00-24:00"), seats=("desk-2", "desk-3"))
    settings = network(roster=ROSTER.model_copy(update={"shifts": (ROSTER.shifts[0], late)}))
    with closing(DutyRoom(url, settings, clock)) as room:
        room.record(occurrence(1))
        room.database.act("ev-1", Act.CLAIM, "desk-1")
        clock.now = local(16.1)
        first = Handovers(settings, room.database, room.book, clock=clock)
        book = Overtaken(room.book, lambda: first.accept("desk-2"))

        with pytest.raises(Refused, match="has accepted the open list of this shift already"):
            Handovers(settings, room.database, book, clock=clock).accept("desk-3")
        assert [alert.handler for alert in room.database.open_alerts()] == ["desk-2"]


def test_an_acceptance_that_breaks_off_has_not_been(
    room: DutyRoom, handovers: Handovers, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is still to be accepted, and everything is where it was; the next try does it all."""
    room.record(occurrence(1), occurrence(2))
    for alert in ("ev-1", "ev-2"):
        room.database.act(alert, Act.CLAIM, "desk-1")
    clock.now = local(16.1)

    def breaks_off(connection: Any, alert: str, *rest: Any) -> object:
        if alert == "ev-2":
            raise BackendUnavailable("the database does not answer")
        return act_on(connection, alert, *rest)

    with monkeypatch.context() as patch, pytest.raises(BackendUnavailable):
        patch.setattr("storage.handovers.act_on", breaks_off)
        handovers.accept("desk-2")

    assert handovers.standing().pending
    assert [alert.handler for alert in room.database.open_alerts()] == ["desk-1", "desk-1"]
    handovers.accept("desk-2")
    assert [alert.handler for alert in room.database.open_alerts()] == ["desk-2", "desk-2"]


def test_whoever_waits_for_changes_hears_of_an_acceptance(url: str, clock: Clock) -> None:
    """Alerts have another holder; of one that is refused nobody hears."""
    heard: list[datetime] = []
    with (
        closing(Database(url, clock=clock, on_change=lambda: heard.append(clock()))) as record,
        closing(HandoverBook(url)) as book,
    ):
        record.create()
        handovers = Handovers(NETWORK, record, book, clock=clock)
        clock.now = local(17)
        handovers.accept("desk-2")
        with pytest.raises(Refused):
            handovers.accept("desk-2")

    assert heard == [local(17)]


@pytest.mark.parametrize(("hour", "overdue_min"), [(16.0, 0), (16.25, 0), (16.5, 15), (20.0, 225)])
def test_a_list_that_is_not_accepted_in_time_is_overdue(
    handovers: Handovers, clock: Clock, hour: float, overdue_min: int
) -> None:
    """Fifteen minutes after the change."""
    clock.now = local(hour)

    assert handovers.standing().overdue == timedelta(minutes=overdue_min)


def test_where_nobody_ever_changes_there_is_nothing_to_accept(room: DutyRoom, clock: Clock) -> None:
    """A network without a roster."""
    bare = network(roster=type(NETWORK.roster)())
    handovers = Handovers(bare, room.database, room.book, clock=clock)

    assert not handovers.standing().pending
    with pytest.raises(Refused, match="nothing to hand over"):
        handovers.accept("desk-1")
    with pytest.raises(Refused, match="no shift to report on"):
        handovers.report(last=True)


def a_shift(room: DutyRoom, clock: Clock) -> None:
    """A shift with something in it: an alert that was left, some dealt with, one that is open, an incident."""
    clock.now = local(7.5)
    room.record(raised_at(1, local(7.5), "inner-01", "1号卡口"))
    for number, minutes in ((2, 1), (3, 4), (4, 9)):
        at = local(9 + number / 4)
        clock.now = at
        room.record(raised_at(number, at, f"inner-{number:02}", f"{number}号卡口", Severity.CRITICAL))
        clock.now = at + timedelta(seconds=30)
        room.database.act(f"ev-{number}", Act.CLAIM, "desk-1")
        clock.now = at + timedelta(minutes=minutes)
        room.escalator.step()
        room.database.act(f"ev-{number}", Act.ACKNOWLEDGE, "desk-1", why="电话通知岗位，人员已归岗 <b>&</b>")
        room.database.act(f"ev-{number}", Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)
    clock.now = local(14)
    for number in range(11, 31):
        room.record(dark(number, (local(14) - START).total_seconds()))
    room.record(raised_at(5, local(14), "inner-05", "5号卡口", Severity.MEDIUM))
    room.database.act("ev-5", Act.NOTE, "desk-1", why="现场施工，已联系负责单位，预计 17 点前结束")
    clock.now = local(15.9)


def raised_at(number: int, at: datetime, camera: str, name: str, severity: Severity = Severity.HIGH):  # type: ignore[no-untyped-def]
    return occurrence(
        number, camera=camera, camera_name=name, severity=severity, started_at=at, captured_at=at, raised_at=at
    )


def text_of(page: str) -> str:
    """What a reader sees."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def test_the_report_counts_what_the_shift_did(room: DutyRoom, handovers: Handovers, clock: Clock) -> None:
    """What is below an incident counts once, as the incident."""
    a_shift(room, clock)
    clock.now = local(16.1)

    report = handovers.report(last=True)

    assert (report.shift, report.seats) == ("早班", ("desk-1",))
    assert (report.begin, report.end) == (local(8), local(16))
    assert [len(part) for part in (report.raised, report.left, report.open)] == [5, 1, 3]
    assert report.escalated == 1
    assert (report.posts_acknowledged.count, report.posts_acknowledged.in_time) == (3, 2)
    assert report.posts_acknowledged.median == timedelta(minutes=4)
    assert report.posts_acknowledged.p95 == timedelta(minutes=9)
    assert [note.why for note in report.notes] == ["现场施工，已联系负责单位，预计 17 点前结束"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("值班交接报告", "早班", "一号席", "岗位无人（脱岗）", "接班席位尚未确认移交清单", "2 / 3 (66%)")),
        ("en", ("Shift handover report", "post abandoned", "has not been accepted yet", "Within 5 min")),
    ],
)
def test_the_report_can_be_printed(
    room: DutyRoom, handovers: Handovers, clock: Clock, language: Language, words: tuple[str, ...]
) -> None:
    """In Chinese, or in English; what people wrote is text and no markup."""
    a_shift(room, clock)
    clock.now = local(16.1)
    manner = Manner(network="三线视频卡口", zone=NETWORK.zone_info, roster=handovers.roster, language=language)

    page = report_page(handovers.report(last=True), manner)

    assert [word for word in words if word not in text_of(page)] == []
    assert "<b>&</b>" not in page.partition("<h2>")[2].replace("<b>5</b>", "")
    assert "<script" not in page
    assert "http" not in page


def test_the_report_says_who_took_over(room: DutyRoom, handovers: Handovers, clock: Clock) -> None:
    """And what they were told."""
    a_shift(room, clock)
    clock.now = local(16.1)
    handovers.accept("desk-2", "注意 5 号卡口施工")
    manner = Manner(network="三线视频卡口", zone=NETWORK.zone_info, roster=handovers.roster)

    text = text_of(report_page(handovers.report(last=True), manner))

    assert "二号席 于 2026-01-01 16:06 确认接班，接收未办结告警 3 条。" in text
    assert "接班备注：注意 5 号卡口施工" in text
