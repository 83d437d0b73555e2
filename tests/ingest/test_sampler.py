"""Which frames are analysed is a matter of pts alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.sampler import FrameSampler
from tests.ingest.given import frame


def chosen(pts: list[float], rate_hz: float = 3.0) -> list[float]:
    sampler = FrameSampler(rate_hz)
    return [at for at in pts if sampler.wants(frame(at))]


@pytest.mark.parametrize("rate", [8, 10, 12, 12.5, 15, 24, 25, 29.97, 30, 60])
def test_a_second_of_any_camera_gives_three_frames(rate: float) -> None:
    """Ten seconds at any frame rate: three frames a second, evenly spread."""
    at = chosen([n / rate for n in range(round(10 * rate))])
    assert len(at) == 30
    assert max(b - a for a, b in pairwise(at)) < 1 / 3 + 1 / rate + 1e-6


def test_a_camera_slower_than_the_rate_gives_every_frame() -> None:
    assert chosen([0.0, 0.5, 1.0, 1.5]) == [0.0, 0.5, 1.0, 1.5]


def test_the_choice_does_not_depend_on_the_frames_that_are_missing() -> None:
    """A lost frame is replaced by the next in its slot; every later choice stays."""
    pts = [n / 10 for n in range(30)]
    whole, holed = chosen(pts), chosen([at for at in pts if at != 0.4])
    assert set(whole) ^ set(holed) == {0.4, 0.5}


def test_a_slot_that_begins_on_a_frame_holds_it_however_the_division_rounded() -> None:
    thirds = [n / 3 for n in range(300)]
    assert chosen(thirds) == thirds


def test_pts_that_jump_back_begin_anew() -> None:
    assert chosen([10.0, 10.1, 0.0, 0.1, 0.2, 0.3, 0.4]) == [10.0, 0.0, 0.4]


def test_a_rate_that_chooses_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a rate of 0 Hz would never choose a frame"):
        FrameSampler(0)
