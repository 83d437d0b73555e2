"""Following objects by overlap and motion alone."""

from __future__ import annotations

import pytest

from config.model import Label
from detect.messages import Box, Detections
from detect.tracker import Tracker
from tests.detect.given import at, found

STEP_S = 1 / 3


def walker(seconds: float, *, speed: float = 0.05) -> Box:
    """Somebody who walks to the right, `speed` of the picture's width a second."""
    x = 0.1 + speed * seconds
    return x, 0.3, x + 0.1, 0.9


def join(*all_found: Detections) -> Detections:
    """What several kinds of objects together give."""
    import numpy as np

    return Detections(
        boxes=np.concatenate([one.boxes for one in all_found]),
        scores=np.concatenate([one.scores for one in all_found]),
        labels=tuple(label for one in all_found for label in one.labels),
    )


def test_a_walker_keeps_one_id() -> None:
    """From the first frame, and the track says since when he is there."""
    tracker = Tracker()

    seen = [tracker.update(found(walker(i * STEP_S)), at(i * STEP_S)) for i in range(30)]

    assert {track.id for tracks in seen for track in tracks} == {1}
    assert seen[-1][0].first_seen_at == at(0)
    assert seen[-1][0].last_seen_at == at(29 * STEP_S)
    assert all(track.first_box == pytest.approx(walker(0)) for tracks in seen for track in tracks)


def test_a_standing_guard_keeps_his_id_from_heartbeat_to_heartbeat() -> None:
    """Two seconds apart."""
    tracker = Tracker()

    seen = [tracker.update(found((0.4, 0.3, 0.5, 0.9)), at(2.0 * i)) for i in range(20)]

    assert {track.id for tracks in seen for track in tracks} == {1}


def test_two_who_pass_each_other_are_two() -> None:
    """One comes from each side."""
    tracker = Tracker()

    for i in range(30):
        s = i * STEP_S
        tracks = tracker.update(found(walker(s), (0.8 - 0.05 * s, 0.3, 0.9 - 0.05 * s, 0.9)), at(s))

    assert [track.id for track in tracks] == [1, 2]


def test_who_is_missed_for_a_moment_is_the_same() -> None:
    """Somebody walks behind a post; what is not seen now says when it was."""
    tracker = Tracker()
    for i in range(9):
        tracker.update(found(walker(i * STEP_S)), at(i * STEP_S))

    hidden = tracker.update(Detections.none(), at(3.0))
    again = tracker.update(found(walker(3.5)), at(3.5))

    assert [track.last_seen_at < at(3.0) for track in hidden] == [True]
    assert [track.id for track in again] == [1]


def test_who_is_missed_and_known_to_be_there_is_where_he_was() -> None:
    """For as long as that is said; but he was not found, so the answer that missed him is asked for again."""
    tracker = Tracker()
    for look in range(4):
        tracker.update(found(walker(0)), at(2.0 * look))

    for look in range(4, 12):
        unseen = tracker.update(Detections.none(), at(2.0 * look))
        held = tracker.hold({track.id for track in tracker.missed}, at(2.0 * look))
        assert unseen == ()
        assert [(one.id, one.last_seen_at) for one in held] == [(1, at(2.0 * look))]
        assert held[0].box == pytest.approx(walker(0))
        assert not tracker.is_settled(at(2.0 * look))
    again = tracker.update(found(walker(0)), at(24.0))

    assert [track.id for track in again] == [1]
    assert (tracker.missed, tracker.is_settled(at(24.0))) == ((), True)


def test_who_is_gone_for_long_is_forgotten() -> None:
    """Ten seconds later somebody at the same place is somebody else."""
    tracker = Tracker()
    for i in range(9):
        tracker.update(found(walker(0)), at(i * STEP_S))
    for second in range(4, 14):
        tracker.update(Detections.none(), at(second))

    tracker.update(found(walker(0)), at(14.0))
    tracks = tracker.update(found(walker(0)), at(14.3))

    assert [track.id for track in tracks] == [2]


def test_a_person_is_never_taken_for_a_vehicle() -> None:
    """Even where one stands before the other; car and truck compete for one object."""
    tracker = Tracker()
    box = (0.4, 0.3, 0.6, 0.9)

    for i in range(6):
        kind = Label.CAR if i % 2 else Label.TRUCK
        tracks = tracker.update(join(found(box), found(box, label=kind)), at(i * STEP_S))

    assert sorted(track.label for track in tracks) == [Label.CAR, Label.PERSON]


def test_the_same_detections_give_the_same_tracks() -> None:
    """Replay and live agree."""

    def run() -> list[tuple[int, Box]]:
        tracker = Tracker()
        seen = [tracker.update(found(walker(i * 0.37), walker(i * 0.37, speed=0.1)), at(i * 0.37)) for i in range(25)]
        return [(track.id, track.box) for tracks in seen for track in tracks]

    assert run() == run()


