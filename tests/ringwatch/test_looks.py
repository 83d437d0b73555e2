"""A camera that is looked at too seldom says so: its rules' timers stand still meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import Camera, Ring, Stream
from ingest.messages import CameraState, CameraStatus
from ringwatch.looks import BRIEF, GRACE, LATE_FOR, Looks

START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GRACE_S, LATE_S = GRACE.total_seconds(), LATE_FOR.total_seconds()


def camera(name: str = "gate", *, heartbeat_s: float = 2.0) -> Camera:
    return Camera(
        id=name,
        name=name,
        ring=Ring.INNER,
        heartbeat=heartbeat_s * SECOND,
        stream=Stream(sub="rtsp://192.0.2.1/sub"),
    )


def status(state: CameraState = CameraState.LIVE, *, since_s: float = 0.0, name: str = "gate") -> CameraStatus:
    return CameraStatus(camera=name, state=state, since=START + since_s * SECOND)


def looked(looks: Looks, seconds: Iterable[float], *, of: Camera | None = None, watched: bool = True) -> list[float]:
    """Look at pictures of these seconds; those at which the camera is late."""
    one, late = of or camera(), list[float]()
    for second in seconds:
        looks.note(one, START + second * SECOND, looked=True, watched=watched)
        if looks.told(status(name=one.id)).state is CameraState.LATE:
            late.append(second)
    return late


def every(step_s: float, until_s: float, begin_s: float = 0.0) -> list[float]:
    return [begin_s + number * step_s for number in range(round((until_s - begin_s) / step_s))]


def test_looks_that_lie_too_far_apart_are_told_after_half_a_minute() -> None:
    """Not while all cameras begin at once; since when, and how far they lie apart."""
    looks = Looks()
    late = looked(looks, every(5.0, 200.0))
    told = looks.told(status())

    assert GRACE_S + LATE_S - 5 <= late[0] <= GRACE_S + LATE_S + 5
    assert late == every(5.0, 200.0, late[0])
    assert (told.state, told.since) == (CameraState.LATE, START + late[0] * SECOND)
    assert told.reason == "it is looked at every 5 s"


def test_a_camera_that_is_looked_at_in_time_again_is_well_after_as_long() -> None:
    """Half a minute of looks in time, so that it does not change to and fro."""
    looks = Looks()
    looked(looks, every(5.0, 200.0))
    late = looked(looks, every(2.0, 300.0, 200.0))

    assert 200 + LATE_S - 4 <= late[-1] <= 200 + LATE_S
    assert looks.told(status()).state is CameraState.LIVE


@pytest.mark.parametrize("heartbeat_s", [0.5, 2.0, 60.0])
@given(gaps=st.lists(st.floats(0.01, 1.99), max_size=200))
def test_looks_within_two_heartbeats_are_never_late(heartbeat_s: float, gaps: list[float]) -> None:
    """Property: however unevenly they come."""
    assert looked(Looks(), accumulate(gap * heartbeat_s for gap in gaps), of=camera(heartbeat_s=heartbeat_s)) == []


def test_a_slow_camera_with_a_short_heartbeat_is_late_where_its_timers_stand_still() -> None:
    """Not at a picture in two seconds, which lets them run, but at one in three."""
    short = camera(heartbeat_s=0.5)

    assert looked(Looks(), every(2.0, 200.0), of=short) == []
    assert looked(Looks(), every(3.0, 200.0), of=short) != []


def test_a_full_worker_that_keeps_up_is_well_for_hours() -> None:
    """Of a hundred looks two or three come late by a second, and at its start all do."""
    dice, seconds = Random(5), [0.0]  # noqa: S311 - the same looks in every run
    while seconds[-1] < 4 * 3600:
        usual_s = dice.choice((2.0, 2.3, 3.0, 3.6)) + 1.5 * (dice.random() < 0.03)
        seconds.append(seconds[-1] + (6.0 if seconds[-1] < GRACE_S else usual_s))

    assert looked(Looks(), seconds) == []


def test_most_looks_too_far_apart_are_late_though_some_are_in_time() -> None:
    """A post's time would run three or four times too slowly."""
    gaps = [7.0, 7.0, 2.0] * 30

    assert looked(Looks(), accumulate(gaps)) != []


