"""Where a stream stands, by what has arrived of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import CameraError, Fault
from ingest.messages import CameraState
from ingest.stream_health import ANEW_AFTER_S, BEST_OF_S, BUCKET_S, LATE_S, STALLED_AFTER_S, Lag, StreamHealth
from tests.ingest.given import SECOND, START, packet


def at(seconds: float) -> datetime:
    return START + seconds * SECOND


def flowing(health: StreamHealth, seconds: Iterable[int], *, late_s: float = 0.0, pictures: bool = True) -> None:
    """A packet a second, each `late_s` more late than the one before."""
    for number, second in enumerate(seconds):
        health.packet(packet(second), at(second + number * late_s), second + number * late_s)
        if pictures:
            health.picture(at(second))


def error(fault: Fault, reason: str = "a reason") -> CameraError:
    return CameraError("gate", fault, reason)


def test_a_camera_connects_and_is_live_with_its_first_packet() -> None:
    """Since that moment."""
    health = StreamHealth(at(0))
    before = health.standing(at(5))
    health.began()
    flowing(health, [6])

    assert (before.state, before.since) == (CameraState.CONNECTING, at(0))
    assert (health.standing(at(7)).state, health.standing(at(7)).since) == (CameraState.LIVE, at(6))


def test_packets_that_stop_are_a_stall_since_the_last_of_them() -> None:
    """After three seconds; the next packet ends it."""
    health = StreamHealth(at(0))
    flowing(health, range(10))

    stalled = health.standing(at(12.5))
    flowing(health, [13])

    assert health.standing(at(12.0)).state is CameraState.LIVE
    assert (stalled.state, stalled.since) == (CameraState.STALLED, at(9))
    assert health.standing(at(13)).state is CameraState.LIVE


def test_packets_without_a_picture_are_undecodable() -> None:
    """Twenty seconds of them; one picture ends it."""
    health = StreamHealth(at(0))
    flowing(health, range(25), pictures=False)

    told = health.standing(at(25))
    health.picture(at(25))

    assert (told.state, told.since) == (CameraState.UNDECODABLE, at(0))
    assert health.standing(at(25)).state is CameraState.LIVE


def test_a_stream_that_gives_no_picture_for_a_minute_is_hopeless() -> None:
    """A keyframe that comes within the minute is waited for."""
    health, waits = StreamHealth(at(0)), StreamHealth(at(0))
    flowing(health, range(round(ANEW_AFTER_S) + 1), pictures=False)
    within = health.hopeless()
    flowing(health, [round(ANEW_AFTER_S) + 1], pictures=False)
    flowing(waits, range(59), pictures=False)
    flowing(waits, range(59, 100))

    assert within is None
    assert health.hopeless() == (Fault.UNREADABLE, "its packets give no picture")
    assert waits.hopeless() is None


def test_only_time_in_which_packets_come_counts_against_a_stream() -> None:
    """A stall of minutes is no minute without a picture, and a node's clock that is set forward is no time at all."""
    health = StreamHealth(at(0))
    flowing(health, range(5), pictures=False)
    health.packet(packet(300), at(300), 300.0)
    health.packet(packet(301), at(7200), 301.0)

    assert health.standing(at(7200)).state is CameraState.LIVE
    assert health.hopeless() is None


def test_undecodable_stands_over_a_new_connection_until_it_gives_a_picture() -> None:
    """Or it would be told as over, and as begun again, with every try."""
    health = StreamHealth(at(0))
    flowing(health, range(70), pictures=False)
    health.failed(error(Fault.UNREADABLE), at(70))
    health.began()
    flowing(health, range(75, 77), pictures=False)
    told = health.standing(at(77))
    health.picture(at(78))

    assert (told.state, told.since) == (CameraState.UNDECODABLE, at(0))
    assert health.hopeless() is None
    assert health.standing(at(78)).state is CameraState.LIVE


