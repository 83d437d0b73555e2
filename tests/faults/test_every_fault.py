"""Every fault of the simulator against the real ingest: told for what it is, survived, and nobody else's business."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise

import psutil
import pytest

from ingest.errors import Fault as Reason
from ingest.messages import CameraState as S
from sample_streams.faults import FaultKind
from tests.faults.scenario import BEGINS_S, ENDS_S, WATCHED_S, WELL, Seen, played
from tests.faults.street import street_clip
from tests.services import eventually

TOLD_S = 28.0  # into a fault, every state is told: covered after 2 s, another view after 20
BACK_S = 9.0  # after a fault's end, every camera is live again
HALF_S = 2.5  # of what stamps and clocks go wrong by; less is a packet's way here on a busy machine
DISCONNECTED = {S.OFFLINE, S.STALLED}
EXPECTED: dict[FaultKind, set[S]] = {
    FaultKind.DROP: {S.OFFLINE},
    FaultKind.REFUSE: {S.LIVE},  # who is connected stays
    FaultKind.RESET: {S.LIVE},  # reconnected by then
    FaultKind.SILENT: {S.OFFLINE},
    FaultKind.WRONG_PASSWORD: {S.LIVE},  # asked only of who connects
    FaultKind.STALL: DISCONNECTED,
    FaultKind.HALF_PACKET: DISCONNECTED,
    FaultKind.SLOW: {S.LATE},
    FaultKind.CORRUPT: {S.UNDECODABLE, S.LIVE},
    FaultKind.DUPLICATE_PTS: {S.LIVE},
    FaultKind.BACKWARD_PTS: {S.LIVE},
    FaultKind.JUMP_PTS: {S.LIVE},
    FaultKind.STANDING_PTS: {S.LIVE},
    FaultKind.CLOCK_SKEW: {S.LIVE},
    FaultKind.FREEZE: {S.FROZEN},
    FaultKind.COVER: {S.COVERED},
    FaultKind.DARKEN: {S.DARK},
    FaultKind.BLUR: {S.DEFOCUSED},
    FaultKind.SHIFT: {S.MOVED},
    FaultKind.RESOLUTION: {S.LIVE},
    FaultKind.LONG_GOP: {S.LIVE},
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """A minute in which everything goes wrong."""
    before = psutil.Process().num_fds(), threading.active_count()
    with played(street_clip(tmp_path_factory.mktemp("street") / "street.mp4")) as cameras:
        yield cameras
    eventually(lambda: threading.active_count() <= before[1], "every thread to end")
    assert psutil.Process().num_fds() <= before[0] + 2


def of(seen: dict[str, Seen], kind: FaultKind) -> Seen:
    return seen[kind.value.replace("_", "-")]


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_is_told_for_what_it_is(seen: dict[str, Seen], kind: FaultKind) -> None:
    """In its last seconds the camera is in no other state."""
    states = of(seen, kind).during(BEGINS_S + TOLD_S, ENDS_S - 0.5)

    assert states <= EXPECTED[kind]
    assert states


@pytest.mark.parametrize("kind", FaultKind)
def test_each_camera_comes_back_by_itself(seen: dict[str, Seen], kind: FaultKind) -> None:
    """Live, with frames, in the last seconds of the minute."""
    camera = of(seen, kind)

    assert camera.during(ENDS_S + BACK_S, WATCHED_S) == {S.LIVE}
    assert camera.frames[-1] > WATCHED_S - 4


def test_a_camera_that_is_well_is_no_fault_to_anybody(seen: dict[str, Seen]) -> None:
    """Beside twenty that are not: live from its first packet on, and its frames as fresh as ever."""
    camera = seen[WELL]

    assert camera.during(4, WATCHED_S) == {S.LIVE}
    gaps = [later - earlier for earlier, later in pairwise(camera.frames)]
    assert max(gaps) < 4.0
    assert sorted(camera.ages)[len(camera.ages) // 2] < 2.5


def test_a_refused_password_is_not_hammered(seen: dict[str, Seen]) -> None:
    """Minutes between two tries, however short the others' waits: cameras lock accounts."""
    waits = [wait for camera in seen.values() for reason, wait in camera.backoff.waits if reason is Reason.REFUSED]

    assert all(wait.total_seconds() >= 60 for wait in waits)


def test_a_camera_clock_that_goes_wrong_is_a_figure(seen: dict[str, Seen]) -> None:
    """Five seconds ahead from its next sender report on; before that, and of the camera that is well, none."""
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


def test_damage_is_counted(seen: dict[str, Seen]) -> None:
    """Packets that cannot be decoded are a metric, not silence."""
    assert of(seen, FaultKind.CORRUPT).value("frame_errors_total") > 0
