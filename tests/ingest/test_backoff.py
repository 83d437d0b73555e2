"""How long a camera is left alone after a failure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.backoff import FIRST_REFUSED, LONGEST, LONGEST_REFUSED, Backoff
from ingest.errors import Fault


def ceilings(fault: Fault, count: int) -> list[float]:
    backoff = Backoff(uniform=lambda _low, high: high)
    return [backoff.next_wait(fault).total_seconds() for _ in range(count)]


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.REFUSED])
def test_waits_double_from_a_second_to_thirty(fault: Fault) -> None:
    assert ceilings(fault, 7) == [1, 2, 4, 8, 16, 30, 30]


def test_a_refused_password_waits_minutes() -> None:
    assert ceilings(Fault.REFUSED, 5) == [120, 240, 480, 600, 600]


def test_a_refused_password_is_never_tried_again_within_a_minute() -> None:
    """Whatever the dice say: cameras lock the account after a few wrong tries."""
    assert Backoff(uniform=lambda low, _high: low).next_wait(Fault.REFUSED) == FIRST_REFUSED / 2


def test_a_camera_that_was_well_begins_anew() -> None:
    backoff = Backoff(uniform=lambda _low, high: high)
    for _ in range(10):
        backoff.next_wait(Fault.ENDED)
    backoff.reset()
    assert backoff.next_wait(Fault.ENDED) == timedelta(seconds=1)


@given(st.lists(st.sampled_from(Fault), min_size=1, max_size=300))
def test_waits_stay_within_their_caps_for_ever(faults: list[Fault]) -> None:
    """Property: with the real dice, after any number of failures."""
    backoff = Backoff()
    for fault in faults:
        cap = LONGEST_REFUSED if fault is Fault.REFUSED else LONGEST
        assert timedelta(0) <= backoff.next_wait(fault) <= cap
