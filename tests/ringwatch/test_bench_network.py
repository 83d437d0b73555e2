"""The rehearsal of a network: what it plans, what it notes, and a short one for real."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import pytest

from config.load import load
from config.model import Ring
from ingest.stream_health import ANEW_AFTER_S, LATE_S, STALLED_AFTER_S
from ringwatch.bench_network import Figures
from ringwatch.bench_rehearsal import (
    CALM_S,
    EXCLUDED,
    IDLE,
    LOOKED_AT_S,
    MEASURED_S,
    SLOW_KBIT_S,
    STATES,
    WARM_UP_S,
    Plan,
    PlannedFault,
    faults_of,
    is_busy,
    network_of,
)
from ringwatch.bench_streams import busy_clip
from ringwatch.board import CameraRow
from sample_streams.faults import FaultKind, Timeline
from tests.sample_streams.samples import made_samples
from tests.services import REPOSITORY, eventually

DROP = PlannedFault(camera="bench-02", kind="drop", at_s=100, for_s=60)
ROW = CameraRow(
    id="bench-02",
    name="2",
    ring=Ring.MIDDLE,
    state="offline",
    reason="",
    since="",
    last_frame_age_s=1.0,
    went_live=True,
)


@pytest.mark.parametrize("minutes", [2, 30])
def test_faults_are_random_and_the_same_for_the_same_seed(minutes: float) -> None:
    """Each over before the calm in which every camera comes back, and no camera with two at once."""
    plan = Plan(cameras=92, minutes=minutes, model="auto", faults_seed=7)
    faults = faults_of(plan)

    assert faults == faults_of(plan) != faults_of(replace(plan, faults_seed=8))
    assert {fault.kind for fault in faults} == STATES.keys()
    assert all(fault.at_s + fault.for_s <= WARM_UP_S + 60 * minutes - CALM_S for fault in faults)
    assert min(fault.at_s for fault in faults) >= WARM_UP_S + (MEASURED_S if minutes == 30 else 0)
    for one in faults:
        others = [other for other in faults if other.camera == one.camera and other is not one]
        assert not any(one.at_s <= other.at_s < one.at_s + one.for_s for other in others)


def test_every_fault_of_the_simulator_is_rehearsed_or_it_is_said_why_not() -> None:
    """A new one belongs into one of the two."""
    assert STATES.keys() == set(FaultKind) - EXCLUDED.keys()
    assert EXCLUDED.keys() <= set(FaultKind)


def test_a_timeline_is_one_that_the_simulator_reads() -> None:
    """Slow says how slow, and lasts long enough for a camera to be late, and not so long that it is connected anew."""
    faults = faults_of(Plan(cameras=92, minutes=30, model="auto", faults_seed=7))
    timeline = Timeline.model_validate({"faults": [fault.row() for fault in faults]})

    slow = [fault for fault in timeline.faults if fault.fault is FaultKind.SLOW]
    assert len(timeline.faults) == len(faults)
    assert {fault.kbit_s for fault in slow} == set(SLOW_KBIT_S.values())
    assert {fault.kbit_s for fault in timeline.faults if fault.fault is not FaultKind.SLOW} == {64.0}
    for fault in slow:
        late_s = (fault.lasts.total_seconds() - LOOKED_AT_S) * (1 - 0.8)
        assert late_s > LATE_S
        assert fault.lasts.total_seconds() < ANEW_AFTER_S


def test_slow_is_a_little_slower_than_what_a_camera_sends(tmp_path: Path) -> None:
    """Or it is late after minutes, or stalls between two pictures."""
    clips = {clip.name: clip.path for clip in made_samples().clips()}
    shown = {"moving": busy_clip(tmp_path / "busy.mp4"), "quiet": clips[IDLE]}

    for name, clip in shown.items():
        with av.open(str(clip)) as container:
            sizes = [(packet.size, packet.is_keyframe) for packet in container.demux(video=0)]
            assert container.duration
            kbit_s = 8e-3 * sum(size for size, _ in sizes) / (container.duration / av.time_base)
        assert 0.7 < SLOW_KBIT_S[name] / kbit_s < 0.8
        assert 8e-3 * max(size for size, is_key in sizes if is_key) / SLOW_KBIT_S[name] < STALLED_AFTER_S


def test_every_worker_has_its_share_of_the_cameras_in_which_something_happens() -> None:
    """Of two that take cameras in turn; and some of those cameras sleep in between, some never."""
    cameras = network_of(Plan(cameras=92, minutes=2, model="auto"), 554)["cameras"]
    with_events = [number for number, camera in enumerate(cameras) if camera["rules"]]

    assert abs(sum(number % 2 for number in with_events) - len(with_events) / 2) <= 1
    assert {is_busy(cameras[number]["id"]) for number in with_events} == {True, False}
    assert {cameras[number]["stream"]["decode"] for number in with_events} == {"always", "on_demand"}


def test_quiet_cameras_tell_of_nothing_however_long_the_run(tmp_path: Path) -> None:
    """Their posts are looked at, and nobody is there: one in five is busy, not all of them after half an hour."""
    written = tmp_path / "network.yaml"
    written.write_text(json.dumps(network_of(Plan(cameras=92, minutes=30, model="built-in"), 554)), "utf-8")
    posts = [post for camera in load(written, {}).cameras for post in camera.posts]
    assert len(posts) == 92
    assert {(post.absent_after, post.min_guards) for post in posts} == {(None, 1)}


def test_growth_is_of_whole_minutes_after_the_first_five() -> None:
    """What is held for a second by one of them is not taken for it; a run that is too short has none."""
    rss = [(float(second), 900.0 if second < 300 else 1000 + second / 60 - 5) for second in range(1800)]
    rss[300], rss[1799] = (300.0, 1500.0), (1799.0, 1500.0)

    assert Figures(rss=rss).growth == pytest.approx(24 / 1000, abs=1e-3)
    assert Figures(rss=rss[:400]).growth is None


def test_a_camera_in_another_state_than_its_fault_says_is_noted() -> None:
    """Once, near the fault's end; its frame age does not count meanwhile."""
    figures = Figures(cameras=("bench-02",))

    for second in (90.0, 120.0, 155.0, 156.0):
        figures.look([replace(ROW, state="live")], [DROP], second)

    assert figures.wrong == ["bench-02: live during drop at 100 s"]
    assert figures.checked == 1
    assert len(figures.idle) == 1


