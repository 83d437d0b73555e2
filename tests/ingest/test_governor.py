"""When a camera's decoder sleeps and wakes."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.governor import Governor, PacketSizes, Wake
from tests.ingest.given import packet

GOP_S = 2.0
HEARTBEAT = timedelta(seconds=2)


def quiet(governor: Governor, keyframes: int, *, first: int = 0, size: int = 200) -> None:
    """Show `governor` some groups of pictures in which nothing happens."""
    for number in range(first, first + keyframes):
        governor.keyframe(packet(number * GOP_S, key=True))
        if not governor.awake:
            assert governor.reason_to_wake(packet(number * GOP_S + 0.5, size=size)) is None


def test_a_camera_begins_awake_and_falls_asleep_when_nothing_stirs() -> None:
    """After three seconds, with the keyframe that comes then."""
    governor = Governor(HEARTBEAT)

    awake = []
    for number in range(4):
        governor.keyframe(packet(number * GOP_S, key=True))
        awake.append(governor.awake)

    assert awake == [True, True, False, False]


def test_what_stirs_keeps_it_awake_for_three_seconds() -> None:
    """At 5 s something moved: at 6 it stays awake, at 8 it need not."""
    governor = Governor(HEARTBEAT)
    for number in range(3):
        governor.keyframe(packet(number * GOP_S, key=True))
        governor.stirred(packet(number * GOP_S + 1).captured_at)

    awake = []
    for number in (3, 4, 5):
        governor.keyframe(packet(number * GOP_S, key=True))
        awake.append(governor.awake)

    assert awake == [True, False, False]


def test_a_large_packet_wakes_it() -> None:
    """Against its own history: what one camera always sends is no reason."""
    governor = Governor(HEARTBEAT)
    quiet(governor, 40)

    assert governor.reason_to_wake(packet(39 * GOP_S + 1, size=260)) is None
    assert governor.reason_to_wake(packet(39 * GOP_S + 1.1, size=4000)) is Wake.SIZE


def test_a_wake_that_no_picture_bore_out_ends_with_the_next_keyframe() -> None:
    """A burst of noise costs one group of pictures."""
    governor = Governor(HEARTBEAT)
    quiet(governor, 10)
    governor.wake(Wake.SIZE, packet(19.0).captured_at)

    governor.keyframe(packet(20.0, key=True))

    assert not governor.awake


def test_what_a_camera_sends_from_now_on_wakes_it_once_or_twice() -> None:
    """At night, or of another view, packets are larger for good: they are learned while it is awake for nothing."""
    governor = Governor(HEARTBEAT)
    quiet(governor, 10)

    wakes = 0
    for number in range(10, 20):
        governor.keyframe(packet(number * GOP_S, key=True))
        for tenth in range(1, 20):
            larger = packet(number * GOP_S + tenth / 10, size=2000)
            if governor.awake:
                governor.watched(larger)
            elif (reason := governor.reason_to_wake(larger)) is not None:
                governor.wake(reason, larger.captured_at)
                wakes += 1

    assert wakes <= 3


def test_what_moves_is_not_learned_as_usual() -> None:
    """Else who comes next would be noticed later, with the keyframe."""
    governor = Governor(HEARTBEAT)
    quiet(governor, 10)
    governor.wake(Wake.SIZE, packet(19.0).captured_at)
    for tenth in range(1, 100):
        walks = packet(19.0 + tenth / 10, size=4000)
        governor.stirred(walks.captured_at)
        governor.watched(walks)
    quiet(governor, 4, first=15)

    assert governor.reason_to_wake(packet(18 * GOP_S + 1, size=4000)) is Wake.SIZE


def test_a_keyframe_that_does_not_come_wakes_it() -> None:
    """The post must be looked at, whatever interval the camera was set to meanwhile."""
    governor = Governor(HEARTBEAT)
    quiet(governor, 10)

    assert governor.reason_to_wake(packet(18.0 + 2.3, size=200)) is None
    assert governor.reason_to_wake(packet(18.0 + 2.5, size=200)) is Wake.INTERVAL


def test_time_that_runs_backwards_wakes_it() -> None:
    """Nothing is known of what such a camera sends."""
    governor = Governor(HEARTBEAT)
    governor.keyframe(packet(100.0, key=True))
    governor.keyframe(packet(10.0, key=True))

    assert governor.awake


@given(st.lists(st.integers(min_value=1, max_value=100_000), min_size=200, max_size=400))
def test_few_packets_of_any_stream_are_a_jump(sizes: list[int]) -> None:
    """Property: nine in ten are below what is learned as usual, so whatever a camera sends, it mostly sleeps."""
    history = PacketSizes()

    jumps = sum(history.jumps(size) for size in sizes * 3)

    assert jumps <= 0.35 * 3 * len(sizes)


def test_a_group_of_b_frames_and_p_frames_is_no_jump() -> None:
    """One packet in three is four times as large as the others, always."""
    history = PacketSizes()

    jumps = [history.jumps(size) for size in [2000, 500, 500] * 100]

    assert not any(jumps[30:])