def test_nothing_is_followed_when_nothing_is_there() -> None:
    """The motion gate may sleep."""
    tracker = Tracker()

    tracker.update(Detections.none(), at(0))

    assert not tracker.busy


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
def test_a_guard_who_paces_keeps_his_id_wherever_he_turns(rate_hz: int) -> None:
    """To and fro, two of his widths a second: at one look a second his boxes do not touch."""
    tracker, ids = Tracker(), set()

    for look in range(60 * rate_hz):
        s = look / rate_hz
        far = (0.15 * s) % 0.8
        x = 0.2 + min(far, 0.8 - far)
        ids |= {track.id for track in tracker.update(found((x, 0.4, x + 0.08, 0.8)), at(s))}

    assert ids == {1}


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
def test_a_walker_is_followed_at_few_looks_a_second(rate_hz: int) -> None:
    """From the second look on; the first is a glimpse."""
    tracker = Tracker()
    seen = []
    for look in range(6 * rate_hz):
        x = 0.05 + 0.15 * look / rate_hz
        seen.append(tracker.update(found((x, 0.4, x + 0.08, 0.8)), at(look / rate_hz)))
        if look == 0:
            assert [one.first_seen_at for one in tracker.glimpses] == [at(0)]

    assert [[track.id for track in tracks] for tracks in seen] == [[], *[[1]] * (6 * rate_hz - 1)]
    assert tracker.glimpses == ()


def test_another_size_is_another_object() -> None:
    """Somebody far behind is not he who stood before him."""
    tracker = Tracker()
    for look in range(4):
        tracker.update(found((0.4, 0.3, 0.5, 0.9)), at(look))

    tracker.update(found((0.44, 0.5, 0.47, 0.65)), at(4))

    assert len(tracker.glimpses) == 1


@pytest.mark.parametrize("side", ["above", "left"])
def test_what_comes_in_over_the_edge_grows_and_is_the_same(side: str) -> None:
    """A car as long as half of the picture, a quarter of its own length a look."""
    tracker = Tracker()
    for look in range(1, 5):
        shown = 0.12 * look
        box: Box = (0.2, 0.0, 0.45, shown) if side == "above" else (0.0, 0.4, shown, 0.65)
        tracks = tracker.update(found(box, label=Label.VEHICLE), at(look * STEP_S))
        assert [track.id for track in tracks] == ([1] if look > 1 else [])


def test_who_comes_in_beside_where_somebody_left_is_another() -> None:
    """At the lower edge the last box of one touches the first of the next by a sliver, seconds later."""
    tracker = Tracker()
    for look in range(6):
        tracker.update(found((0.3, 0.4 + 0.04 * look, 0.6, min(0.98, 0.78 + 0.04 * look))), at(look * STEP_S))
    for look in range(6, 13):
        tracker.update(Detections.none(), at(look * STEP_S))

    for look in range(13, 16):
        tracks = tracker.update(found((0.56, 0.62, 0.78, 0.995)), at(look * STEP_S))

    assert [track.id for track in tracks if track.last_seen_at == at(15 * STEP_S)] == [2]


def test_a_box_as_large_as_the_picture_is_not_the_vehicle_that_drives_there() -> None:
    """A detector's mistake in rain, for one look: it would carry the vehicle over every line of the picture."""
    tracker = Tracker()
    for look in range(12):
        x = 0.7 - 0.05 * look
        box: Box = (0.0, 0.23, 1.0, 1.0) if look == 6 else (x, 0.41, x + 0.19, 0.64)
        tracks = tracker.update(found(box, label=Label.VEHICLE), at(look * STEP_S))
        assert all(track.box[3] == pytest.approx(0.64) for track in tracks)

    assert [track.id for track in tracks] == [1]


def test_who_stands_is_not_carried_off_by_who_walks_past() -> None:
    """At two looks a second, a walker before him hides him for two of them."""
    tracker = Tracker()
    standing = (0.48, 0.4, 0.56, 0.8)
    for look in range(12):
        x = 0.05 + 0.075 * look
        passer: Box = (x, 0.42, x + 0.09, 0.86)
        boxes = [passer] if look in {6, 7} else [standing, passer]
        tracks = tracker.update(found(*boxes), at(look / 2))

    tops = {track.id: track.box[1] for track in tracks}
    assert tops == {1: pytest.approx(standing[1]), 2: pytest.approx(passer[1])}


def car(near: float) -> Box:
    """One that comes towards the camera; `near` 0 to 1."""
    high = 0.10 + 0.05 * near
    x, base = 0.5, 0.3 + 0.6 * near
    return x - 0.6 * high, base - high, x + 0.6 * high, base


