"""When a connection is left alone for a moment, and for how long."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from ingest.gathering import GATHER_BYTES, GATHER_LEAST_S, GATHER_S, LATE_S, PROVEN_S, TRUSTED_S, Gathering
from ingest.governor import Governor
from tests.ingest.given import SECOND, START, packet
from tests.ingest.test_governor import GOP_S, HEARTBEAT, quiet


class Connection:
    """One that is read ten times a second, and a read of which has just had to wait."""

    def __init__(self) -> None:
        self.gathering = Gathering()
        self.now_s = 50.0
        self.read(0.8, 50.0)
        self.read(0.9, 50.1)

    def read(self, at_s: float, read_s: float, *, work_s: float = 0.0, size: int = 100, **more: float) -> float:
        """How long it is left alone after the packet with that stamp, which was read at `read_s`."""
        expected = {"awaited_s": math.inf, "lag_s": 0.0} | more
        self.gathering.came(packet(at_s, size=size), read_s)
        pause_s = self.gathering.pause_s(expected["awaited_s"], read_s + work_s, expected["lag_s"])
        self.gathering.turned(read_s + work_s + pause_s)
        return pause_s


def reads(
    sent: Iterable[tuple[float, float]], awaited_s: Callable[[int], float], *, work_s: float = 0.0
) -> list[float]:
    """When each packet is read, of those with a stamp that were sent at a time, in seconds."""
    gathering, now_s, read = Gathering(), 0.0, []
    for number, (stamp_s, sent_s) in enumerate(sent):
        now_s = max(now_s, sent_s)
        read.append(now_s)
        gathering.came(packet(stamp_s), now_s)
        now_s += work_s
        now_s += gathering.pause_s(awaited_s(number), now_s, 0.0)
        gathering.turned(now_s)
    return read


def every(count: int, spacing_s: float) -> Callable[[int], float]:
    """Each packet whose number is a multiple of `count` is awaited."""
    return lambda number: (count - number % count) * spacing_s


@pytest.mark.parametrize(
    ("late_s", "awaited_s", "pause_s"),
    [
        pytest.param(0.02, math.inf, GATHER_S, id="nobody waits"),
        pytest.param(0.02, 1.9, GATHER_S, id="somebody will"),
        pytest.param(0.02, 0.2, 0.18 + LATE_S, id="soon"),
        pytest.param(0.02, 0.005, 0.0, id="at once"),
        pytest.param(0.02, 0.0, 0.0, id="it is not known when"),
        pytest.param(0.0, 0.0, 0.0, id="it is not known when, of one that came at once"),
        pytest.param(0.02, -3.0, 0.0, id="what was awaited does not come"),
        pytest.param(0.1, math.inf, 0.0, id="the next is here"),
        pytest.param(2.5, math.inf, 0.0, id="many are: the network held them up"),
    ],
)
def test_packets_gather_while_nobody_waits_for_one(late_s: float, awaited_s: float, pause_s: float) -> None:
    """`late_s` later than it should have come, the next that matters is due `awaited_s` after the newest."""
    pause = Connection().read(1.0, 50.2 + late_s, awaited_s=awaited_s)

    assert pause == pytest.approx(pause_s)


def test_what_has_taken_long_leaves_less_time() -> None:
    """The next one comes when it comes, whatever was done with this one."""
    assert Connection().read(1.0, 50.2, awaited_s=0.2, work_s=0.06) < 0.2 - 0.06 + LATE_S


def test_now_and_then_what_is_awaited_is_waited_for() -> None:
    """In between it is read when it has come: a thread is woken once for all that gathered, not twice."""
    sent = [(number / 10, number / 10) for number in range(300)]
    read = reads(sent, every(3, 0.1))

    waited = sum(at_s == sent_s for (_, sent_s), at_s in zip(sent, read, strict=True))
    late = [at_s - sent_s for (_, sent_s), at_s in list(zip(sent, read, strict=True))[3::3]]
    assert 15 / PROVEN_S <= waited <= 30 / PROVEN_S
    assert max(late) == pytest.approx(LATE_S)


@pytest.mark.parametrize(
    ("bytes_a_s", "pause_s"),
    [(1_000, GATHER_S), (GATHER_BYTES / 0.4, 0.4), (500_000, GATHER_LEAST_S), (5_000_000, GATHER_LEAST_S)],
)
def test_no_more_is_left_waiting_than_a_connection_holds(bytes_a_s: float, pause_s: float) -> None:
    """A main stream's packets are many times as large as a quiet sub stream's."""
    connection = Connection()

    for number in range(200):
        connection.read(1 + number / 10, 50.2 + number / 10, size=round(bytes_a_s / 10))

    assert connection.gathering.longest_s == pytest.approx(pause_s, abs=0.01)


def test_a_backlog_is_read_until_there_is_none() -> None:
    """What the network held up comes at once, with stamps that say nothing of it any more."""
    sent = [(number / 10, 10.0 if 50 <= number < 100 else number / 10) for number in range(200)]

    read = reads(sent, every(3, 0.1))

    late = [at_s - sent_s for (_, sent_s), at_s in zip(sent, read, strict=True)]
    assert set(late[50:99]) == {0.0}
    assert max(late[100:130]) > 0.1


def test_a_stream_behind_its_best_is_read_on() -> None:
    """Its best of ten minutes: of the last seconds alone it may be the one that was least late."""
    assert Connection().read(1.0, 50.2, lag_s=0.3) == 0.0
    assert Connection().read(1.0, 50.2, lag_s=0.1) > 0.0


@pytest.mark.parametrize("work_s", [0.0002, 0.012])
@pytest.mark.parametrize("awaited_s", [every(8, 0.04), lambda _number: math.inf], ids=["looked at", "recorded"])
def test_what_had_gathered_before_the_first_read_is_read_at_once(
    awaited_s: Callable[[int], float], work_s: float
) -> None:
    """A server begins with a group of pictures; what is done with each is no waiting for the next."""
    sent = [(number / 25, max(4.0, number / 25)) for number in range(300)]

    read = reads(sent, awaited_s, work_s=work_s)

    assert read[100] == pytest.approx(4.0 + 100 * work_s, abs=0.1 + 100 * work_s)
    assert max(at_s - sent_s for (_, sent_s), at_s in list(zip(sent, read, strict=True))[150:]) < GATHER_S


@pytest.mark.parametrize("pace", [1.05, 1.67])
def test_stamps_that_run_too_slowly_leave_no_backlog(pace: float) -> None:
    """A camera that sends more than its stamps say is read off every few seconds."""
    sent = [(number / 25, number / 25 / pace) for number in range(1500)]

    read = reads(sent, every(8, 0.04))

    late = [at_s - sent_s for (_, sent_s), at_s in zip(sent, read, strict=True)]
    assert max(late) < 0.4 + TRUSTED_S * (1 - 1 / pace)
    assert min(late[-100:]) < LATE_S


@pytest.mark.parametrize("pace", [0.9999, 1.0001])
def test_a_camera_whose_clock_is_not_ours_gathers_all_the_same(pace: float) -> None:
    """A tenth of a second in a quarter of an hour."""
    sent = [(number / 10, number / 10 * pace) for number in range(36_000)]

    read = reads(sent, every(3, 0.1))

    late = [at_s - sent_s for (_, sent_s), at_s in zip(sent[-300:], read[-300:], strict=True)]
    assert sum(one == 0.0 for one in late) < 40
    assert max(late) < 0.3


def test_of_a_heavy_stream_what_gathered_is_worked_off_before_the_next_look() -> None:
    """Eight pictures of 12 ms each, the last of them awaited: the connection is read so much sooner."""
    sent = [(number / 25, number / 25) for number in range(500)]

    read = reads(sent, every(8, 0.04), work_s=0.012)

    awaited = list(zip(sent, read, strict=True))[160::8]
    assert max(at_s - sent_s for (_, sent_s), at_s in awaited) < 2 * LATE_S


def test_stamps_that_jump_begin_anew() -> None:
    """Nothing is known of how late the next ones are: a read has to wait first."""
    connection = Connection()
    assert connection.read(1.0, 50.2) > 0

    jumped = [connection.read(7000.0 + n / 10, 50.3 + n / 1000) for n in range(20)]

    assert set(jumped) == {0.0}


def test_streams_without_stamps_are_read_as_they_come() -> None:
    """Their arrival is all that is known of them."""
    gathering = Gathering()
    for at_s in (1.0, 1.1, 1.2):
        gathering.came(replace(packet(at_s), pts_ticks=None, dts_ticks=None), at_s)
        pause_s = gathering.pause_s(math.inf, at_s, 0.0)
        gathering.turned(at_s)

    assert pause_s == 0.0


def test_pictures_out_of_order_are_read_on() -> None:
    """A B-frame lies before the one that came before it: how far apart pictures are is not known."""
    assert Connection().read(0.85, 50.2) == 0.0


def test_what_is_awaited_of_a_sleeping_camera_is_its_next_keyframe() -> None:
    """Nothing of one that is awake, or that has shown one keyframe alone."""
    governor = Governor(HEARTBEAT)
    assert governor.awaited_at is None
    quiet(governor, 1)
    assert governor.awaited_at is None

    quiet(governor, 3, first=1)

    assert not governor.awake
    assert governor.awaited_at == START + 4 * GOP_S * SECOND