def test_a_camera_that_is_decoded_by_rare_keyframes_alone_is_live() -> None:
    """Its heartbeat may be a minute: until its next keyframe is due, and half as long again, it gives no picture."""
    health = StreamHealth(at(0))
    for second in range(106):
        health.packet(packet(second, key=second in {0, 30, 60}), at(second), second)
        if second in {0, 30, 60}:
            health.picture(at(second))
        if second == 89:
            before = health.standing(at(second)).state

    assert before is CameraState.LIVE
    assert health.standing(at(105)).state is CameraState.LIVE
    flowing(health, [106], pictures=False)
    assert health.standing(at(106)).state is CameraState.UNDECODABLE


def test_late_is_told_since_the_stream_fell_behind() -> None:
    """Not since the connection was made."""
    health = StreamHealth(at(0))
    flowing(health, range(30))
    for second in range(30, 40):
        health.packet(packet(second), at(second + 8), second + 8)
        health.picture(at(second + 8))

    standing = health.standing(at(47))

    assert (standing.state, standing.since) == (CameraState.LATE, at(38))


def test_a_stall_that_costs_the_connection_is_one_stall() -> None:
    """Since its last packet, before and after reading runs out of time; the reason is news."""
    health = StreamHealth(at(0))
    flowing(health, range(10))
    before = health.standing(at(18))
    told = health.failed(error(Fault.SILENT), at(19))

    assert (before.state, before.since) == (CameraState.STALLED, at(9))
    assert (health.standing(at(20)).state, health.standing(at(20)).since) == (CameraState.STALLED, at(9))
    assert told


def test_a_stream_that_falls_behind_is_late() -> None:
    """Each packet a tenth of a second later than the one before: five seconds behind after a minute."""
    health = StreamHealth(at(0))
    flowing(health, range(80), late_s=0.1)

    standing = health.standing(at(80 + 8))

    assert standing.state is CameraState.LATE
    assert health.lag_s == pytest.approx(7.8, abs=0.5)


@pytest.mark.parametrize(
    ("fault", "brought", "state"),
    [
        (Fault.UNREACHABLE, False, CameraState.OFFLINE),
        (Fault.REFUSED, False, CameraState.OFFLINE),
        (Fault.ENDED, True, CameraState.OFFLINE),
        (Fault.SILENT, False, CameraState.OFFLINE),
        (Fault.SILENT, True, CameraState.STALLED),
        (Fault.UNREADABLE, False, CameraState.UNDECODABLE),
        (Fault.BEHIND, True, CameraState.LATE),
    ],
)
def test_what_a_failure_means_is_decided_by_what_had_arrived(fault: Fault, brought: bool, state: CameraState) -> None:
    """The error alone does not tell."""
    health = StreamHealth(at(0))
    health.began()
    if brought:
        flowing(health, range(3))

    assert health.failed(error(fault), at(10))
    assert health.standing(at(11)).state is state


def test_failure_after_failure_is_one_state_since_the_first() -> None:
    """Told once a reason."""
    health = StreamHealth(at(0))
    told = [health.failed(error(Fault.UNREACHABLE), at(second)) for second in (1, 4, 9)]
    new_reason = health.failed(error(Fault.UNREACHABLE, "another"), at(12))

    assert told == [True, False, False]
    assert new_reason
    assert health.standing(at(13)).since == at(1)


def test_a_node_clock_set_forward_makes_no_camera_late() -> None:
    """All of them would be, for ten minutes."""
    health = StreamHealth(at(0))
    health.began()
    for second in range(30):
        health.packet(packet(second), at(second + (60 if second > 15 else 0)), second)
        health.picture(at(second + (60 if second > 15 else 0)))

    assert health.standing(at(90)).state is CameraState.LIVE


def test_stamps_that_jump_are_no_lag() -> None:
    """A camera that restarts its clock, or repeats a stamp, or runs backwards."""
    lag = Lag()
    for second, stamp in enumerate([100, 101, 102, 102, 5, 6, 7, 500_000, 500_001, 499_000]):
        lag.add(stamp, second)

    assert lag.seconds == 0.0


def test_a_stream_that_stays_behind_stays_late() -> None:
    """By time alone nobody catches up; a camera that does is in time again."""
    lag = Lag()
    for second in range(30):
        lag.add(second, second)
    for second in range(30, 30 + 3 * round(BEST_OF_S)):
        lag.add(second, second + 8)
    stays = lag.seconds
    for second in range(2000, 2005):
        lag.add(second, second + 0.2)

    assert stays == pytest.approx(8.0)
    assert lag.seconds < LATE_S


