"""Media time: a packet's captured_at from its pts and its arrival."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.clock import DRIFT, LOST, REORDERED, TICK, WINDOW, MediaClock
from tests.ingest.given import SECOND, START, rising

MILLISECOND = timedelta(milliseconds=1)


def run(clock: MediaClock, *packets: tuple[float | None, float]) -> list[float]:
    """Captured times, in seconds after `START`, of packets given as (pts_s, arrival in seconds after `START`)."""
    times = [clock.captured_at(pts_s, START + arrival_s * SECOND) for pts_s, arrival_s in packets]
    return [round((at - START).total_seconds(), 3) for at in times]


def steady(first_s: float, count: int, *, late_s: float = 0.0, pace: float = 1.0) -> list[tuple[float, float]]:
    """Packets every 100 ms by pts, that arrive `late_s` after; the camera's clock runs `pace` times too slow."""
    return [(first_s + n / 10, (first_s + n / 10) * pace + late_s) for n in range(count)]


def test_the_first_packet_is_captured_when_it_arrives() -> None:
    assert run(MediaClock(), (5000.0, 0.25)) == [0.25]


def test_time_is_carried_forward_by_pts_through_a_jittering_network() -> None:
    """Packets 100 ms apart that arrive with up to 80 ms of jitter are captured 100 ms apart."""
    arrivals = [(0.0, 0.0), (0.1, 0.18), (0.2, 0.21), (0.3, 0.38), (0.4, 0.41)]
    assert run(MediaClock(), *arrivals) == [0.0, 0.1, 0.2, 0.3, 0.4]


def test_a_stall_and_its_burst_do_not_bend_time() -> None:
    """Packets held up for 5 s and delivered at once keep the times they were captured at."""
    clock = MediaClock()
    run(clock, *steady(0.0, 10))
    burst = [(1.0 + n / 10, 6.0) for n in range(50)]
    assert run(clock, *burst)[::10] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert clock.anchors == 1


def test_a_packet_that_arrives_early_pulls_time_back_without_turning_it() -> None:
    """The first packet was 2 s under way: the times after it close up to the arrivals, and never go backwards."""
    clock = MediaClock()
    times = run(clock, (0.0, 2.0), (0.1, 2.05), (0.2, 2.1), (0.3, 2.3), (0.4, 2.4))
    assert times == [2.0, 2.05, 2.1, 2.2, 2.3]


def test_a_burst_at_the_start_is_spread_by_a_millisecond_a_packet() -> None:
    """A camera that sends its last second at once on connecting is on real time from the first packet on."""
    times = run(MediaClock(), *[(n / 10, 1.0) for n in range(10)], (1.0, 1.1))
    assert times == [1.0 + n / 1000 for n in range(10)] + [1.1]


def test_a_camera_whose_clock_runs_slow_is_followed_within_the_drift_and_a_window() -> None:
    """A clock one per cent slow loses 0.1 s in a window: time stays that close to the arrivals, in small steps."""
    clock = MediaClock()
    packets = steady(0.0, 1200, pace=1.01)
    times = run(clock, *packets)
    behind = [arrival - at for (_, arrival), at in zip(packets, times, strict=True)]
    assert min(behind) >= 0
    assert max(behind) <= DRIFT.total_seconds() + 2 * 0.01 * WINDOW.total_seconds() + 0.002
    assert clock.anchors > 2
    assert times == sorted(times)


def test_a_camera_whose_clock_runs_fast_never_gets_ahead_of_real_time() -> None:
    packets = steady(0.0, 600, pace=0.99)
    times = run(MediaClock(), *packets)
    assert all(at <= arrival + 0.002 for (_, arrival), at in zip(packets, times, strict=True))
    assert times == sorted(times)


def test_lateness_beyond_a_read_timeout_anchors_at_once() -> None:
    """Pts that stand still while 11 s pass cannot be the network within one connection."""
    clock = MediaClock()
    assert run(clock, (0.0, 0.0), (0.1, LOST.total_seconds() + 1.0)) == [0.0, LOST.total_seconds() + 1.0]
    assert clock.anchors == 2


def test_pts_that_jump_forward_anchor_anew() -> None:
    """A leap of an hour in the pts is not an hour: the packet arrived 100 ms after the one before."""
    assert run(MediaClock(), (0.0, 0.0), (3600.0, 0.1), (3600.1, 0.2)) == [0.0, 0.1, 0.2]


def test_pts_that_jump_back_anchor_anew() -> None:
    """A camera that restarts its clock goes on in real time."""
    clock = MediaClock()
    assert run(clock, (3600.0, 0.0), (3600.1, 0.1), (0.0, 0.2), (0.1, 0.3)) == [0.0, 0.1, 0.2, 0.3]
    assert clock.anchors == 2


def test_a_pause_with_its_gap_in_the_pts_is_kept() -> None:
    clock = MediaClock()
    assert run(clock, (0.0, 0.0), (60.0, 60.02), (60.1, 60.1)) == [0.0, 60.0, 60.1]
    assert clock.anchors == 1


