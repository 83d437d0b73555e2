"""When a connection is left alone for a moment, and for how long."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ingest.gathering import GATHER_BYTES, GATHER_LEAST_S, GATHER_S, LATE_S, PROVEN_S, Gathering
from ingest.governor import Governor
from tests.ingest.given import SECOND, START, packet
from tests.ingest.test_governor import GOP_S, HEARTBEAT, quiet


class Read:
    """A connection, read ten times a second."""

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.now_s = 0.0
        self.pause(0.9)

    def pause(
        self, at_s: float, *, late_s: float = 0.0, waited_s: float = 0.1, size: int = 100, **more: float
    ) -> float:
        """After a packet captured at `at_s` that came `late_s` later, when it had been waited for for `waited_s`."""
        self.now_s += waited_s
        one, expected = packet(at_s, size=size), {"awaited_s": math.inf, "lag_s": 0.0} | more
        pause_s = self.gathering.pause_s(one, one.captured_at + late_s * SECOND, self.now_s, **expected)
        self.now_s += pause_s
        return pause_s


@pytest.mark.parametrize(
    ("late_s", "awaited_s", "pause_s"),
    [
        pytest.param(0.02, math.inf, GATHER_S, id="nobody waits"),
        pytest.param(0.02, 1.9, GATHER_S, id="somebody will"),
        pytest.param(0.02, 0.2, 0.18 + LATE_S, id="soon"),
        pytest.param(0.02, 0.005, 0.0, id="at once"),
        pytest.param(0.02, 0.0, 0.0, id="it is not known"),
        pytest.param(0.0, 0.0, 0.0, id="it is not known, of one that came at once"),
        pytest.param(0.02, -3.0, 0.0, id="what was awaited does not come"),
        pytest.param(0.1, math.inf, 0.0, id="the next is here"),
        pytest.param(2.5, math.inf, 0.0, id="many are: the network held them up"),
        pytest.param(-0.5, 0.2, 0.2 + LATE_S, id="the node's clock was set back"),
    ],
)
def test_packets_gather_while_nobody_waits_for_one(late_s: float, awaited_s: float, pause_s: float) -> None:
    """`late_s` after the newest was captured, the next that matters is due `awaited_s` after it."""
    assert Read().pause(1.0, late_s=late_s, awaited_s=awaited_s) == pytest.approx(pause_s)


def test_now_and_then_what_is_awaited_is_waited_for() -> None:
    """In between it is read when it has come: a thread is woken once for all that gathered, not twice."""
    gathering, now_s, waits = Gathering(), 0.0, 0

    for number in range(300):  # every third of ten a second is awaited
        one, arrives_s = packet(number / 10), max(now_s, number / 10)
        waits += arrives_s > now_s
        awaited_s = 0.3 - number % 3 / 10
        now_s = arrives_s + gathering.pause_s(one, START + arrives_s * SECOND, arrives_s, awaited_s, 0.0)

    assert 15 / PROVEN_S <= waits <= 30 / PROVEN_S


@pytest.mark.parametrize(
    ("bytes_a_s", "pause_s"),
    [(1_000, GATHER_S), (GATHER_BYTES / 0.4, 0.4), (500_000, GATHER_LEAST_S), (5_000_000, GATHER_LEAST_S)],
)
def test_no_more_is_left_waiting_than_a_connection_holds(bytes_a_s: float, pause_s: float) -> None:
    """A main stream's packets are many times as large as a quiet sub stream's."""
    read = Read()

    pauses = [read.pause(1.0 + number / 10, size=round(bytes_a_s / 10)) for number in range(200)]

    assert pauses[-1] == pytest.approx(pause_s, abs=0.01)


def test_a_backlog_is_read_until_there_is_none() -> None:
    """What the network held up comes at once, with stamps that say nothing of it any more."""
    read = Read()
    assert read.pause(1.0) == GATHER_S

    behind = [read.pause(1.1 + n / 10, waited_s=0.0, lag_s=5.0 - n / 10) for n in range(40)]
    caught_up = read.pause(5.1, lag_s=0.05)

    assert set(behind) == {0.0}
    assert caught_up == GATHER_S


def test_stamps_that_run_too_fast_are_no_reason_to_pause_for_ever() -> None:
    """Unless a read has to wait now and then, there is a backlog, whatever they say."""
    read = Read()

    pauses = [read.pause(1.0 + n / 5, waited_s=0.001) for n in range(30)]

    assert sum(pauses) < 3.0
    assert pauses[-10:] == [0.0] * 10


def test_streams_without_stamps_are_read_as_they_come() -> None:
    """Their arrival is all that is known of them."""
    gathering = Gathering()
    for at_s in (1.0, 1.1, 1.2):
        one = replace(packet(at_s), pts_ticks=None)
        pause = gathering.pause_s(one, one.captured_at, at_s, math.inf, 0.0)

    assert pause == 0.0


def test_pictures_out_of_order_are_read_on() -> None:
    """A B-frame lies before the one that came before it: how far apart pictures are is not known."""
    read = Read()
    read.pause(1.3)

    assert read.pause(1.1, late_s=0.2) == 0.0


def test_what_is_awaited_of_a_sleeping_camera_is_its_next_keyframe() -> None:
    """Nothing of one that is awake, or that has shown one keyframe alone."""
    governor = Governor(HEARTBEAT)
    assert governor.awaited_at is None
    quiet(governor, 1)
    assert governor.awaited_at is None

    quiet(governor, 3, first=1)

    assert not governor.awake
    assert governor.awaited_at == START + 4 * GOP_S * SECOND