def test_one_long_pause_is_no_lateness() -> None:
    """A machine that was suspended, or whose clock is set forward, is well; so is one whose clock is set back."""
    looks = Looks()
    late = looked(looks, [*every(2.0, 100.0), *every(2.0, 3800.0, 3700.0), *every(2.0, 300.0, 200.0)])

    assert late == []


def test_a_camera_that_is_not_due_is_not_late() -> None:
    """A quiet one without a post has no heartbeat; one that was late is well when it grows quiet."""
    looks = Looks()
    never = looked(looks, every(9.0, 200.0), watched=False)
    was_late = looked(looks, every(9.0, 400.0, 200.0))
    looked(looks, every(9.0, 600.0, 400.0), watched=False)

    assert never == []
    assert was_late
    assert looks.told(status()).state is CameraState.LIVE


def test_pictures_that_are_passed_over_are_no_looks() -> None:
    """Somebody who is there is followed by looks, not by pictures."""
    looks, one = Looks(), camera()
    for second in range(120):
        looks.note(one, START + second * SECOND, looked=second % 6 == 0, watched=True)

    assert looks.told(status()).reason == "it is looked at every 6 s"


def test_a_slow_heartbeat_is_late_after_three_looks() -> None:
    """One of a minute cannot be judged in half a minute."""
    late = looked(Looks(), every(130.0, 1300.0), of=camera(heartbeat_s=60.0))

    assert late[0] >= 3 * 130.0


@pytest.mark.parametrize("state", [CameraState.OFFLINE, CameraState.UNDECODABLE, CameraState.CONNECTING])
def test_a_camera_that_gives_no_pictures_misses_no_looks(state: CameraState) -> None:
    """It is told for what it is, and begins anew."""
    looks = Looks()
    looked(looks, every(5.0, 200.0))

    told = looks.look_at(status(state, since_s=201), START + 202 * SECOND)

    assert told.state is state
    assert looked(looks, every(5.0, 250.0, 210.0)) == []


def test_a_stream_that_stalls_again_and_again_is_late() -> None:
    """A packet every seven seconds: stalled, and live, and stalled, it would be neither for long enough to be told."""
    looks, states = Looks(), list[CameraState]()
    for second in range(150):
        now = START + second * SECOND
        if second % 7 == 0:
            looks.note(camera(), now, looked=True, watched=True)
        stalls = second % 7 > 3
        stream = status(CameraState.STALLED if stalls else CameraState.LIVE, since_s=second - second % 7)
        states.append(looks.look_at(stream, now).state)

    assert set(states[:60]) == {CameraState.LIVE, CameraState.STALLED}
    assert set(states[80:]) == {CameraState.LATE}


def test_a_stream_that_stalls_for_good_is_stalled() -> None:
    """Though it was late."""
    looks, stream = Looks(), status(CameraState.STALLED, since_s=200)
    looked(looks, every(5.0, 200.0))

    assert looks.look_at(stream, stream.since + BRIEF - SECOND).state is CameraState.LATE
    assert looks.look_at(stream, stream.since + BRIEF).state is CameraState.STALLED
    assert looks.told(stream).state is CameraState.STALLED


@pytest.mark.parametrize(
    ("late", "well", "problem"),
    [
        (0, 4, ""),
        (1, 0, ""),
        (2, 7, ""),
        (2, 6, "2 of 8 cameras are looked at too seldom, every 5 s"),
        (12, 0, "12 of 12 cameras are looked at too seldom, every 5 s"),
    ],
)
def test_many_that_are_late_are_their_workers_problem(late: int, well: int, problem: str) -> None:
    """A camera or two are a matter of these cameras; quiet ones do not count, nor any that is gone."""
    looks = Looks()
    for number in range(late):
        looked(looks, every(5.0, 100.0), of=camera(f"late-{number}"))
    for number in range(well):
        looked(looks, every(2.0, 100.0), of=camera(f"well-{number}"))
    looked(looks, every(5.0, 100.0), of=camera("quiet"), watched=False)
    looked(looks, every(5.0, 100.0), of=camera("gone"))
    looks.forget("gone")

    assert looks.problem == problem
