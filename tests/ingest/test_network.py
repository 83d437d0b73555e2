"""Cameras over the network, against GStreamer's RTSP server and against servers that misbehave."""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path

import pytest

from ingest.clock import utc_now
from ingest.decoder import Decoder
from ingest.errors import CameraError, Fault
from ingest.faults import place
from ingest.network import RtspSource
from tests.gst_server import free_port, gst_rtsp_server
from tests.ingest.clips import ClipSpec, bar_of, make_clip
from tests.ingest.given import camera, rising
from tests.ingest.rtmp import rtmp_server
from tests.ingest.servers import tcp_server

PASSWORD = "p@ss:w/rd %?#"


def rtsp_source(url: str, *, timeout_s: float = 5.0, transport: str = "tcp") -> RtspSource:
    return RtspSource(camera(url, timeout_s=timeout_s, transport="udp" if transport == "udp" else "tcp"), url, utc_now)


def failure(source: RtspSource) -> CameraError:
    """What opening and reading `source` ends in."""
    with pytest.raises(CameraError) as raised:
        source.open()
        for _ in source.packets():
            continue
    source.close()
    return raised.value


def read_to_its_end(source: RtspSource) -> tuple[CameraError, int]:
    """How `source` ends, and how many packets it gives before."""
    source.open()
    packets = 0
    with pytest.raises(CameraError) as raised:
        for _ in source.packets():
            packets += 1
    source.close()
    return raised.value, packets


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_third_party_camera_is_read(clip: Path, transport: str) -> None:
    """Packets as they were encoded, from a keyframe on, and their pictures."""
    with gst_rtsp_server(clip) as server:
        source = rtsp_source(server.url, transport=transport)
        info = source.open()
        packets = list(islice(source.packets(), 30))
        source.close()
    decoder = Decoder(info)
    bars = [bar_of(frame.luma()) for one in packets for frame in decoder.decode(one)]
    assert (info.codec, info.width, info.height) == ("h264", 160, 96)
    assert packets[0].is_keyframe
    assert len(bars) >= 27
    assert bars == [(bars[0] + n) % 20 for n in range(len(bars))]


def test_captured_at_follows_the_arrivals(clip: Path) -> None:
    """After the burst that opening collected, packets 100 ms apart by pts are 100 ms apart, and not ahead of now."""
    with gst_rtsp_server(clip) as server:
        source = rtsp_source(server.url)
        source.open()
        packets = []
        for one in islice(source.packets(), 25):
            packets.append(one)
            assert (one.captured_at - utc_now()).total_seconds() < 0.1
        source.close()
    times = [one.captured_at for one in packets]
    assert rising(times)
    assert (times[-1] - times[-6]).total_seconds() == pytest.approx(0.5, abs=0.15)


def test_b_frames_over_rtsp_are_put_in_order(reordered_clip: Path) -> None:
    with gst_rtsp_server(reordered_clip) as server:
        source = rtsp_source(server.url)
        decoder = Decoder(source.open())
        frames = [frame for one in islice(source.packets(), 30) for frame in decoder.decode(one)]
        source.close()
    bars = [bar_of(frame.luma()) for frame in frames]
    assert bars == [(bars[0] + n) % 20 for n in range(len(bars))]
    assert len(bars) >= 25


def test_h265_is_read(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "gate.mp4", ClipSpec(codec="libx265"))
    with gst_rtsp_server(clip, codec="video/x-h265") as server:
        source = rtsp_source(server.url)
        decoder = Decoder(source.open())
        frames = [frame for one in islice(source.packets(), 15) for frame in decoder.decode(one)]
        source.close()
    assert len(frames) >= 10


def test_rtmp_is_pulled(clip: Path, tmp_path: Path) -> None:
    """By the same class: every packet of the clip; its end is a fault here too."""
    with rtmp_server(clip, tmp_path / "gate.flv") as url:
        source = rtsp_source(url)
        decoder = Decoder(source.open())
        frames = []
        with pytest.raises(CameraError) as raised:
            for one in source.packets():
                frames += decoder.decode(one)
        source.close()
    assert [bar_of(frame.luma()) for frame in [*frames, *decoder.flush()]] == [n % 20 for n in range(40)]
    assert [frame.pts_s for frame in frames[:4]] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert raised.value.fault is Fault.ENDED


def test_other_parameters_over_rtmp_are_a_new_connection(clip: Path, tmp_path: Path) -> None:
    """They come beside the pictures; a decoder that does not learn of them shows nothing any more."""
    larger = make_clip(tmp_path / "larger.mp4", ClipSpec(size=(320, 192)))
    with rtmp_server(clip, tmp_path / "gate.flv", larger) as url:
        error, packets = read_to_its_end(rtsp_source(url))
    assert (error.fault, packets) == (Fault.ENDED, 40)
    assert "goes on with other parameters" in error.reason


