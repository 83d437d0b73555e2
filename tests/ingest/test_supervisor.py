"""One camera kept alive, against real sources that fail in every way they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from ingest.clock import utc_now
from ingest.errors import CameraError, Fault
from ingest.messages import CameraState, Packet, StreamInfo
from ingest.metrics import IngestMetrics
from ingest.stream_health import ANEW_AFTER_S
from ingest.supervisor import CameraSupervisor
from ingest.turns import Turn
from sample_streams.faults import Fault as Wrong
from sample_streams.mount import Mount
from tests.gst_server import free_port, gst_rtsp_server
from tests.ingest.clips import ClipSpec, make_clip, packets_of
from tests.ingest.given import OF_GATE, SECOND, START, QuickBackoff, RecordingSinks, Watched, camera, packet, rising
from tests.ingest.servers import tcp_server
from tests.sample_streams.given import serving
from tests.services import eventually


@contextmanager
def watching(url: str, *, timeout_s: float = 5.0, transport: Literal["tcp", "udp"] = "tcp") -> Iterator[Watched]:
    """A camera at `url`, watched; its thread has ended when the block does."""
    watched = Watched(camera(url, timeout_s=timeout_s, transport=transport))
    watched.supervisor.start()
    try:
        yield watched
    finally:
        assert watched.supervisor.stop(10.0)


def test_a_camera_goes_live_and_hands_on_what_it_sends(clip: Path) -> None:
    """Packets all of them, frames three a second, on a thread that bears the camera's name."""
    with gst_rtsp_server(clip) as server, watching(server.url) as watched:
        eventually(lambda: len(watched.sinks.frames) >= 4, "four frames")
        assert "camera-gate" in {thread.name for thread in threading.enumerate()}
        status = watched.supervisor.status()
        assert watched.value("live") == 1.0
    assert watched.sinks.states == [CameraState.CONNECTING, CameraState.LIVE]
    assert (status.state, status.reason, status.reconnects) == (CameraState.LIVE, "", 0)
    assert status.packets > 0
    assert status.last_packet_at is not None
    assert watched.value("live") == 0.0
    assert watched.value("packets_total") == len(watched.sinks.packets)
    assert watched.value("sampled_frames_total") == len(watched.sinks.frames)
    assert "camera-gate" not in {thread.name for thread in threading.enumerate()}


