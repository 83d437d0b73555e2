"""Every fault of the simulator against the node's ingest and rules: told for what it is, survived, nobody else's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest

from detect.messages import Phase
from ingest.backoff import FIRST_REFUSED, LONGEST
from ingest.errors import Fault as Reason
from ingest.messages import CameraState as S
from sample_streams.faults import FaultKind
from tests.faults.expected import EXPECTED, TOLD_S, documented
from tests.faults.scenario import ANEW, BEGINS_S, ENDS_S, OF_WHO_CONNECTS, WATCHED_S, WELL, Seen, name_of, played
from tests.faults.street import SIZE, street_clip
from tests.services import eventually

pytestmark = pytest.mark.timeout(240)  # the first test waits for the minute, and for the pictures that are made for it
BACK_S = 9.0  # after a fault's end, every camera is live again
HALF_S = 2.5  # of what stamps and clocks go wrong by; less is a packet's way here on a busy machine
WITHIN_S = BEGINS_S + 3.0  # a fault of the pictures begins with the next keyframe


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """A minute in which everything goes wrong."""
    before = psutil.Process().num_fds(), threading.active_count()
    with played(street_clip(tmp_path_factory.mktemp("street") / "street.mp4")) as cameras:
        yield cameras
    eventually(lambda: threading.active_count() <= before[1], "every thread to end")
    assert psutil.Process().num_fds() <= before[0] + 2


def of(seen: dict[str, Seen], kind: FaultKind, *, anew: bool = False) -> Seen:
    return seen[name_of(kind) + (ANEW if anew else "")]


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_is_told_for_what_it_is(seen: dict[str, Seen], kind: FaultKind) -> None:
    """In its last seconds the camera is in no other state."""
    states = of(seen, kind).during(BEGINS_S + TOLD_S, ENDS_S - 0.5)

    assert states <= EXPECTED[kind]
    assert states


@pytest.mark.parametrize("kind", FaultKind)
def test_the_rules_that_the_page_names_tell_of_it(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Those of `docs/SIMULATOR.md` are raised and no other, and each is cleared when the fault is over."""
    camera = of(seen, kind, anew=kind in OF_WHO_CONNECTS)

    assert camera.rules(Phase.RAISED) == documented()[kind]
    assert camera.rules(Phase.CLEARED) == documented()[kind]


