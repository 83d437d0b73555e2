"""A camera's own clock: a figure that follows its reports, and that stamps which jump do not spoil."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import pytest

from ingest.camera_clock import CameraClock
from ingest.messages import Packet
from sample_streams.faults import Fault
from sample_streams.mount import Mount
from tests.gst_server import gst_rtsp_server
from tests.ingest.given import OF_GATE, Watched
from tests.ingest.test_supervisor import watching
from tests.sample_streams.given import serving
from tests.services import eventually

HALF_S = 2.5  # of what stamps and clocks go wrong by; less is a packet's way here on a busy machine


@pytest.mark.parametrize(
    ("told", "known"),
    [
        pytest.param([(0.0, True), (0.2, False), (0.1, False)], [0.0, 0.2, 0.1], id="it is right"),
        pytest.param([(0.0, True), (5.0, True), (5.1, False)], [0.0, 5.0, 5.1], id="it is set"),
        pytest.param([(3.0, False), (3.1, False)], [3.0, 3.1], id="its report came before"),
        pytest.param([(0.0, True), (5.0, False), (5.1, False)], [0.0, None, None], id="its stamps jump"),
        pytest.param([(0.0, True), (5.0, False), (0.1, False)], [0.0, None, None], id="its stamps jump and back"),
        pytest.param([(0.0, True), (-5.0, False), (0.1, True), (0.0, False)], [0.0, None, 0.1, 0.0], id="it reports"),
    ],
)
def test_only_a_report_sets_a_clock(told: list[tuple[float, bool]], known: list[float | None]) -> None:
    """What changes much between two of them is the stamps: then nothing is known."""
    clock = CameraClock()

    found = []
    for ahead_s, reported in told:
        clock.told(ahead_s, reported=reported)
        found.append(clock.ahead_s)

    assert found == known


def ahead_s(watched: Watched) -> float | None:
    return watched.registry.get_sample_value("ringwatch_ingest_clock_ahead_seconds", OF_GATE)


def spoiled(clip: Path, kind: str) -> Mount:
    """A camera that is well for six seconds."""
    return Mount(
        path="/gate",
        clip=clip,
        faults=(Fault.model_validate({"camera": "gate", "at": "6s", "for": "1m", "fault": kind}),),
    )


def told_by(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The figure whenever a packet comes, from now on."""
    told: list[float] = []
    keep = watched.sinks.packet

    def noting(one: Packet) -> None:
        told.append(ahead_s(watched) or 0.0)
        keep(one)

    monkeypatch.setattr(watched.sinks, "packet", noting)
    return told


def test_a_clock_that_goes_wrong_while_the_camera_is_watched_shows(clip: Path) -> None:
    """With its next report, five seconds later at most."""
    with serving(spoiled(clip, "clock_skew")) as server, watching(f"rtsp://{server.address}/gate") as watched:
        eventually(lambda: ahead_s(watched) == pytest.approx(0.0, abs=HALF_S), "a clock that is right")
        eventually(lambda: ahead_s(watched) == pytest.approx(5.0, abs=HALF_S), "a clock that is wrong", timeout_s=20)


def leaps(packets: list[Packet]) -> list[int]:
    """The packets, by number, whose stamps lie seconds after those before them."""
    stamps_s = [float((one.pts_ticks or 0) * one.time_base) for one in packets]
    return [number for number in range(1, len(stamps_s)) if stamps_s[number] - stamps_s[number - 1] > HALF_S]


def test_stamps_that_jump_are_no_clock_that_does(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No number until the next report, if a keyframe comes before it, and then it is right as before."""
    with serving(spoiled(clip, "jump_pts")) as server, watching(f"rtsp://{server.address}/gate") as watched:
        eventually(lambda: ahead_s(watched) == pytest.approx(0.0, abs=HALF_S), "a clock that is right")
        told, packets = told_by(watched, monkeypatch), watched.sinks.packets
        eventually(lambda: leaps(packets), "stamps that jump", timeout_s=20)
        keyframes = sum(one.is_keyframe for one in packets)
        eventually(lambda: sum(one.is_keyframe for one in packets) > keyframes + 7, "a report", timeout_s=30)
    assert not math.isnan(told[-1])
    assert max(abs(one) for one in told if not math.isnan(one)) < HALF_S


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_another_server_s_reports_are_read(clip: Path, transport: Literal["tcp", "udp"]) -> None:
    """GStreamer's, on this machine's clock."""
    with gst_rtsp_server(clip) as server, watching(server.url, transport=transport) as watched:
        told = eventually(lambda: ahead_s(watched), "a report", timeout_s=20)
    assert told == pytest.approx(0.0, abs=HALF_S)