def test_a_late_stream_stalls_after_ten_seconds_without_a_packet() -> None:
    """On a link that is too slow a keyframe takes four: it is late all the while, and not stalled now and then."""
    health = StreamHealth(at(0))
    flowing(health, range(80), late_s=0.1)
    arrived_s = 79 + 7.9

    states = [health.standing(at(arrived_s + seconds)).state for seconds in (2.9, 4.5, 9.9, 10.1)]

    assert states == [CameraState.LATE] * 3 + [CameraState.STALLED]


def test_a_connection_that_is_late_for_a_minute_is_hopeless() -> None:
    """And says why; one that only stumbles is not."""
    health = StreamHealth(at(0))
    flowing(health, range(30))
    hopeless, arrived_s = dict[int, tuple[Fault, str]](), 0
    for second in range(30, 150):
        arrived_s = max(arrived_s, second + (0 if 50 <= second < 70 else 7))
        health.packet(packet(second), at(arrived_s), arrived_s)
        health.picture(at(arrived_s))
        if (why := health.hopeless()) is not None:
            hopeless[second] = why

    first = min(hopeless)
    assert 70 + ANEW_AFTER_S - STALLED_AFTER_S <= first <= 70 + ANEW_AFTER_S
    assert hopeless[first] == (Fault.BEHIND, "it stays 7 s behind")


def test_of_a_stream_without_stamps_no_lag_is_known() -> None:
    """What it was when it still had them holds for two seconds, and no longer; with stamps it begins anew."""
    lag = Lag()
    for second in range(10):
        lag.add(second, second + 0.5 * second)
    was = lag.seconds
    lag.add_unstamped(14.5)
    still = lag.seconds
    lag.add_unstamped(16.0)

    assert still == was > 3.0
    assert lag.seconds == 0.0
    lag.add(9.5, 30.0)
    assert lag.seconds == 0.0


def test_a_burst_after_a_hiccup_is_no_lag() -> None:
    """Packets that were held up for six seconds and then come at once: the newest of them is in time."""
    lag = Lag()
    for second in range(30):
        lag.add(second, second)
    for second in range(30, 37):
        lag.add(second, 36.2)

    assert lag.seconds < 1.0


@given(st.lists(st.tuples(st.floats(0.1, 8.0), st.floats(0.0, 30.0)), min_size=1, max_size=200))
def test_the_lag_is_that_behind_the_best_of_ten_minutes(steps: list[tuple[float, float]]) -> None:
    """Property: two seconds by two seconds, the least offset of each; while it is late, its best stays."""
    lag, least = Lag(), list[tuple[float, float]]()
    stamp_s = arrived_s = 0.0
    for step_s, late_s in steps:
        stamp_s += step_s
        arrived_s = max(arrived_s, stamp_s + late_s)
        was_late = lag.seconds > LATE_S
        lag.add(stamp_s, arrived_s)
        offset_s = arrived_s - stamp_s
        if least and arrived_s - least[-1][0] < BUCKET_S:
            least[-1] = (least[-1][0], min(least[-1][1], offset_s))
        else:
            kept = least if was_late else [one for one in least if one[0] >= arrived_s - BEST_OF_S]
            least = [*kept, (arrived_s, offset_s)]
        assert lag.seconds == pytest.approx(least[-1][1] - min(one for _, one in least), abs=1e-4)


def test_anybody_may_ask_while_packets_come() -> None:
    """A worker died of it: its main thread asked while a camera's thread began the next two seconds."""
    health, over = StreamHealth(at(0)), threading.Event()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def flow() -> None:
        for second in range(4_000):
            health.packet(packet(second), at(second + second % 7), second + second % 7)
        over.set()

    thread = threading.Thread(target=flow, name="camera-gate")
    try:
        thread.start()
        asked = 0
        while not over.is_set():
            health.standing(at(0))
            asked += 1
    finally:
        sys.setswitchinterval(before)
        thread.join()
    assert asked > 0