@pytest.mark.parametrize("kind", FaultKind)
def test_each_camera_comes_back_by_itself(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Live, with frames, in the last seconds of the minute."""
    for anew in {False, kind in OF_WHO_CONNECTS}:
        camera = of(seen, kind, anew=anew)
        assert camera.during(ENDS_S + BACK_S, WATCHED_S) == {S.LIVE}
        assert camera.frames[-1].second > WATCHED_S - 4


def test_a_camera_that_is_well_is_no_fault_to_anybody(seen: dict[str, Seen]) -> None:
    """Beside twenty that are not: live from its first packet on, and its frames as fresh as ever."""
    camera = seen[WELL]

    assert camera.during(4, WATCHED_S) == {S.LIVE}
    assert camera.rules(Phase.RAISED) == set()
    assert camera.reconnects == 0
    gaps = [later.second - earlier.second for earlier, later in pairwise(camera.frames)]
    assert max(gaps) < 4.0
    ages_s = sorted(frame.age_s for frame in camera.frames)
    assert ages_s[len(ages_s) // 2] < 2.5


@pytest.mark.parametrize("kind", OF_WHO_CONNECTS)
def test_who_is_connected_is_not_struck_by_what_strikes_who_connects(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Live all the while, on one connection, with nothing told of it."""
    camera = of(seen, kind)

    assert camera.during(BEGINS_S, WATCHED_S) == {S.LIVE}
    assert camera.reconnects == 0
    assert camera.backoff.waits == []
    assert camera.rules(Phase.RAISED) == set()


@pytest.mark.parametrize("kind", OF_WHO_CONNECTS)
def test_who_connects_meanwhile_is_offline_until_it_is_over(seen: dict[str, Seen], kind: FaultKind) -> None:
    """One try after another fails, and one after its end does not."""
    camera = of(seen, kind, anew=True)

    assert camera.during(BEGINS_S + 3, ENDS_S - 0.5) == {S.OFFLINE}
    assert len(camera.backoff.waits) > 5
    assert camera.reconnects == 1


def test_a_refused_password_is_told_as_such_and_not_hammered(seen: dict[str, Seen]) -> None:
    """By its reason; and the backoff asks for minutes between two tries, however often this test has them made."""
    camera = of(seen, FaultKind.WRONG_PASSWORD, anew=True)
    refused = [wait for reason, wait in camera.backoff.waits if reason is Reason.REFUSED]

    assert [reason for state, reason in camera.reasons if reason.endswith("refuses the user or the password")]
    assert len(refused) > 5
    assert all(wait >= FIRST_REFUSED / 2 for wait in refused)
    assert refused[2] > FIRST_REFUSED


def test_only_a_refused_password_is_waited_for_so_long(seen: dict[str, Seen]) -> None:
    """All else is tried again within half a minute."""
    camera_of_password = f"{name_of(FaultKind.WRONG_PASSWORD)}{ANEW}"
    waits = [one for name, camera in seen.items() if name != camera_of_password for one in camera.backoff.waits]

    assert waits
    assert all(reason is not Reason.REFUSED and wait <= LONGEST for reason, wait in waits)


def test_a_reset_is_one_reconnect(seen: dict[str, Seen]) -> None:
    """Broken off, and back at once: in time for nobody to be told."""
    camera = of(seen, FaultKind.RESET)

    assert camera.reconnects == 1
    assert camera.value("reconnects_total") == 1
    assert camera.value("failures_total", fault="ended") == 1
    assert S.OFFLINE in camera.during(BEGINS_S, BEGINS_S + 6)


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.SILENT, FaultKind.STALL, FaultKind.HALF_PACKET])
def test_a_lost_connection_is_made_anew(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Again and again while nothing comes of it, and once for good."""
    camera = of(seen, kind)

    assert len(camera.backoff.waits) >= 3
    assert camera.reconnects == 1


def test_stamps_that_repeat_do(seen: dict[str, Seen]) -> None:
    """In what the source gives: every second picture has the stamp of the one before."""
    steps = of(seen, FaultKind.DUPLICATE_PTS).steps(WITHIN_S, ENDS_S)

    assert len(steps) > 200
    assert steps.count(0.0) == pytest.approx(len(steps) / 2, rel=0.1)
    assert set(seen[WELL].steps(WITHIN_S, ENDS_S)) == {0.1}


def test_stamps_that_run_back_do(seen: dict[str, Seen]) -> None:
    """Five seconds, again and again, and forward again."""
    steps = of(seen, FaultKind.BACKWARD_PTS).steps(BEGINS_S, ENDS_S)

    assert len([step for step in steps if step == pytest.approx(-4.9, abs=0.2)]) >= 3
    assert len([step for step in steps if step == pytest.approx(5.1, abs=0.2)]) >= 3


def test_stamps_that_jump_do(seen: dict[str, Seen]) -> None:
    """Five seconds ahead, and back when it is over; once each."""
    steps = of(seen, FaultKind.JUMP_PTS).steps(BEGINS_S - 1, ENDS_S + 2)
    leaps = [step for step in steps if not 0 < step < 1]

    assert leaps == pytest.approx([5.1, -4.9], abs=0.2)


def test_stamps_that_stand_are_passed_on_as_none(seen: dict[str, Seen]) -> None:
    """They say nothing, once that is sure."""
    camera = of(seen, FaultKind.STANDING_PTS)

    assert {one.stamp_s for one in camera.arrived(BEGINS_S + 5, ENDS_S - 1)} == {None}
    assert None not in {one.stamp_s for one in camera.arrived(ENDS_S + 5, WATCHED_S)}


PTS = (FaultKind.DUPLICATE_PTS, FaultKind.BACKWARD_PTS, FaultKind.JUMP_PTS, FaultKind.STANDING_PTS)


@pytest.mark.parametrize("kind", [*PTS, FaultKind.CLOCK_SKEW, FaultKind.RESOLUTION, FaultKind.LONG_GOP])
def test_pictures_go_on_whatever_is_wrong_about_them(seen: dict[str, Seen], kind: FaultKind) -> None:
    """On the one connection, and no older than usual."""
    camera = of(seen, kind)
    frames = [one for one in camera.frames if BEGINS_S <= one.second < ENDS_S]

    assert camera.reconnects == 0
    assert max(later.second - earlier.second for earlier, later in pairwise(frames)) < 4.0
    assert sorted(one.age_s for one in frames)[len(frames) // 2] < 2.5


def test_another_resolution_is_decoded_as_it_is(seen: dict[str, Seen]) -> None:
    """Half as wide while the fault lasts, and as wide as ever before and after it."""
    frames = of(seen, FaultKind.RESOLUTION).frames

    assert {one.width for one in frames if one.second < BEGINS_S} == {SIZE[0]}
    assert {one.width for one in frames if WITHIN_S <= one.second < ENDS_S} == {SIZE[0] // 2}
    assert {one.width for one in frames if one.second >= ENDS_S + 3} == {SIZE[0]}


def test_keyframes_that_are_far_apart_are_not_slept_through(seen: dict[str, Seen]) -> None:
    """Ten seconds: every picture in between is decoded, and two a second at least are looked at."""
    camera = of(seen, FaultKind.LONG_GOP)
    keyframes = [one.second for one in camera.arrived(BEGINS_S, ENDS_S) if one.is_keyframe]
    earlier, later = max(pairwise(keyframes), key=lambda pair: pair[1] - pair[0])

    assert later - earlier == pytest.approx(10, abs=0.5)
    assert len([one for one in camera.frames if earlier + 1 < one.second < later]) > 15


def test_a_camera_clock_that_goes_wrong_is_a_figure(seen: dict[str, Seen]) -> None:
    """Five seconds ahead from its next sender report on; before that, none."""
    camera = of(seen, FaultKind.CLOCK_SKEW)
    before, after = camera.clock_during(4, BEGINS_S), camera.clock_during(BEGINS_S + TOLD_S, WATCHED_S)

    assert max(abs(ahead_s) for ahead_s in before) < HALF_S
    assert HALF_S < min(after) <= max(after) < 3 * HALF_S


@pytest.mark.parametrize("kind", [None, FaultKind.JUMP_PTS, FaultKind.BACKWARD_PTS, FaultKind.STANDING_PTS])
def test_stamps_that_go_wrong_are_no_clock_that_does(seen: dict[str, Seen], kind: FaultKind | None) -> None:
    """What is told of their clocks is right; at times nothing is."""
    camera = seen[WELL] if kind is None else of(seen, kind)

    told = camera.clock_during(4, WATCHED_S)

    assert told
    assert max(abs(ahead_s) for ahead_s in told) < HALF_S


@pytest.mark.parametrize("kind", [FaultKind.CORRUPT, FaultKind.LOSS])
def test_damage_is_counted(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Packets that cannot be decoded are a metric, not silence; and of a camera that is well there are none."""
    assert of(seen, kind).value("frame_errors_total") > 0
    assert seen[WELL].value("frame_errors_total") == 0


def test_a_network_that_loses_packets_costs_single_pictures(seen: dict[str, Seen]) -> None:
    """Three in a hundred, over UDP: the pictures between the damaged ones are seen, on the one connection."""
    camera = of(seen, FaultKind.LOSS)
    frames = [one.second for one in camera.frames if BEGINS_S <= one.second < ENDS_S]

    assert camera.camera.stream.transport == "udp"
    assert camera.reconnects == 0
    assert max(later - earlier for earlier, later in pairwise(frames)) < 12