def test_b_frames_lie_between_the_pictures_they_are_shown_between() -> None:
    """Decoding order I P B B: once a P has shown how early it comes, each B has its place before it."""
    clock = MediaClock()
    run(clock, (0.0, 0.0), (0.3, 0.1), (0.1, 0.2), (0.2, 0.3))
    assert run(clock, (0.6, 0.4), (0.4, 0.5), (0.5, 0.6)) == [0.4, 0.2, 0.3]
    assert clock.anchors == 1


def test_packets_without_pts_are_captured_when_they_arrive() -> None:
    """Some cameras give none until their first sender report; what follows comes after them."""
    assert run(MediaClock(), (None, 0.0), (None, 0.1), (7.0, 0.2), (7.1, 0.3)) == [0.0, 0.1, 0.2, 0.3]


def test_packets_without_pts_that_come_together_stay_apart() -> None:
    assert run(MediaClock(), (None, 0.5), (None, 0.5), (1.0, 0.5), (1.1, 0.5)) == [0.5, 0.501, 0.502, 0.503]


def test_a_repeated_pts_repeats_its_time() -> None:
    assert run(MediaClock(), (0.0, 0.0), (0.0, 0.1), (0.1, 0.2)) == [0.0, 0.0, 0.1]


def test_pts_that_stand_still_are_no_time() -> None:
    """Once B-frames cannot be the reason, packets are captured when they arrive; pts that go on count again."""
    clock = MediaClock()
    run(clock, *steady(0.0, 10))
    stood = run(clock, *[(0.9, 0.9 + n / 10) for n in range(1, 200)])
    stands = clock.stands
    goes_on = run(clock, (1.0, 21.0), (1.1, 21.13), (1.2, 21.2))

    assert stood[:REORDERED] == [0.9] * REORDERED
    assert stood[REORDERED:] == [round(0.9 + n / 10, 3) for n in range(REORDERED + 1, 200)]
    assert stands
    assert goes_on == [21.0, 21.1, 21.2]
    assert not clock.stands


def test_b_frames_that_a_stall_held_up_do_not_stand_still() -> None:
    """Five seconds late, they have their place before the picture that came before them."""
    clock = MediaClock()
    run(clock, (0.0, 0.0), (0.3, 0.1), (0.1, 0.2), (0.2, 0.3))
    assert run(clock, (0.6, 0.4), (0.4, 5.4), (0.5, 5.4)) == [0.4, 0.2, 0.3]
    assert not clock.stands


def test_a_node_clock_set_back_a_little_does_not_stop_time() -> None:
    """By five seconds: media time goes on by pts, for rules must not stand still until they are over."""
    clock = MediaClock()
    run(clock, (0.0, 0.0), (0.1, 0.1))
    assert run(clock, (0.2, -5.0), (0.3, -4.9), (0.4, -4.8)) == [0.101, 0.2, 0.3]


def test_a_node_clock_set_back_by_an_hour_is_followed() -> None:
    """Or the connection would be an hour ahead of everything else for as long as it lasts."""
    clock = MediaClock()
    run(clock, (0.0, 0.0), (0.1, 0.1))
    assert run(clock, (0.2, -3600.0), (0.3, -3599.9), (None, -3599.8)) == [-3600.0, -3599.9, -3599.8]


def test_steps_back_add_up_to_ten_seconds_at_most() -> None:
    """A clock that runs fast is put right every day."""
    clock, ahead, arrived_s = MediaClock(), list[float](), 0.0
    for number in range(90):
        arrived_s += 0.1 - (number % 3 == 1)
        ahead += [at - arrived_s for at in run(clock, (number / 10, arrived_s))]
    assert 9 < max(ahead) <= 11


def test_a_node_clock_set_forward_is_followed() -> None:
    assert run(MediaClock(), (0.0, 0.0), (0.1, 3600.1), (0.2, 3600.2)) == [0.0, 3600.1, 3600.2]


@given(steps=st.lists(st.tuples(st.floats(0.001, 7200.0), st.floats(-0.15, 100.0)), min_size=2, max_size=60))
def test_time_rises_with_the_pts_whatever_the_arrivals(steps: list[tuple[float, float]]) -> None:
    """Property: rising pts give rising times, for any jumps of either clock but a large one of the node's backwards."""
    clock, pts_s, arrived_at, times = MediaClock(), 0.0, START, []
    for pts_step_s, arrival_step_s in steps:
        pts_s += pts_step_s
        arrived_at += arrival_step_s * SECOND
        times.append(clock.captured_at(pts_s, arrived_at))
    assert rising(times)


@given(delays=st.lists(st.floats(0.0, 3.0), min_size=1, max_size=80))
def test_no_packet_is_captured_after_it_arrived(delays: list[float]) -> None:
    """Property: but for the millisecond that keeps packets of one burst apart."""
    clock, arrived_at = MediaClock(), START
    for n, delay_s in enumerate(delays):
        arrived_at = max(arrived_at, START + (n / 10 + delay_s) * SECOND)
        assert clock.captured_at(n / 10, arrived_at) <= arrived_at + len(delays) * TICK