def test_a_lossy_camera_may_be_late_for_its_looks_alone() -> None:
    """By its reason, which the note of a wrong state tells: a stream that is behind is no effect of loss."""
    loss = replace(DROP, kind="loss")
    late = replace(ROW, state="late", reason="it is 9 s behind")
    for row, wrong in (
        (replace(late, reason="it is looked at every 6 s"), []),
        (replace(ROW, state="live"), []),
        (late, ["bench-02: late (it is 9 s behind) during loss at 100 s"]),
    ):
        figures = Figures(cameras=("bench-02",))
        figures.look([row], [loss], 155.0)
        assert figures.wrong == wrong


def test_a_fault_that_nobody_looked_at_in_time_is_noted() -> None:
    """A run that stuttered proves nothing."""
    figures = Figures()
    figures.look([ROW], [DROP], 161.0)

    assert figures.wrong == ["bench-02: drop at 100 s was over before it was looked at"]


def test_a_camera_that_is_not_well_at_the_end_is_noted() -> None:
    """By its name, and so is one that no worker tells of."""
    figures = Figures(cameras=("bench-01", "bench-02", "bench-03"))
    figures.look_at_the_end([ROW, replace(ROW, id="bench-01", state="live")])

    assert figures.checked == 3
    assert figures.wrong == ["bench-02: offline at the end", "bench-03: missing at the end"]


def test_frames_grow_old_while_no_worker_tells_of_them() -> None:
    """Of a worker that ended, or hangs, the last report is not believed for ever; nor is one that has no frame yet."""
    figures = Figures(cameras=("bench-02", "bench-03"))
    for second, rows in ((10.0, [ROW]), (11.0, []), (12.0, [replace(ROW, last_frame_age_s=None)]), (13.0, [ROW])):
        figures.look(rows, [], second)

    assert figures.idle[::2] == [1.0, 2.0, 3.0, 1.0]
    assert figures.idle[1::2] == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.timeout(420)
def test_twelve_cameras_live_through_random_faults() -> None:
    """Each in the state that its fault says, all well at the end, no alert lost, and no thread or descriptor a fault.

    The console's three readers, which begin when they are first needed, are no leak, nor are a clip that is open at
    that moment and a connection to the database, of three files, that a pool opened since.
    """
    made_samples()
    options = ("--cameras", "12", "--minutes", "2", "--faults", "random", "--seed", "8", "--model", "built-in")

    command = [sys.executable, "-m", "ringwatch", "bench", "network", *options, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False, cwd=REPOSITORY)

    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["states_wrong"] == []
    assert row["states_checked"] > 18
    assert row["alerts_expected"] == row["alerts_recorded"] > 0
    assert row["threads_left"] <= 3
    assert row["descriptors_left"] <= 8
    assert row["cameras"] == 12


def test_a_rehearsal_that_is_killed_leaves_nothing_running() -> None:
    """A node and a simulator that went on would spoil whatever is measured next."""
    made_samples()
    command = [sys.executable, "-m", "ringwatch", "bench", "network", "--cameras", "4", "--minutes", "1"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as bench:
        children = eventually(lambda: two_or_more(bench.pid), "simulator and node are started", timeout_s=60)
        bench.kill()
    eventually(lambda: not any(is_running(child) for child in children), "both are ended", timeout_s=30)


def two_or_more(parent: int) -> list[int]:
    """The children of a process, once it has two."""
    found = [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]
    return found if len(found) >= 2 else []


def is_running(process: int) -> bool:
    """Whether it is there and not merely unburied."""
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
