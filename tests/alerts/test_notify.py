"""What channels are told: once, in order, through faults, and never more than they can bear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.lifecycle import Act
from alerts.messages import TEST_RULE, Disposition, Occurrence
from alerts.notify.messages import LetterState
from alerts.notify.signature import is_ours
from config.model import Severity
from config.notify import Rate, Told
from detect.messages import Phase
from tests.alerts.duty_room import KEY, Clock, DutyRoom, channel, dark, kinds, network
from tests.alerts.making import START, occurrence
from tests.alerts.webhook_server import Hook

Open = Callable[..., DutyRoom]


@pytest.fixture
def room(url: str, hook: Hook, clock: Clock) -> Iterator[Open]:
    """A duty room with a channel at the hook; a second one shares the record."""
    with ExitStack() as stack:

        def open_room(name: str = "desk", **fields: Any) -> DutyRoom:
            settings = network(channel(hook.url, **fields))
            room = DutyRoom(url, settings, clock, name)
            stack.callback(room.close)
            return room

        yield open_room


def test_an_alert_is_told_once_and_signed(room: Open, hook: Hook, clock: Clock) -> None:
    """With all that somebody who has no page needs."""
    desk = room()
    desk.record(occurrence(1))

    assert desk.tell() == 1
    assert desk.tell() == 0
    (one,) = hook.accepted
    assert is_ours(one.headers, one.body, KEY, clock())
    assert not is_ours(one.headers, one.body + b" ", KEY, clock())
    assert not is_ours(one.headers, one.body, KEY, clock() + timedelta(minutes=6))
    (notice,) = one.told["notices"]
    assert (notice["kind"], notice["alert"]["id"]) == ("raised", "ev-1")
    assert notice["responsible"] == [["17号网格员"], ["城东片网格长"], ["城区网格长"]]
    assert one.told["text"] == (
        "【高】岗位无人（脱岗） · 东门卡口 · 报警\n"
        "三线视频卡口 · 内线 · 区域 post\n"
        "16:01:01 报警 · 无人认领\n"
        "责任：17号网格员 → 城东片网格长 → 城区网格长\n"
        "当班：中班 二号席\n"
        "编号 ev-1"
    )


def test_a_message_in_english(room: Open, hook: Hook) -> None:
    """The same, for who reads that."""
    desk = room(language="en")
    desk.record(occurrence(1))
    desk.tell()

    assert hook.accepted[0].told["title"] == "【HIGH】post abandoned · 东门卡口 · raised"


def test_forty_cameras_behind_one_uplink_are_one_message_and_one_clear(room: Open, hook: Hook, clock: Clock) -> None:
    """They go dark within ten seconds, and come back."""
    desk = room()
    for number in range(1, 41):
        desk.record(dark(number, 130 + number / 4))
        clock.go_on(0.25)
        desk.tell()
    assert hook.taken == []
    clock.go_on(60)
    desk.tell()

    (one,) = hook.accepted
    assert kinds([one]) == ["raised"]
    assert one.told["notices"][0]["alert"]["rule"] == "incident.uplink"
    assert len(one.told["notices"][0]["cameras"]) == 40
    assert "40 路摄像机" in one.told["text"]

    for number in range(1, 41):
        desk.record(dark(number, 300 + number / 4, back=True))
        desk.tell()
    clock.go_on(60)
    desk.tell()
    assert kinds(hook.accepted) == ["raised", "cleared"]


def test_a_camera_that_is_back_before_anybody_was_told_is_no_news(room: Open, hook: Hook, clock: Clock) -> None:
    """Neither that it went nor that it came."""
    desk = room()
    desk.record(dark(1, 130))
    desk.tell()
    clock.go_on(10)
    desk.record(dark(1, 140, back=True))
    clock.go_on(60)
    desk.tell()

    assert hook.taken == []


def test_a_camera_that_stays_dark_is_told_by_itself(room: Open, hook: Hook, clock: Clock) -> None:
    """After the time in which others might have followed."""
    desk = room()
    desk.record(dark(1, 130))
    desk.tell()
    clock.go_on(31)
    desk.tell()

    assert kinds(hook.accepted) == ["raised"]


def test_many_at_once_are_one_message_with_a_count(room: Open, hook: Hook) -> None:
    """The most urgent first."""
    desk = room()
    desk.record(*(occurrence(number, camera=f"inner-{number:02}", severity=Severity.MEDIUM) for number in range(1, 30)))
    desk.record(occurrence(30, camera="inner-30", severity=Severity.CRITICAL))
    desk.tell()

    (one,) = hook.accepted
    assert one.told["count"] == 30
    lines = one.told["text"].splitlines()
    assert lines[0] == "【三线视频卡口】30 条消息（紧急 1、中 29）"
    assert lines[1].startswith("· [紧急] 报警 · 岗位无人（脱岗）")
    assert lines[-2] == "另有 10 条，详见值班页面"


def test_what_is_over_the_rate_waits_and_goes_together(room: Open, hook: Hook, clock: Clock) -> None:
    """Two a minute: the rest is the third message, a minute later."""
    desk = room(rate=Rate(messages=2, per=timedelta(minutes=1)))
    for number in range(1, 8):
        desk.record(occurrence(number, camera=f"inner-{number:02}"))
        desk.tell()
    assert [one.told["count"] for one in hook.accepted] == [1, 1]

    clock.go_on(61)
    desk.tell()
    assert [one.told["count"] for one in hook.accepted] == [1, 1, 5]


def test_a_channel_is_told_of_what_it_asks_for(room: Open, hook: Hook) -> None:
    """Severities and events."""
    desk = room(severities=(Severity.CRITICAL,), events=(Told.RESOLVED,))
    desk.record(occurrence(1), occurrence(2, camera="inner-02", severity=Severity.CRITICAL))
    for alert in ("ev-1", "ev-2"):
        desk.database.act(alert, Act.CLAIM, "desk-1")
        desk.database.act(alert, Act.ACKNOWLEDGE, "desk-1", why="rang the post")
        desk.database.act(alert, Act.RESOLVE, "desk-1", disposition=Disposition.TRUE)
    desk.tell()

    assert kinds(hook.accepted) == ["resolved"]
    assert hook.accepted[0].told["notices"][0]["alert"]["id"] == "ev-2"


def test_a_scheduled_test_alert_is_told_to_who_asks_for_it(room: Open, hook: Hook) -> None:
    """Once, whatever the severities it is told of; to nobody else, though it is resolved in the same moment."""
    deaf = room(events=(Told.RAISED, Told.RESOLVED))
    test = replace(occurrence(1), rule=TEST_RULE, severity=Severity.LOW, phase=Phase.CLEARED)
    deaf.record(test)
    assert deaf.tell() == 0

    desk = room("other", events=(Told.TEST,), severities=(Severity.CRITICAL,))
    desk.record(replace(test, id="ev-2"))
    assert desk.tell() == 1
    assert desk.tell() == 0
    (notice,) = hook.accepted[0].told["notices"]
    assert (notice["kind"], notice["alert"]["id"]) == ("test", "ev-2")
    assert hook.accepted[0].told["text"].startswith("【低】定时自检告警 · 东门卡口 · 通路正常")


def test_what_goes_up_names_whom_to_tell(room: Open, hook: Hook, clock: Clock) -> None:
    """The small cell's at the first level, then the middle one's."""
    desk = room(events=(Told.ESCALATED,))
    desk.record(occurrence(1))
    for minutes in (2, 3):
        clock.go_on(60 * minutes)
        assert desk.escalator.step() == 1
        desk.tell()

    told = [one.told["notices"][0] for one in hook.accepted]
    assert [(one["level"], one["tell"]) for one in told] == [(1, ["17号网格员"]), (2, ["城东片网格长"])]
    assert "已升级至 2 级，请 城东片网格长 督办" in hook.accepted[1].told["text"]
    steps = [step for step in desk.database.steps("ev-1") if step.act is Act.ESCALATE]
    assert [(step.by, step.why) for step in steps] == [
        ("system", "nobody claimed it within 2m"),
        ("system", "nobody acknowledged it with an action taken within 5m"),
    ]


def test_of_a_shelved_alert_nobody_is_told_until_the_shelf_ends(room: Open, hook: Hook, clock: Clock) -> None:
    """And then, that it goes on."""
    desk = room()
    desk.record(occurrence(1))
    desk.database.act("ev-1", Act.SHELVE, "desk-1", why="works at the gate", until=clock() + timedelta(minutes=10))
    desk.tell()
    assert hook.taken == []

    clock.go_on(601)
    desk.database.tidy()
    desk.tell()
    assert kinds(hook.accepted) == ["raised"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("500", "127.0.0.1 answers HTTP 500"),
        ("302", "127.0.0.1 answers HTTP 302: it has moved, write its new address"),
        ("reset", "127.0.0.1 broke the connection off"),
        ("silent", "127.0.0.1 does not answer in time"),
        ("drip", "127.0.0.1 does not answer in time"),  # a letter at a time: each in time, the whole never
    ],
)
def test_a_message_that_is_not_taken_is_kept_and_tried_again(
    room: Open, hook: Hook, clock: Clock, fault: str, said: str
) -> None:
    """With the same id, so that whoever got it twice knows."""
    desk = room(timeout=timedelta(seconds=1))
    desk.record(occurrence(1))
    hook.fault = fault
    desk.tell()
    (state,) = desk.notices.states()
    assert (state.failures, state.waiting) == (1, 1)
    assert state.problem.startswith(said)

    hook.fault = ""
    assert desk.tell() == 0  # not at once
    clock.go_on(6)
    assert desk.tell() == 1
    assert len({one.id for one in hook.taken}) == 1
    (state,) = desk.notices.states()
    assert (state.failures, state.waiting, state.problem) == (0, 0, "")


def test_a_channel_that_asks_to_wait_is_left_alone_so_long(room: Open, hook: Hook, clock: Clock) -> None:
    """Retry-After, in seconds."""
    desk = room()
    desk.record(occurrence(1))
    hook.fault, hook.headers = "429", {"retry-after": "120"}
    desk.tell()
    hook.fault = ""
    clock.go_on(119)
    assert desk.tell() == 0
    clock.go_on(2)
    assert desk.tell() == 1


def test_a_webhook_that_answers_500_for_a_day(room: Open, hook: Hook, clock: Clock) -> None:
    """All is kept, tries grow rare, it can be seen, and what was given up can be listed and sent again."""
    desk = room()
    hook.fault = "500"
    begun, number = clock(), 0
    while clock() - begun < timedelta(hours=24, minutes=20):
        number += 1
        desk.record(occurrence(number, camera=f"c-{number}", started_at=START + timedelta(seconds=number)))
        desk.tell()
        clock.go_on(300)
    tries = len(hook.taken)
    assert 96 < tries < 150  # every quarter of an hour in the end, not every second
    assert desk.counted("failed") + desk.counted("dead") == tries
    (dead,) = desk.notices.listed(LetterState.DEAD)
    assert (dead.problem, desk.counted("dead")) == ("127.0.0.1 answers HTTP 500", 1)
    (state,) = desk.notices.states()
    assert state.dead == 1
    assert state.waiting > 0

    hook.fault = ""
    assert desk.notices.send_again(dead.id) == 1
    assert desk.notices.send_again(dead.id) == 0
    for _ in range(20):
        clock.go_on(900)
        desk.tell()
    told = {notice["alert"]["id"] for one in hook.accepted for notice in one.told["notices"]}
    assert len(told) == number
    assert len(hook.accepted) < 6


def test_a_message_whose_content_is_refused_does_not_hold_up_the_others(room: Open, hook: Hook, clock: Clock) -> None:
    """422: it is a dead letter at once."""
    desk = room()
    desk.record(occurrence(1))
    hook.fault = "422"
    desk.tell()
    hook.fault = ""
    clock.go_on(10)
    desk.record(occurrence(2, camera="inner-02"))
    desk.tell()

    assert [one.told["notices"][0]["alert"]["id"] for one in hook.accepted] == ["ev-2"]
    assert len(desk.notices.listed(LetterState.DEAD)) == 1


def test_two_desks_tell_nothing_twice(room: Open, hook: Hook, clock: Clock) -> None:
    """Whichever looks first."""
    one, other = room("desk-a"), room("desk-b")
    for number in range(1, 20):
        one.record(occurrence(number, camera=f"inner-{number:02}"))
        clock.go_on(30)
        first, second = (one, other) if number % 2 else (other, one)
        first.escalator.step()
        second.escalator.step()
        first.tell()
        second.tell()
    clock.go_on(60)
    one.tell()

    notices = [notice for taken in hook.accepted for notice in taken.told["notices"]]
    keys = [(notice["kind"], notice["alert"]["id"], notice["level"]) for notice in notices]
    assert len(keys) == len(set(keys))
    assert {alert for kind, alert, _ in keys if kind == "raised"} == {f"ev-{number}" for number in range(1, 20)}


def leased(desk: DutyRoom, owner: str = "desk-a") -> tuple[str, int]:
    desk.notices.plan(["hook"], desk._decide)
    desk.notices.compose("hook", Rate(), desk.couriers[0]._write)
    letter = desk.notices.lease("hook", owner, timedelta(seconds=40), Rate())
    return (letter.id, letter.tries) if letter else ("", 0)


def test_while_one_desk_sends_the_other_does_not(room: Open, clock: Clock) -> None:
    """The letter is leased; when the one dies in the middle, the other sends it after the lease, with the same id."""
    one, other = room("desk-a"), room("desk-b")
    one.record(occurrence(1))

    letter, _ = leased(one)
    assert leased(other, "desk-b") == ("", 0)
    clock.go_on(41)
    assert leased(other, "desk-b") == (letter, 2)


@pytest.mark.parametrize(
    ("one", "fault", "done"),
    [
        pytest.param(occurrence(3), "", DutyRoom.tell, id="what was sent is not recent"),
        pytest.param(occurrence(3), "500", DutyRoom.tell, id="what was not taken is tried again"),
        pytest.param(dark(3, 130), "", DutyRoom.tell, id="what settles has settled"),
        pytest.param(occurrence(3), "", leased, id="what a desk died with is sent by another"),
    ],
)
def test_a_clock_that_was_ahead_and_is_set_back_silences_no_channel(
    room: Open, hook: Hook, clock: Clock, one: Occurrence, fault: str, done: Callable[[DutyRoom], object]
) -> None:
    """Nothing is waited for until the time comes again."""
    desk = room(rate=Rate(messages=1))
    hook.fault = fault
    desk.record(one)
    done(desk)
    hook.fault = ""
    clock.go_on(-5 * 3600)
    desk.record(occurrence(2))
    for _ in range(2):
        desk.tell()
        clock.go_on(61)

    assert kinds(hook.accepted) == ["raised", "raised"]


def test_an_old_alert_is_no_news_for_a_new_channel(url: str, hook: Hook, clock: Clock) -> None:
    """What was recorded before there was the channel stays so."""
    before = DutyRoom(url, network(), clock)
    before.record(occurrence(1))
    before.close()
    clock.go_on(10)
    after = DutyRoom(url, network(channel(hook.url)), clock)
    after.record(occurrence(1, 2, phase=Phase.CLEARED), occurrence(2, camera="inner-02"))
    after.tell()
    after.close()

    assert [one.told["notices"][0]["alert"]["id"] for one in hook.accepted] == ["ev-2"]


def test_the_address_is_never_told(tmp_path: Path, hook: Hook, clock: Clock) -> None:
    """Neither its password nor its key: not in the log, not on record; but it is used."""
    secret = hook.url.replace("//", "//duty:hunter2-password@") + "?key=hunter2-key"
    desk = DutyRoom(f"sqlite:///{tmp_path / 'record.sqlite'}", network(channel(secret, secret=None)), clock)
    desk.record(occurrence(1))
    with capture_logs() as logs:
        for hook.fault in ("500", "reset", "302", ""):
            desk.tell()
            clock.go_on(3600)
    (letter,) = desk.notices.listed()
    desk.close()

    assert hook.accepted[0].headers["authorization"].startswith("Basic ")
    assert hook.accepted[0].path.endswith("?key=hunter2-key")
    assert len(logs) == 3
    assert "hunter2" not in f"{logs} {letter}"
    assert not [file for file in tmp_path.iterdir() if b"hunter2" in file.read_bytes()]