def test_a_sleeping_cameras_packets_are_read_several_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them is lost, and the keyframes are looked at; captured a tenth of a second apart, most come at once."""
    clip = make_clip(tmp_path / "still.mp4", ClipSpec(seconds=20.0, gop=20, still=(0.0, 20.0)))
    arrived_s: list[float] = []
    with gst_rtsp_server(clip) as server, watching(server.url) as watched:
        keep = watched.sinks.packet

        def timed(one: Packet) -> None:
            arrived_s.append(time.monotonic())
            keep(one)

        monkeypatch.setattr(watched.sinks, "packet", timed)
        eventually(lambda: watched.value("skipped_packets_total") >= 50, "a camera that sleeps", timeout_s=30.0)
    slept_s, packets = arrived_s[-40:], watched.sinks.packets[-40:]
    assert sum(later - earlier < 0.05 for earlier, later in pairwise(slept_s)) >= 20
    assert [round((b.captured_at - a.captured_at) / SECOND, 2) for a, b in pairwise(packets)] == [0.1] * 39
    keyframes = [one.captured_at for one in packets if one.is_keyframe]
    assert keyframes
    assert {frame.captured_at for frame in watched.sinks.frames} >= set(keyframes)


def test_a_camera_whose_stamps_stand_still_is_seen(clip: Path) -> None:
    """By when its packets come: it stays live, and its frames go on with times that rise."""
    stands = Wrong.model_validate({"camera": "gate", "at": "3s", "for": "1m", "fault": "standing_pts"})
    mount = Mount(path="/gate", clip=clip, faults=(stands,))
    with serving(mount) as server, watching(f"rtsp://{server.address}/gate") as watched:
        packets = watched.sinks.packets
        eventually(lambda: packets and packets[-1].pts_ticks is None, "stamps that stand", timeout_s=20)
        before = len(watched.sinks.frames)
        eventually(lambda: len(watched.sinks.frames) >= before + 8, "frames of a stream without stamps", timeout_s=10)
        status = watched.supervisor.status()
    assert status.state is CameraState.LIVE
    assert rising([frame.captured_at for frame in watched.sinks.frames])
    assert (utc_now() - watched.sinks.frames[-1].captured_at) < 3 * SECOND


def test_a_camera_that_was_away_comes_back_by_itself(clip: Path) -> None:
    """Its server dies and starts again: packets and frames go on, with times that only rise."""
    with gst_rtsp_server(clip) as server, watching(server.url) as watched:
        eventually(lambda: len(watched.sinks.frames) >= 2, "frames before the outage")
        server.stop()
        eventually(lambda: watched.supervisor.status().state is CameraState.OFFLINE, "offline")
        assert watched.value("live") == 0.0
        before = len(watched.sinks.frames), len(watched.sinks.packets)
        server.start()
        eventually(lambda: len(watched.sinks.frames) >= before[0] + 4, "frames after the outage")
        status = watched.supervisor.status()
    assert (status.state, status.reconnects) == (CameraState.LIVE, 1)
    assert rising([frame.captured_at for frame in watched.sinks.frames])
    assert watched.sinks.packets[before[1]].is_keyframe
    assert watched.value("reconnects_total") == 1.0


def test_offline_says_since_when_and_why_once(clip: Path) -> None:
    """Attempt after attempt fails: the state stands since the first, and is not repeated to the sinks."""
    port = free_port()
    with watching(f"rtsp://east:hunter2@127.0.0.1:{port}/cam") as watched:
        eventually(lambda: len(watched.backoff.faults) >= 5, "five attempts")
        statuses = list(watched.sinks.statuses)
    assert [status.state for status in statuses] == [CameraState.CONNECTING, CameraState.OFFLINE]
    assert statuses[-1].reason == f"127.0.0.1:{port} cannot be opened (Connection refused)"
    assert set(watched.backoff.faults) == {Fault.UNREACHABLE}
    assert [wait.total_seconds() for wait in watched.backoff.waits[:5]] == [1, 2, 4, 8, 16]
    assert watched.value("failures_total", fault="unreachable") >= 5


def test_a_server_that_never_answers_is_offline_within_the_timeout() -> None:
    with tcp_server(answer=None) as port, watching(f"rtsp://127.0.0.1:{port}/cam", timeout_s=0.3) as watched:
        assert watched.backoff.failed.wait(5.0)
    assert watched.backoff.faults[0] is Fault.SILENT


def test_stop_returns_by_its_deadline_and_says_that_the_thread_is_stuck() -> None:
    """Opening cannot be interrupted: stop reports it, and the open timeout ends it."""
    with tcp_server(answer=None) as port, watching(f"rtsp://127.0.0.1:{port}/cam", timeout_s=1.0) as watched:
        began_s = time.monotonic()
        assert watched.supervisor.stop(0.1) is False
        assert time.monotonic() - began_s < 0.6
    assert watched.sinks.states == [CameraState.CONNECTING, CameraState.OFFLINE]


def test_a_thread_is_stuck_when_it_stays_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a pause of the whole machine every thread is late at the first look, and has only not run yet."""
    now = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("ingest.supervisor.time", now)
    with tcp_server(answer=None) as port, watching(f"rtsp://127.0.0.1:{port}/cam", timeout_s=2.0) as watched:
        stuck = []
        for second in (1.0, 900.0, 902.0, 906.0):
            now.monotonic = lambda second=second: second
            stuck.append(watched.supervisor.is_stuck())

    assert stuck == [False, False, False, True]


def test_stop_does_not_wait_for_the_backoff() -> None:
    """A camera in a wait of seconds ends at once."""
    supervisor, _ = scripted()
    supervisor.start()
    began_s = time.monotonic()
    assert supervisor.stop(5.0)
    assert time.monotonic() - began_s < 1.0


def test_stop_is_harmless_before_start_and_twice() -> None:
    supervisor, _ = scripted()
    assert supervisor.stop(0.1)
    assert supervisor.stop(0.1)


def test_a_wrong_password_is_tried_again_in_minutes(clip: Path) -> None:
    with gst_rtsp_server(clip, "east", "hunter2") as server:
        with watching(server.url_for("east", "wrong")) as watched:
            assert watched.backoff.failed.wait(5.0)
        assert watched.backoff.faults[0] is Fault.REFUSED
        assert watched.backoff.waits[0].total_seconds() >= 60.0
        assert "refuses the user or the password" in watched.supervisor.status().reason


def test_the_end_of_the_stream_is_a_fault_and_is_tried_again(tmp_path: Path) -> None:
    short = make_clip(tmp_path / "short.mp4", ClipSpec(seconds=1.0))
    with gst_rtsp_server(short, loop=False) as server, watching(server.url, timeout_s=1.0) as watched:
        eventually(lambda: watched.supervisor.status().reconnects >= 1, "live again")
    assert watched.sinks.states[:4] == [
        CameraState.CONNECTING,
        CameraState.LIVE,
        CameraState.OFFLINE,
        CameraState.LIVE,
    ]
    assert rising([frame.captured_at for frame in watched.sinks.frames])