def test_a_fast_car_is_followed_from_its_second_look() -> None:
    """It covers more than its own height between two looks: where it was nothing is, and it is the only one about."""
    tracker = Tracker()

    seen = [tracker.update(found(car(0.3 * i), label=Label.VEHICLE), at(i * STEP_S)) for i in range(3)]

    assert [[track.id for track in tracks] for tracks in seen] == [[], [1], [1]]


@pytest.mark.parametrize("far", ["two about", "a person", "too far"])
def test_who_may_have_gone_another_way_is_not_taken_for_fast(far: str) -> None:
    """Where there are two, where people cannot be so fast, and where no car is."""
    tracker = Tracker()
    label = Label.PERSON if far == "a person" else Label.VEHICLE
    beside = (0.30, 0.37, 0.44, 0.48)
    next_looks = {"two about": (car(0.3), beside), "a person": (car(0.3),), "too far": (car(0.7),)}

    tracker.update(found(car(0.0), label=label), at(0))
    tracks = tracker.update(found(*next_looks[far], label=label), at(STEP_S))

    assert tracks == ()


TALL = 0.12  # of the picture, of somebody of 1.75 m


def runner(seconds: float, speed: float, *, begin: float = 0.02, base: float = 0.8) -> Box:
    """Somebody who runs to the right at so many metres a second."""
    x = begin + speed / 1.75 * TALL * 9 / 16 * seconds
    wide = 0.34 * TALL * 9 / 16
    return x, base - TALL, x + wide, base


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
@pytest.mark.parametrize("speed", [1.8, 2.2, 3, 4, 5])
def test_who_runs_is_followed_from_his_third_look(speed: float, rate_hz: int) -> None:
    """Where he was nothing is, and the third look finds him where he went; the first two are glimpses."""
    tracker, seen = Tracker(), []
    for look in range(4 * rate_hz):
        seen.append(tracker.update(found(runner(look / rate_hz, speed)), at(look / rate_hz)))

    assert [[track.id for track in tracks] for tracks in seen[2:]] == [[1]] * (4 * rate_hz - 2)
    (track,) = seen[-1]
    first_at, first_box = track.leapt_from or (track.first_seen_at, track.first_box)
    assert first_at == at(0)
    assert first_box == pytest.approx(runner(0, speed))


@pytest.mark.parametrize("rate_hz", [0.25, 0.5, 1, 2, 3, 5])
@pytest.mark.parametrize("apart", [1, 2, 4, 8, 12])
def test_two_who_are_missed_by_turns_are_not_one_who_runs(apart: float, rate_hz: float) -> None:
    """So many metres apart, in many looks."""
    tracker = Tracker()
    for look in range(30):
        tracks = tracker.update(found(runner(look % 2, apart)), at(look / rate_hz))
        assert tracks == () or within_reach(apart, rate_hz)


def within_reach(apart: float, rate_hz: float) -> bool:
    """Whether one can have walked there: who is so near may be taken for him, as ever."""
    return apart / 1.75 / 0.34 < min(0.6 + 2.5 / rate_hz, 3.0)


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
def test_a_mistake_beside_him_is_not_where_he_came_from(rate_hz: int) -> None:
    """Somebody appears and stays, a look after a mistake of the detector elsewhere."""
    tracker = Tracker()
    tracker.update(found(runner(1 / rate_hz, 4)), at(0))
    for look in range(1, 5):
        tracks = tracker.update(found(runner(0, 0)), at(look / rate_hz))

    assert [(track.id, track.first_seen_at, track.leapt_from) for track in tracks] == [(1, at(1 / rate_hz), None)]


@pytest.mark.parametrize("rate_hz", [1, 2, 3, 5])
def test_who_is_missed_and_another_elsewhere_are_two(rate_hz: int) -> None:
    """One who was followed vanishes, and in that look another is there, as far as one can run."""
    tracker = Tracker()
    for look in range(6):
        tracker.update(found(runner(0, 0)), at(look / rate_hz))
    for look in range(6, 10):
        tracks = tracker.update(found(runner(1 / rate_hz, 4)), at(look / rate_hz))

    assert [track.id for track in tracks if track.last_seen_at == at(9 / rate_hz)] == [2]


@pytest.mark.parametrize("second", ["stands", "runs beside him", "walks the other way"])
def test_who_runs_past_another_takes_nothing_from_him(second: str) -> None:
    """The other, who was there before, keeps his id; of two who run together nobody knows which is which."""
    tracker, others = Tracker(), {"stands": 0.0, "runs beside him": 4.0, "walks the other way": -1.4}
    ids = set()
    for look in range(15):
        s = look / 3
        boxes = [runner(s, others[second], begin=0.4 if second != "runs beside him" else 0.02, base=0.78)]
        boxes += [runner(s - 1, 4, begin=0.02)] if look >= 3 else []
        for track in tracker.update(found(*boxes), at(s)):
            ids |= {track.id} if track.last_seen_at == at(s) and track.box[3] == pytest.approx(0.78) else set()

    assert ids == {1}
