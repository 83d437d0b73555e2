"""An open list that nobody accepts: who is told, when, and that it is told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.handover import Handovers
from alerts.lifecycle import Act
from alerts.messages import Disposition
from config.notify import Told
from ringwatch.duty import look_at_handover
from tests.alerts.duty_room import Clock, DutyRoom, channel, kinds, network
from tests.alerts.making import occurrence
from tests.alerts.webhook_server import Hook

LOOK_S = 10.0


def local(hour: float) -> datetime:
    """A time of the first day in Shanghai. Shifts change at 8, 16 and 24; a list may wait for a quarter of an hour."""
    return datetime(2026, 1, 1, tzinfo=network().zone_info).astimezone(UTC) + timedelta(hours=hour)


class Watched(DutyRoom):
    """A desk that also looks at the handover, as its process does every ten seconds."""

    def __init__(self, url: str, hook: Hook, clock: Clock, name: str, **fields: Any) -> None:
        super().__init__(url, network(channel(hook.url, **fields)), clock, name)
        self.handovers = Handovers(self.network, self.database, self.book, clock=clock)

    def look(self, hours: float = 0.0) -> None:
        """Look at it, again and again for so long, and tell what there is to be told."""
        until = self.clock() + timedelta(hours=hours)
        while True:
            look_at_handover(self.network, self.handovers, self.notices, self.duty_metrics)
            self.tell()
            if self.clock() >= until:
                return
            self.clock.go_on(max(LOOK_S, hours * 3600 / 20))

    def gauge(self, name: str) -> float | None:
        return self.registry.get_sample_value(name)


Open = Callable[..., Watched]


@pytest.fixture
def clock() -> Clock:
    return Clock(local(15))


@pytest.fixture
def room(url: str, hook: Hook, clock: Clock) -> Iterator[Open]:
    """A desk at 15:00; further ones share the record."""
    with ExitStack() as stack:

        def open_room(name: str = "desk", **fields: Any) -> Watched:
            room = Watched(url, hook, clock, name, **fields)
            stack.callback(room.close)
            return room

        yield open_room


def handovers_told(hook: Hook) -> list[dict[str, Any]]:
    return [notice for one in hook.accepted for notice in one.told["notices"] if notice["kind"] == "handover"]


def test_a_list_that_is_not_accepted_in_time_is_told(room: Open, hook: Hook, clock: Clock) -> None:
    """Which shift, since when, how much is open; a quarter of an hour after the change and not before."""
    desk = room()
    desk.record(occurrence(1))
    desk.handovers.accept("desk-1")
    desk.look()
    clock.now = local(16.25)
    desk.look()
    assert handovers_told(hook) == []
    assert desk.gauge("ringwatch_duty_handover_overdue_seconds") == 0

    clock.go_on(LOOK_S)
    desk.look()

    (notice,) = handovers_told(hook)
    assert notice["detail"] == {"shift": "中班", "begins": local(16).isoformat(), "minutes": 15, "count": 1}
    assert "alert" not in notice
    assert hook.accepted[-1].told["title"] == "【三线视频卡口】交接班"
    assert hook.accepted[-1].told["text"] == (
        "【三线视频卡口】交接班\n中班 于 16:00:00 接班，15 分钟内未确认未办结清单（1 条）\n当班：中班 二号席"
    )
    assert desk.gauge("ringwatch_duty_handover_overdue_seconds") == LOOK_S


def test_it_is_told_in_english_where_that_is_read(room: Open, hook: Hook, clock: Clock) -> None:
    """The same facts."""
    desk = room(language="en")
    desk.record(occurrence(1))
    clock.now = local(16.5)
    desk.look()

    (text,) = (one.told["text"] for one in hook.accepted if kinds([one]) == ["handover"])
    assert "中班 came on at 16:00:00 and has not accepted the open list (1) within 15 minutes" in text


def test_it_is_told_once_for_each_change_of_shift(room: Open, hook: Hook, clock: Clock) -> None:
    """However long it stays so, however many desks look, and after a restart; the next shift's is another."""
    desk, other = room("desk-a"), room("desk-b")
    desk.record(occurrence(1))
    clock.now = local(16.5)
    desk.look(hours=3)
    other.look(hours=3)
    room("restarted").look()
    assert len(handovers_told(hook)) == 1

    clock.now = local(24.5)
    other.look()
    desk.look()
    assert [notice["detail"]["shift"] for notice in handovers_told(hook)] == ["中班", "夜班"]


def test_a_list_that_is_accepted_is_nothing_to_tell(room: Open, hook: Hook, clock: Clock) -> None:
    """Nor does it count as overdue."""
    desk = room()
    desk.record(occurrence(1))
    clock.now = local(16.1)
    desk.handovers.accept("desk-2")
    desk.look(hours=2)

    assert kinds(hook.accepted).count("handover") == 0
    assert desk.gauge("ringwatch_duty_handover_overdue_seconds") == 0


def test_an_empty_list_is_nothing_to_tell_until_something_is_on_it(room: Open, hook: Hook, clock: Clock) -> None:
    """Nobody is called because nothing is open; but what comes then, nobody has taken over."""
    desk = room()
    desk.record(occurrence(1))
    for act in (Act.CLAIM, Act.ACKNOWLEDGE, Act.RESOLVE):
        desk.database.act("ev-1", act, "desk-1", why="looked", disposition=Disposition.TRUE)
    clock.now = local(16.5)
    desk.look()
    assert handovers_told(hook) == []

    desk.record(occurrence(2, camera="inner-02"))
    desk.look()
    assert [notice["detail"]["count"] for notice in handovers_told(hook)] == [1]


def test_a_channel_that_does_not_ask_for_it_is_not_told(room: Open, hook: Hook, clock: Clock) -> None:
    """It is told of alerts alone."""
    desk = room(events=(Told.RAISED,))
    desk.record(occurrence(1))
    clock.now = local(16.5)
    desk.look()

    assert kinds(hook.accepted) == ["raised"]


def test_it_is_kept_while_the_channel_is_away(room: Open, hook: Hook, clock: Clock) -> None:
    """A desk that ends meanwhile leaves it to the next one, which tells it once."""
    desk = room()
    desk.record(occurrence(1))
    hook.fault = "500"
    clock.now = local(16.5)
    desk.look()
    hook.fault = ""
    clock.go_on(60)
    room("restarted").look(hours=1)

    assert len(handovers_told(hook)) == 1