def test_the_same_parameters_again_are_none(clip: Path, tmp_path: Path) -> None:
    with rtmp_server(clip, tmp_path / "gate.flv", clip) as url:
        error, packets = read_to_its_end(rtsp_source(url))
    assert (error.fault, packets) == (Fault.ENDED, 80)
    assert "parameters" not in error.reason


@pytest.mark.parametrize("digest", [False, True], ids=["basic", "digest"])
def test_a_password_of_any_letters_opens(clip: Path, digest: bool) -> None:
    with gst_rtsp_server(clip, "east gate", PASSWORD, digest=digest) as server:
        source = rtsp_source(server.url)
        assert source.open().codec == "h264"
        source.close()


@pytest.mark.parametrize("digest", [False, True], ids=["basic", "digest"])
def test_a_wrong_password_is_told_apart(clip: Path, digest: bool) -> None:
    with gst_rtsp_server(clip, "east", PASSWORD, digest=digest) as server:
        error = failure(rtsp_source(server.url_for("east", "wrong")))
        assert error.fault is Fault.REFUSED
        assert str(error) == f"gate: 127.0.0.1:{server.port} refuses the user or the password"


def test_an_unknown_stream_is_unreachable(clip: Path) -> None:
    with gst_rtsp_server(clip) as server:
        error = failure(rtsp_source(server.url.replace("/cam", "/other")))
    assert error.fault is Fault.UNREACHABLE
    assert "404 Not Found" in error.reason


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
def test_a_host_that_nobody_knows_is_told_by_its_name(scheme: str) -> None:
    """A typo in the address: it was called an input/output error."""
    error = failure(rtsp_source(f"{scheme}://user:secret@gate-one.invalid:554/sub"))

    assert error.fault is Fault.UNREACHABLE
    assert error.reason.startswith("gate-one.invalid:554 cannot be opened: its name is not found (")
    assert "secret" not in error.reason


def test_nobody_listening_is_unreachable() -> None:
    port = free_port()
    error = failure(rtsp_source(f"rtsp://127.0.0.1:{port}/cam"))
    assert error.fault is Fault.UNREACHABLE
    assert error.reason == f"127.0.0.1:{port} cannot be opened (Connection refused)"


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
def test_a_server_that_never_answers_is_silent_within_the_timeout(scheme: str) -> None:
    with tcp_server(answer=None) as port:
        began_s = time.monotonic()
        error = failure(rtsp_source(f"{scheme}://127.0.0.1:{port}/cam", timeout_s=0.3))
    assert error.fault is Fault.SILENT
    assert time.monotonic() - began_s < 2.0


@pytest.mark.parametrize("scheme", ["rtsp", "rtmp"])
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\nhello", os.urandom(4000)], ids=["", "http", "noise"])
def test_a_server_of_something_else_is_a_camera_error(scheme: str, answer: bytes) -> None:
    with tcp_server(answer) as port:
        assert isinstance(failure(rtsp_source(f"{scheme}://127.0.0.1:{port}/cam", timeout_s=1.0)), CameraError)


def test_a_camera_that_stops_sending_is_silent_within_the_timeout(clip: Path) -> None:
    """Its connection stays open: only the read timeout tells. What was held back until then did not come then."""
    apart_s = []
    with gst_rtsp_server(clip) as server:
        source = rtsp_source(server.url, timeout_s=1.0)
        source.open()
        packets = source.packets()
        next(packets)
        server.pause()
        with pytest.raises(CameraError) as raised:
            while True:
                began_s = time.monotonic()
                next(packets)
                apart_s.append(time.monotonic() - began_s)
        source.close()
    assert raised.value.fault is Fault.SILENT
    assert max(apart_s, default=0.0) < 1.0


def test_a_camera_that_goes_away_is_an_error(clip: Path) -> None:
    with gst_rtsp_server(clip) as server:
        source = rtsp_source(server.url)
        source.open()
        packets = source.packets()
        next(packets)
        server.stop()
        with pytest.raises(CameraError):
            list(packets)
        source.close()


def test_the_end_of_a_live_stream_is_a_fault(tmp_path: Path) -> None:
    """The server says goodbye in good order; a camera has no business to."""
    short = make_clip(tmp_path / "short.mp4", ClipSpec(seconds=2.0))
    with gst_rtsp_server(short, loop=False) as server:
        assert failure(rtsp_source(server.url, timeout_s=3.0)).fault in {Fault.ENDED, Fault.SILENT}


def test_a_source_that_was_not_opened_says_so() -> None:
    with pytest.raises(RuntimeError, match="open the source before reading it"):
        next(rtsp_source("rtsp://127.0.0.1/cam").packets())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://east:hunter2@10.0.1.11:8554/main?token=hunter2", "10.0.1.11:8554"),
        ("rtsp://east:hun@ter2@10.0.1.11/main", "10.0.1.11"),
        ("rtsp://[::1/main", "the camera"),
        ("rtsp:///main", "the camera"),
    ],
)
def test_a_place_is_named_by_its_host_alone(url: str, shown: str) -> None:
    assert place(url) == shown