def test_a_file_plays_in_a_loop_as_a_camera(tmp_path: Path) -> None:
    """Past its end, and without a fault."""
    short = make_clip(tmp_path / "short.mp4", ClipSpec(seconds=0.6))
    with watching(f"file:{short}") as watched:
        eventually(lambda: len(watched.sinks.packets) > 12, "a third turn")
    assert watched.backoff.faults == []
    assert rising([one.captured_at for one in watched.sinks.packets])


class Scripted:
    """A source that gives `packets`, then ends, or fails with `error`."""

    def __init__(self, packets: list[Packet], error: Exception | None = None) -> None:
        self._packets = packets
        self._error = error
        self.closed = False

    @property
    def clock_ahead_s(self) -> float | None:
        return None

    @property
    def buffers(self) -> bool:
        return False

    def open(self) -> StreamInfo:
        if not self._packets and self._error:
            raise self._error
        return self._packets[0].stream if self._packets else packet().stream

    def packets(self) -> Iterator[Packet]:
        yield from self._packets
        if self._error:
            raise self._error

    def close(self) -> None:
        self.closed = True


class Timed(Scripted):
    """Its packets come at `arrivals` of a clock that the test gives the supervisor."""

    def __init__(self, packets: list[Packet], arrivals: list[float], clock: SimpleNamespace) -> None:
        super().__init__(packets)
        self._arrivals = arrivals
        self._monotonic = clock

    def packets(self) -> Iterator[Packet]:
        for one, arrives_s in zip(self._packets, self._arrivals, strict=True):
            self._monotonic.monotonic = lambda arrives_s=arrives_s: arrives_s
            yield one


class Script:
    """Hands out `sources` one by one, then sources that are silent for ever."""

    def __init__(self, *sources: Scripted) -> None:
        self.sources = list(sources)
        self.opened = count()
        self.done = threading.Event()
        self.registry = CollectorRegistry()
        self.sinks = RecordingSinks()
        self.backoff = QuickBackoff()

    def __call__(self) -> Scripted:
        index = next(self.opened)
        if index < len(self.sources):
            return self.sources[index]
        self.done.set()
        return Scripted([], CameraError("gate", Fault.SILENT, "does not answer in time"))

    def dropped(self) -> float:
        return self.registry.get_sample_value("ringwatch_ingest_backward_frames_total", OF_GATE) or 0.0


def scripted(*sources: Scripted) -> tuple[CameraSupervisor, Script]:
    script = Script(*sources)
    supervisor = CameraSupervisor(
        camera(),
        source_factory=script,
        sinks=script.sinks,
        clock=utc_now,
        metrics=IngestMetrics(script.registry),
        turn=Turn(backoff=script.backoff),
    )
    return supervisor, script


def run(*sources: Scripted) -> Script:
    """What a supervisor makes of `sources`, once it has gone through all of them."""
    supervisor, script = scripted(*sources)
    supervisor.start()
    assert script.done.wait(5.0)
    assert supervisor.stop(5.0)
    return script


def test_a_source_that_ends_is_a_fault_whatever_kind_it_is(clip: Path) -> None:
    source = Scripted(packets_of(clip))
    script = run(source)
    assert script.backoff.faults[0] is Fault.ENDED
    assert script.sinks.statuses[-2].reason == "the stream came to its end"
    assert source.closed


def test_a_mistake_of_ours_costs_a_connection_and_not_the_camera(clip: Path) -> None:
    """The traceback is logged, with every password taken out."""
    broken = Scripted(packets_of(clip)[:3], ValueError("rtsp://east:hunter2@10.0.1.11/main"))
    with capture_logs() as said:
        script = run(broken, Scripted(packets_of(clip)))
    assert script.backoff.faults[0] is Fault.INTERNAL
    assert script.sinks.states[:4] == [
        CameraState.CONNECTING,
        CameraState.LIVE,
        CameraState.OFFLINE,
        CameraState.LIVE,
    ]
    logged = next(line["traceback"] for line in said if "traceback" in line)
    assert logged.startswith("Traceback")
    assert "rtsp://***@10.0.1.11/main" in logged
    assert broken.closed


