"""Which frames are analysed is a matter of pts alone."""

from __future__ import annotations

from itertools import accumulate, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sampler import MOST_HZ, ROUNDING_S, WAVERING_S, FrameSampler
from tests.ingest.given import frame

THIRD_S = 1 / 3


def chosen(pts: list[float], rate_hz: float = 3.0) -> list[float]:
    sampler = FrameSampler(rate_hz)
    return [at for at in pts if sampler.wants(frame(at))]


def longest_gap(at: list[float]) -> float:
    return max(b - a for a, b in pairwise(at))


@pytest.mark.parametrize(
    ("rate", "most"),
    [
        (1, 1),
        (3, 3),
        (4, 4),
        (5, 5),
        (7, 4),
        (8, 5),
        (10, 4),
        (12, 3),
        (12.5, 3.5),
        (15, 3),
        (24, 3),
        (25, 4),
        (29.97, 3.3),
        (30, 3),
        (60, 3),
    ],
)
def test_a_busy_camera_is_analysed_three_times_a_second_or_more(rate: float, most: float) -> None:
    """At any frame rate no two lie further apart than a third of a second, where frames exist; nor are there many."""
    at = chosen([n / rate for n in range(round(20 * rate))])

    assert longest_gap(at) <= max(THIRD_S, 1 / rate) + ROUNDING_S
    assert len(at) / 20 <= most + 0.05


@pytest.mark.parametrize("rate", [10, 25, 30])
def test_stamps_that_waver_are_no_reason_to_analyse_every_frame(rate: float) -> None:
    """By two fifths of their interval: the gaps are longer by what cannot be foreseen, and there are a few more."""
    dice = Random(3)  # noqa: S311 - the same stamps in every run
    at = chosen([(n + dice.uniform(-0.2, 0.2)) / rate for n in range(round(60 * rate))])

    assert longest_gap(at) <= THIRD_S + 0.8 / rate
    assert len(at) / 60 <= 4.8


@pytest.mark.parametrize("rate", [3.5, 5, 8, 10, 12, 15, 25, 29.97, 60])
def test_the_next_frame_that_is_analysed_is_foreseen(rate: float) -> None:
    """Where frames come evenly: no packet before it need be read at once."""
    sampler, foreseen = FrameSampler(), []
    for one in (frame(n / rate) for n in range(round(20 * rate))):
        before = sampler.awaited_at
        if sampler.wants(one):
            foreseen.append((before, one.captured_at))

    apart_s = [(at - before).total_seconds() for before, at in foreseen[2:] if before is not None]
    assert len(apart_s) == len(foreseen) - 2
    assert apart_s == pytest.approx([0.0] * len(apart_s), abs=0.001)


@pytest.mark.parametrize("pts", [[0.0], [0.0, 1.0], [0.0, 0.5, 0.5], [5.0, 4.0], [0.0, 1.0, 1.000001]])
def test_stamps_that_foretell_nothing_foretell_no_frame(pts: list[float]) -> None:
    """One alone, seldom ones, ones that stand or run backwards."""
    sampler = FrameSampler()
    for at_s in pts:
        sampler.wants(frame(at_s))

    assert sampler.awaited_at is None


def test_stamps_in_whole_milliseconds_are_no_delay() -> None:
    """Ten frames of 33 or 34 ms are a third of a second."""
    assert len(chosen([round(n / 30, 3) for n in range(600)])) == 60


@given(intervals=st.lists(st.floats(0.001, 0.3), min_size=10, max_size=300))
def test_however_unevenly_frames_come_there_are_six_a_second_at_most(intervals: list[float]) -> None:
    """Property: and none is passed over for longer than a third of a second and what the stream itself leaves out."""
    at = chosen(list(accumulate(intervals)))

    assert len(at) <= MOST_HZ * (at[-1] - at[0]) + 2
    assert all(b - a <= THIRD_S + WAVERING_S + max(intervals) for a, b in pairwise(at))


def test_a_camera_slower_than_the_rate_gives_every_frame() -> None:
    assert chosen([0.0, 0.5, 1.0, 1.5]) == [0.0, 0.5, 1.0, 1.5]


def test_the_choice_does_not_depend_on_the_frames_that_are_missing() -> None:
    """A lost frame is replaced by the next in its slot; every later choice stays."""
    pts = [n / 10 for n in range(30)]
    whole, holed = chosen(pts), chosen([at for at in pts if at != 0.4])

    assert set(whole) ^ set(holed) <= {0.3, 0.4, 0.5}
    assert 0.4 in whole


@pytest.mark.parametrize("rate", [5, 7, 10, 12.5, 25])
def test_a_camera_that_wakes_gives_the_frames_that_it_would_have_given_awake(rate: float) -> None:
    """Whatever came before, from the first slot on: a sleeping camera has shown a keyframe in two seconds."""
    pts = [n / rate for n in range(round(20 * rate))]

    awake, woken = (chosen(given) for given in (pts, [0.0, 2.0, 4.0, *(at for at in pts if at > 6.0)]))

    assert [at for at in woken if at > 6.4] == [at for at in awake if at > 6.4]


def test_a_slot_that_begins_on_a_frame_holds_it_however_the_division_rounded() -> None:
    thirds = [n / 3 for n in range(300)]
    assert chosen(thirds) == thirds


def test_pts_that_jump_back_begin_anew() -> None:
    assert chosen([10.0, 10.1, 0.0, 0.1, 0.2, 0.3, 0.4]) == [10.0, 0.0, 0.2, 0.4]


def test_pts_that_stand_still_are_one_moment() -> None:
    assert chosen([10.0, 10.0, 10.0, 10.1]) == [10.0]


def test_a_rate_that_chooses_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a rate of 0 Hz would never choose a frame"):
        FrameSampler(0)
