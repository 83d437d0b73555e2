"""The faults that GStreamer's server can produce: the node says the same of them as of the simulator's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from detect.messages import Phase
from ingest.messages import CameraState as S
from sample_streams.faults import FaultKind
from sample_streams.variants import write_spoiled
from tests.faults.expected import EXPECTED, PAGE, TOLD_S, documented
from tests.faults.scenario import BEGINS_S, ENDS_S, OF_WHO_CONNECTS, WELL, Act, Seen, name_of, watch
from tests.faults.street import SIZE, street_clip
from tests.gst_server import GstRtspServer, running


def _restart(server: GstRtspServer) -> None:
    """With a new password, which nobody was told."""
    server.stop()
    server.password = "another"
    server.start()


pytestmark = pytest.mark.timeout(240)  # the first test waits for it all
SPOILED = ("freeze", "corrupt", "duplicate_pts", "backward_pts")  # by the server's program
OTHER = ("cover", "darken", "blur", "shift", "resolution", "long_gop")  # another clip's pictures
# By ending the server, starting it with another password, or stopping it with its connections open.
ACTS: dict[str, Callable[[GstRtspServer], None]] = {
    "drop": GstRtspServer.stop,
    "wrong_password": _restart,
    "stall": GstRtspServer.pause,
}
KINDS = [FaultKind(name) for name in (*ACTS, *SPOILED, *OTHER)]
USER, PASSWORD = "viewer", "of the street"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Seen]]:
    """Three quarters of a minute in which everything goes wrong that can."""
    folder = tmp_path_factory.mktemp("street")
    clip = street_clip(folder / "street.mp4")
    with ExitStack() as stack:
        urls, acts = {}, list[tuple[float, Act]]()
        for name in (WELL, *KINDS):
            server = stack.enter_context(running(_server(name, clip, folder)))
            urls[name.replace("_", "-")] = server.url
            if name in ACTS:
                acts.append((BEGINS_S, partial(ACTS[name], server)))
        yield watch(urls, ENDS_S, acts)


def _server(name: str, clip: Path, folder: Path) -> GstRtspServer:
    user, password = (USER, PASSWORD) if name == FaultKind.WRONG_PASSWORD else ("", "")
    other = folder / f"{name}.mp4" if name in OTHER else None
    if other is not None:
        write_spoiled(clip, other, FaultKind(name))
    fault = "other" if other else name if name in SPOILED else ""
    return GstRtspServer(clip=clip, user=user, password=password, fault=fault, after_s=BEGINS_S, other=other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_node_says_of_it_what_it_says_of_the_simulators(seen: dict[str, Seen], kind: FaultKind) -> None:
    """The same state in the end, and the same rules raised."""
    camera = seen[name_of(kind)]
    expected = {S.OFFLINE} if kind in OF_WHO_CONNECTS else EXPECTED[kind]  # its server was gone for a moment

    assert camera.during(BEGINS_S + TOLD_S, ENDS_S - 0.5) <= expected
    assert camera.during(5, BEGINS_S) == {S.LIVE}
    assert camera.rules(Phase.RAISED) == documented()[kind]


def test_a_camera_beside_them_is_well(seen: dict[str, Seen]) -> None:
    """Live from its first packet on, and its frames as fresh as ever."""
    camera = seen[WELL]
    gaps = [later.second - earlier.second for earlier, later in pairwise(camera.frames)]

    assert camera.during(5, ENDS_S) == {S.LIVE}
    assert camera.rules(Phase.RAISED) == set()
    assert max(gaps) < 4.0


def test_a_changed_password_is_refused(seen: dict[str, Seen]) -> None:
    """By its reason."""
    reasons = seen["wrong-password"].reasons

    assert [reason for state, reason in reasons if reason.endswith("refuses the user or the password")]


def test_stamps_and_pictures_are_wrong_as_they_should_be(seen: dict[str, Seen]) -> None:
    """What is survived did happen."""
    begins_s, duplicate, backward = BEGINS_S + 4, seen["duplicate-pts"], seen["backward-pts"]
    keyframes = [one.second for one in seen["long-gop"].packets if one.is_keyframe]

    steps = duplicate.steps(begins_s, ENDS_S)
    assert steps.count(0.0) == pytest.approx(len(steps) / 2, rel=0.1)
    assert min(backward.steps(0, ENDS_S)) == pytest.approx(-4.9, abs=0.2)
    assert seen["corrupt"].value("frame_errors_total") > 0
    assert {one.width for one in seen["resolution"].frames if one.second > begins_s} == {SIZE[0] // 2}
    assert max(later - earlier for earlier, later in pairwise(keyframes)) == pytest.approx(10, abs=0.5)


def test_the_page_names_what_is_shown_against_this_server() -> None:
    """In its last sentences."""
    said = PAGE.read_text("utf-8").partition("GStreamer's RTSP server")[2].partition("\n\n")[0]

    assert set(re.findall(r"`(\w+)`", said)) == {kind.value for kind in KINDS}
