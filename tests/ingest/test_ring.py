"""The packet ring: whole groups of pictures, within a span and a cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from ingest.messages import Packet
from ingest.metrics import IngestMetrics
from ingest.ring import PacketRing
from tests.ingest.given import H264, OF_GATE, SECOND, START, packet

ROOMY = 1_000_000


def ring_of(packets: list[Packet], *, span_s: float = 10.0, max_bytes: int = ROOMY) -> PacketRing:
    ring = PacketRing(timedelta(seconds=span_s), max_bytes)
    for one in packets:
        ring.append(one)
    return ring


def gops(count: int, *, size: int = 100, pictures: int = 4) -> list[Packet]:
    """`count` groups of one second each: a keyframe, then pictures that depend on it."""
    return [packet(gop + n / pictures, key=n == 0, size=size) for gop in range(count) for n in range(pictures)]


def seconds(packets: tuple[Packet, ...]) -> list[float]:
    return [(one.captured_at - START).total_seconds() for one in packets]


def test_since_starts_with_the_keyframe_before_the_moment() -> None:
    """Evidence from 2.6 s on needs the group that began at 2.0."""
    assert seconds(ring_of(gops(4)).since(START + 2.6 * SECOND))[0] == 2.0


def test_since_a_keyframe_starts_with_it() -> None:
    assert seconds(ring_of(gops(4)).since(START + 2 * SECOND))[0] == 2.0


def test_since_before_the_oldest_gives_all_there_is() -> None:
    assert len(ring_of(gops(4)).since(START - SECOND)) == 16


def test_an_empty_ring_gives_nothing() -> None:
    assert ring_of([]).since(START) == ()


def test_the_oldest_groups_go_when_the_span_no_longer_needs_them() -> None:
    """With 3 s at 9.75, the group that holds 6.75 is the oldest that is kept."""
    assert seconds(ring_of(gops(10), span_s=3.0).since(START))[0] == 6.0


def test_packets_before_the_first_keyframe_are_not_kept() -> None:
    ring = ring_of([packet(0.0), packet(0.5), packet(1.0, key=True)])
    assert seconds(ring.since(START)) == [1.0]
    assert ring.dropped_without_keyframe == 2


def test_a_new_connection_waits_for_its_own_keyframe() -> None:
    """Its first packets depend on pictures nobody has: joined to the old group they would be damage."""
    again = replace(H264)
    ring = ring_of([*gops(1), packet(5.0, stream=again), packet(6.0, key=True, stream=again)])
    assert seconds(ring.since(START)) == [0.0, 0.25, 0.5, 0.75, 6.0]
    assert ring.dropped_without_keyframe == 1


def test_a_clock_that_was_set_back_begins_the_ring_anew() -> None:
    """What has a later time would never be old enough to go."""
    ring = ring_of([replace(one, captured_at=one.captured_at + 3600 * SECOND) for one in gops(4)])
    for one in gops(40):
        ring.append(one)

    assert seconds(ring.since(START - 9999 * SECOND))[0] >= 28
    assert ring.bytes <= 12 * 4 * 100


def test_the_cap_drops_whole_groups_from_the_oldest() -> None:
    ring = ring_of(gops(5), max_bytes=1000)
    assert seconds(ring.since(START))[0] == 3.0
    assert ring.dropped_for_bytes == 12


def test_a_group_that_outgrows_the_cap_is_dropped_up_to_the_next_keyframe() -> None:
    """A camera that sends no second keyframe must not fill the memory."""
    ring = ring_of([packet(0.0, key=True), *[packet(n / 10) for n in range(1, 50)]], max_bytes=1000)
    assert ring.since(START) == ()
    ring.append(packet(9.0, key=True))
    assert seconds(ring.since(START)) == [9.0]
    assert ring.dropped_for_bytes + ring.dropped_without_keyframe == 50


def test_every_packet_that_is_not_kept_is_counted() -> None:
    """By why: no room for its group, or no keyframe."""
    registry = CollectorRegistry()
    ring = PacketRing(timedelta(seconds=10), 1000, IngestMetrics(registry).of("gate"))
    for one in [packet(0.0), *(packet(1 + n / 10, key=n == 0) for n in range(20))]:
        ring.append(one)

    def counted(reason: str) -> float | None:
        return registry.get_sample_value("ringwatch_ingest_ring_dropped_packets_total", OF_GATE | {"reason": reason})

    assert (counted("bytes"), counted("keyframe")) == (11, 1 + 9)
    assert (counted("bytes"), counted("keyframe")) == (ring.dropped_for_bytes, ring.dropped_without_keyframe)


@given(
    shape=st.lists(st.tuples(st.booleans(), st.integers(0, 400), st.floats(0.0, 2.0)), max_size=80),
    span_s=st.floats(0.0, 10.0),
    max_bytes=st.integers(0, 2000),
)
def test_the_ring_keeps_its_promises(shape: list[tuple[bool, int, float]], span_s: float, max_bytes: int) -> None:
    """Property: within the cap, whole groups, in order, a suffix of what came, and the span while the cap allows it."""
    at_s, came = 0.0, []
    for key, size, step_s in shape:
        at_s += step_s
        came.append(packet(at_s, key=key, size=size))
    ring = ring_of(came, span_s=span_s, max_bytes=max_bytes)
    kept = ring.since(START - SECOND)
    assert ring.bytes == sum(len(one.payload) for one in kept) <= max_bytes
    assert not kept or (kept[0].is_keyframe and list(kept) == came[-len(kept) :])
    keys = [one for one in came if one.is_keyframe]
    if keys and not ring.dropped_for_bytes:
        needed = came[-1].captured_at - timedelta(seconds=span_s)
        assert kept[0].captured_at <= max(needed, keys[0].captured_at)
        assert sum(one.is_keyframe and one.captured_at <= needed for one in kept) <= 1
