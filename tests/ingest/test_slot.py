"""Latest frames: bounded, fair, counted."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.slot import IN_A_ROW, MOST, LatestFrames
from tests.ingest.given import frame


def test_the_newest_frame_wins_and_the_loss_is_counted() -> None:
    slots = LatestFrames()
    assert [slots.put(frame(n / 10)) for n in range(3)] == [False, True, True]
    newest = slots.take(0)
    assert newest is not None
    assert newest.pts_s == 0.2
    assert slots.take(0) is None
    assert slots.dropped == {"gate": 2}


def test_a_busy_camera_does_not_keep_the_others_waiting() -> None:
    """However often a camera's frame is replaced, each other camera has its turn first."""
    slots = LatestFrames()
    taken = []
    for name in ("a", "b", "c"):
        slots.put(frame(camera_id=name))
    for n in range(6):
        one = slots.take(0)
        assert one is not None
        taken.append(one.camera)
        slots.put(frame(n + 1.0, camera_id="a"))
        slots.put(frame(n + 1.0, camera_id=one.camera))
    assert taken == ["a", "b", "c", "a", "b", "c"]


def test_frames_that_catch_up_are_not_replaced() -> None:
    """What happened just before a camera woke is analysed frame by frame, the newest after it."""
    slots = LatestFrames()
    for n in range(3):
        slots.put(replace(frame(n / 10), catching_up=True))
    slots.put(frame(0.3))
    slots.put(frame(0.4))

    taken = [slots.take(0) for _ in range(5)]

    assert [one.pts_s if one else None for one in taken] == [0.0, 0.1, 0.2, 0.4, None]


def test_they_are_bounded_and_the_oldest_goes() -> None:
    """A camera that wakes again and again while the detector is behind."""
    slots = LatestFrames()

    dropped = [slots.put(replace(frame(n / 10), catching_up=True)) for n in range(MOST + 2)]

    first = slots.take(0)
    assert sum(dropped) == 2
    assert first is not None
    assert first.pts_s == 0.2


def test_a_turn_of_a_camera_that_catches_up_is_several_frames() -> None:
    """One a turn would make it seconds late; all of them the others."""
    slots = LatestFrames()
    for name in ("a", "b"):
        for n in range(IN_A_ROW + 2):
            slots.put(replace(frame(n / 10, camera_id=name), catching_up=True))
    slots.put(frame(camera_id="c"))

    taken = [slots.take(0) for _ in range(2 * IN_A_ROW + 5)]

    names = "".join(one.camera if one else "" for one in taken)
    assert names == "a" * IN_A_ROW + "b" * IN_A_ROW + "c" + "aa" + "bb"


def test_a_turn_ends_with_what_waited() -> None:
    """Who has caught up goes to the end, and the next time has a whole turn."""
    slots = LatestFrames()
    slots.put(replace(frame(0.0, camera_id="a"), catching_up=True))
    assert slots.take(0) is not None
    slots.put(frame(camera_id="b"))
    for n in range(IN_A_ROW + 1):
        slots.put(replace(frame(n / 10, camera_id="a"), catching_up=True))
    slots.put(frame(camera_id="c"))

    taken = [slots.take(0) for _ in range(IN_A_ROW + 3)]

    assert "".join(one.camera if one else "" for one in taken) == "b" + "a" * IN_A_ROW + "ca"


def test_several_are_taken_at_once_each_of_a_camera_of_its_own() -> None:
    """For a detector that looks at many pictures at a time; those whose turn it is, and no more than are there."""
    slots = LatestFrames()
    for name in ("a", "b", "c"):
        for n in range(2):
            slots.put(replace(frame(n / 10, camera_id=name), catching_up=True))

    taken = [{one.camera for one in slots.take_some(0, 2)} for _ in range(5)]

    assert taken == [{"a", "b"}, {"a", "b"}, {"c"}, {"c"}, set()]


def test_take_waits_for_a_frame() -> None:
    slots = LatestFrames()
    threading.Timer(0.05, slots.put, [frame(camera_id="late")]).start()
    one = slots.take(5.0)
    assert one is not None
    assert one.camera == "late"


def test_close_wakes_everyone_who_waits_and_takes_nothing_more() -> None:
    slots = LatestFrames()
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.append(slots.take(30.0)), name="taker")
    waiting.start()
    slots.close()
    waiting.join(5.0)
    assert answers == [None]
    assert not slots.put(frame())
    assert slots.take(0) is None


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcd")), max_size=60))
def test_every_frame_is_taken_dropped_or_still_waiting(script: list[str | None]) -> None:
    """Property, for any order of puts (a camera's name) and takes (None): never more than one frame a camera waits."""
    slots, put, taken = LatestFrames(), 0, 0
    for camera_id in script:
        if camera_id is None:
            taken += slots.take(0) is not None
        else:
            slots.put(frame(camera_id=camera_id))
            put += 1
    waiting = 0
    while slots.take(0) is not None:
        waiting += 1
    assert waiting <= 4
    assert put == taken + waiting + sum(slots.dropped.values())


def test_one_cameras_frames_can_be_forgotten() -> None:
    """Those of the others stay, in their order."""
    slots = LatestFrames()
    for name in ("a", "b", "c"):
        slots.put(frame(camera_id=name))

    slots.forget("b")
    slots.forget("unknown")

    assert [one.camera for one in slots.take_some(0, 5)] == ["a", "c"]


def test_it_says_how_far_behind_the_analysis_is() -> None:
    """By how many wait and what a frame took lately, not by what was waited for: time without work is none."""
    now_s = 0.0
    slots = LatestFrames(lambda: now_s)
    assert slots.behind_s == 0.0
    for n in range(200):
        slots.put(frame(float(n)))
        assert slots.take(0) is not None
        now_s += 0.02  # the analysis
        assert slots.take(0) is None
        now_s += 5.0  # nothing comes
    for name in ("a", "b", "c"):
        slots.put(frame(camera_id=name))
    assert slots.behind_s == pytest.approx(0.06, rel=0.01)
    assert len(slots.take_some(0, 2)) == 2
    now_s += 0.08  # of two frames together, twice as long for each
    slots.put(frame(1.0, camera_id="a"))
    slots.take(0)
    assert 0.02 < slots.behind_s < 0.03


def test_a_stall_says_little_of_the_frames_to_come() -> None:
    """A process that stood still for ten seconds looked at moving cameras seldom for a hundred frames after it."""
    now_s = 0.0
    slots = LatestFrames(lambda: now_s)
    for n in range(200):
        slots.put(frame(float(n)))
        slots.take(0)
        now_s += 10.0 if n == 198 else 0.02

    slots.put(frame(200.0))
    assert 0.02 < slots.behind_s < 0.04
