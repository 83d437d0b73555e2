"""RTP packets into whole pictures, with every loss and every disorder scripted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.whip.reassembly import MOST, WAIT_S, Part, Reassembly, Whole

FIRST = 65_530  # sequence numbers wrap within a few packets
EACH = 3  # packets a picture


def sent(pictures: int, *, first: int = FIRST, marked: bool = True) -> list[Part]:
    """The packets of so many pictures, in order; picture n is `nA nB nC`."""
    return [
        Part(
            sequence=(first + picture * EACH + index) % 65_536,
            timestamp=(2**32 - 9000 + picture * 9000) % 2**32,
            is_last=marked and index == EACH - 1,
            payload_type=97,
            payload=f"{picture}{'ABC'[index]} ".encode(),
        )
        for picture in range(pictures)
        for index in range(EACH)
    ]


def put(parts: Iterable[Part], reassembly: Reassembly | None = None, *, every_s: float = 0.01) -> list[Whole]:
    """The pictures that come of `parts`, one packet every so many seconds."""
    reassembly = reassembly or Reassembly()
    return [whole for number, part in enumerate(parts) for whole in reassembly.add(part, number * every_s)]


def shown(pictures: Iterable[Whole]) -> list[str]:
    return [picture.payload.decode().strip() for picture in pictures]


def whole(*numbers: int) -> list[str]:
    return [f"{number}A {number}B {number}C" for number in numbers]


def test_a_picture_is_whole_with_its_marker() -> None:
    """At once: nothing waits for the next picture's first packet."""
    pictures = put(sent(4))

    assert shown(pictures) == whole(0, 1, 2, 3)
    assert not any(picture.after_loss for picture in pictures)


def test_without_markers_a_picture_is_whole_when_the_next_begins() -> None:
    assert shown(put(sent(4, marked=False))) == whole(0, 1, 2)


@given(st.randoms(use_true_random=False), st.integers(0, 65_535))
def test_packets_may_come_in_any_order_and_twice(random: object, first: int) -> None:
    """As long as none is missing for long, every picture comes whole, in order, once."""
    parts = sent(20, first=first)
    mixed = parts[:1] + sorted(parts[1:] + parts[5:9], key=lambda part: parts.index(part) + random.uniform(0, 9))  # type: ignore[attr-defined]

    pictures = put(mixed, every_s=0.001)

    assert shown(pictures) == whole(*range(20))


def test_a_packet_that_comes_again_in_time_is_waited_for() -> None:
    parts = sent(6)
    late = parts.pop(4)

    pictures = put([*parts[:12], late, *parts[12:]])

    assert shown(pictures) == whole(*range(6))
    assert not any(picture.after_loss for picture in pictures)


def test_a_packet_that_never_comes_costs_its_picture_and_is_told() -> None:
    """Pictures behind it are held back for half a second, then go on, the first marked."""
    reassembly = Reassembly()
    parts = sent(40)
    del parts[4]  # of picture 1

    pictures = put(parts, reassembly)

    assert shown(pictures) == whole(0, *range(2, 40))
    assert [picture.after_loss for picture in pictures] == [False, True, *[False] * 37]
    assert reassembly.lost == 1


def test_a_lost_end_does_not_join_two_pictures() -> None:
    """Nobody knows whether the picture behind the gap has its beginning: it is left out as well."""
    parts = sent(40)
    del parts[5]  # the last of picture 1, with its marker

    assert shown(put(parts)) == whole(0, *range(3, 40))


def test_the_wait_for_a_packet_is_short() -> None:
    """A stream of one packet a picture goes on after half a second, not after hundreds of packets."""
    parts = [part for part in sent(60) if part.is_last]
    parts = [
        Part(sequence=n, timestamp=n * 9000, is_last=True, payload_type=97, payload=b"x") for n in range(len(parts))
    ]
    del parts[10]
    reassembly = Reassembly()
    came_s = [number * 0.1 for number, part in enumerate(parts) for _ in reassembly.add(part, number * 0.1)]

    held_back_s = max(later - earlier for earlier, later in pairwise(came_s))
    assert held_back_s <= WAIT_S + 0.11


def test_losses_that_follow_one_another_do_not_add_up() -> None:
    """A vehicle on a poor network is half a second late, and never more."""
    parts = [Part(sequence=n, timestamp=n * 900, is_last=True, payload_type=97, payload=b"x") for n in range(1000)]
    reassembly = Reassembly()
    late_s = [
        n / 100 - whole.timestamp / 900 / 100
        for n, part in enumerate(parts)
        if n % 10
        for whole in reassembly.add(part, n / 100)
    ]

    assert max(late_s) <= WAIT_S + 0.02
    assert len(late_s) >= 0.8 * (len(parts) - 100 * WAIT_S) - 2
    assert reassembly.lost == pytest.approx(100 - 10 * WAIT_S, abs=1)


def test_a_gap_that_is_filled_leaves_the_next_one_the_rest_of_its_time() -> None:
    """Both were seen at once: what was given to the first has passed for the second."""
    reassembly = Reassembly()
    parts = sent(4)
    lost, never = parts[4], parts[7]
    came = [(part, 0.0) for part in parts if part not in (lost, never)]

    pictures = [
        (whole.payload[:1], now_s)
        for part, now_s in [*came, (lost, 0.4), (sent(5)[-3], 0.51)]
        for whole in reassembly.add(part, now_s)
    ]

    assert pictures == [(b"0", 0.0), (b"1", 0.4), (b"3", 0.51)]


def test_padding_makes_no_picture() -> None:
    """Senders that measure the network send empty packets behind a picture."""
    parts = sent(3)
    padded = [
        Part(sequence=(FIRST + n) % 65_536, timestamp=part.timestamp, is_last=part.is_last, payload_type=97, payload=b)
        for n, (part, b) in enumerate(
            (part, b) for part in parts for b in ([part.payload, b""] if part.is_last else [part.payload])
        )
    ]

    assert shown(put(padded)) == whole(0, 1, 2)


def test_a_stream_that_begins_anew_elsewhere_is_followed() -> None:
    """Another encoder with other numbers: no waiting for sixty thousand packets."""
    parts = [*sent(3), *sent(3, first=30_000)]

    pictures = put(parts)

    assert shown(pictures) == whole(0, 1, 2, 0, 1, 2)
    assert [picture.after_loss for picture in pictures] == [False] * 3 + [True, False, False]


def test_what_is_held_behind_a_gap_is_bounded() -> None:
    """However fast packets come."""
    reassembly = Reassembly()
    parts = sent(2000)
    del parts[4]

    pictures = put(parts, reassembly, every_s=0.0)

    assert shown(pictures) == whole(0, *range(2, 2000))
    assert reassembly.lost == 1


def test_a_clock_that_stands_still_costs_no_more_than_one_that_runs() -> None:
    """A sender may give all its pictures one timestamp: after a loss they go on behind the next marker."""
    parts = [replace(part, timestamp=9000) for part in sent(40)]
    del parts[4]  # of picture 1

    assert shown(put(parts)) == whole(0, *range(2, 40))


def test_a_picture_that_never_ends_is_bounded() -> None:
    """No marker, and always the same timestamp: it is given up, and what comes after it is marked."""
    endless = [replace(part, timestamp=9000) for part in sent(MOST, marked=False)]
    pictures = put([*endless, *sent(2, first=(FIRST + len(endless)) % 65_536)], every_s=0.0)

    assert shown(pictures) == whole(0, 1)
    assert [picture.after_loss for picture in pictures] == [True, False]