def test_a_second_connection_never_gives_a_frame_from_before_the_first_ones_last(clip: Path) -> None:
    """The overlap is dropped and counted; what lies after it goes on."""
    script = run(Scripted(packets_of(clip)), Scripted(packets_of(clip)))
    assert len(script.sinks.packets) == 80
    assert rising([frame.captured_at for frame in script.sinks.frames])
    assert script.dropped() == 16


def test_a_node_clock_set_far_back_does_not_blind_the_camera(clip: Path) -> None:
    """An hour is no overlap: better times that are wrong once than a camera that is blind for an hour."""
    earlier = [shifted(one, -3600.0) for one in packets_of(clip)]
    script = run(Scripted(packets_of(clip)), Scripted(earlier))
    assert len(script.sinks.frames) == 32
    assert script.dropped() == 0


def shifted(one: Packet, seconds: float) -> Packet:
    return replace(one, captured_at=one.captured_at + seconds * SECOND)


def test_damaged_packets_are_counted_and_the_camera_goes_on(clip: Path) -> None:
    """One line a second says so, however many they are."""
    good = packets_of(clip)
    bad = [replace(one, payload=b"\xff" * 200, is_keyframe=True) for one in good[:9]]
    with capture_logs() as said:
        script = run(Scripted([*bad, *good[10:]]))
    errors = script.registry.get_sample_value("ringwatch_ingest_frame_errors_total", OF_GATE)
    assert errors == 9
    assert [line["event"] for line in said].count("packets cannot be decoded") == 1
    assert script.sinks.frames[0].captured_at == START + SECOND


def test_a_camera_that_stays_behind_is_connected_anew(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a minute; it is late until packets of the new connection come, which begin in the present."""
    now = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("ingest.supervisor.time", now)
    packets = packets_of(make_clip(tmp_path / "slow.mp4", ClipSpec(seconds=120, rate=1)))
    late = Timed(packets, [second + (9.0 if second > 20 else 0.0) for second in range(120)], now)
    script = run(late, Scripted(packets_of(clip)))

    assert script.backoff.faults[0] is Fault.BEHIND
    assert 75 < len(script.sinks.packets) - 40 < 100
    assert script.sinks.states[:4] == [CameraState.CONNECTING, CameraState.LIVE, CameraState.LATE, CameraState.LIVE]
    assert script.sinks.statuses[2].reason == "it stays 9 s behind"
    assert late.closed


def test_how_far_a_camera_is_behind_is_a_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is not yet late, too; nothing once nothing comes any more."""
    now = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("ingest.supervisor.time", now)
    packets = packets_of(make_clip(tmp_path / "slow.mp4", ClipSpec(seconds=40, rate=1)))
    supervisor, script = scripted(Timed(packets, [second + (4.0 if second > 20 else 0.0) for second in range(40)], now))
    told: list[float | None] = []

    def lag_s() -> float | None:
        return script.registry.get_sample_value("ringwatch_ingest_lag_seconds", OF_GATE)

    monkeypatch.setattr(script.sinks, "packet", lambda _: told.append(lag_s()))
    supervisor.start()
    assert script.done.wait(5.0)
    assert supervisor.stop(5.0)

    assert set(told[:20]) == {0.0}
    assert told[-1] == pytest.approx(4.0)
    assert lag_s() == 0.0


def test_a_camera_that_changes_what_it_sends_is_connected_anew(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another codec within one connection, or other parameters beside the packets: after a minute without a picture."""
    now = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("ingest.supervisor.time", now)
    said = packets_of(clip)[0].stream
    other = packets_of(make_clip(tmp_path / "other.mp4", ClipSpec(codec="libx265", seconds=10.0)))
    changed = Timed([replace(one, stream=said) for one in other], [float(second) for second in range(100)], now)
    script = run(changed, Scripted(packets_of(clip)))

    assert script.backoff.faults[0] is Fault.UNREADABLE
    assert len(script.sinks.packets) - 40 == ANEW_AFTER_S + 2
    assert script.sinks.states[:4] == [CameraState.CONNECTING, CameraState.LIVE] + [CameraState.UNDECODABLE] * 2
    assert script.sinks.frames
    assert changed.closed


def test_backoff_begins_anew_after_the_camera_was_well() -> None:
    """A few packets are not enough: a camera that always breaks after a second would be hammered."""
    unreachable = CameraError("gate", Fault.UNREACHABLE, "cannot be reached")
    breaks = Scripted([packet(n, key=True) for n in range(3)], unreachable)
    well = Scripted([packet(n, key=True) for n in range(12)], unreachable)
    script = run(breaks, breaks, well, Scripted([], unreachable))
    assert [wait.total_seconds() for wait in script.backoff.waits[:4]] == [1, 2, 1, 2]
