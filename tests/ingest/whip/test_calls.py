"""Vehicles that call, from the first request to the packets of their cameras: real ICE, DTLS and RTP over loopback."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import aioice.ice
import pytest
from structlog.testing import capture_logs

from ingest.decoder import Decoder
from ingest.errors import Fault
from ingest.messages import CameraState, Packet
from tests.ingest.given import rising
from tests.ingest.whip.given import Caller, Endpoint, calling, endpoint, token, vehicle_camera, watching
from tests.services import eventually

LONG_S = 40.0  # two cores are shared with whatever else runs


def pictures_of(packets: list[Packet]) -> int:
    """How many of `packets` decode, from the first on."""
    decoder = Decoder(packets[0].stream)
    return sum(len(decoder.decode(packet)) for packet in packets) + len(decoder.flush())


@pytest.mark.parametrize("codec", ["h264", "vp8"])
def test_a_vehicle_that_calls_is_a_camera_like_any_other(codec: str, drive: Path) -> None:
    """Encoded packets as they were sent: every one decodes, times rise, and its state is live."""
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive, codec=codec) as caller:
        assert caller.reply.status == 201
        eventually(lambda: len(watched.sinks.packets) >= 30, "three seconds of packets", timeout_s=LONG_S)
        assert watched.supervisor.status().state is CameraState.LIVE
        assert at.value("whip_connected", camera="car") == 1.0
        packets = list(watched.sinks.packets)

    assert (packets[0].stream.codec, packets[0].stream.width, packets[0].stream.height) == (codec, 320, 192)
    assert packets[0].is_keyframe
    assert pictures_of(packets) == len(packets)
    assert rising([packet.captured_at for packet in packets])
    assert len(watched.sinks.frames) >= 3
    span_s = (packets[29].captured_at - packets[0].captured_at).total_seconds()
    assert span_s == pytest.approx(2.9, abs=0.5)
    assert not [thread.name for thread in threading.enumerate() if thread.name == "whip-endpoint"]


def test_keyframes_come_at_least_every_heartbeat(drive: Path) -> None:
    """They are asked for, so that a quiet camera can be decoded by keyframes alone and a clip can begin anywhere."""
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive, codec="vp8"):
        eventually(lambda: len(watched.sinks.packets) >= 70, "seven seconds of packets", timeout_s=LONG_S)
        at_s = [float(one.pts_ticks or 0) / 90_000 for one in watched.sinks.packets if one.is_keyframe]

    assert max(later - earlier for earlier, later in pairwise(at_s)) <= 2.4
    assert len(at_s) >= 3


def test_a_second_call_takes_the_place_of_the_first(drive: Path) -> None:
    """The vehicle has lost its network and calls again: the same camera goes on, its time never back."""
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive) as first:
        eventually(lambda: len(watched.sinks.packets) >= 10, "packets of the first call", timeout_s=LONG_S)
        with calling(at.url(), drive, codec="vp8") as second:
            assert second.reply.status == 201
            eventually(lambda: watched.supervisor.status().reconnects == 1, "the second call's", timeout_s=LONG_S)
            eventually(lambda: len(watched.sinks.frames) >= 8, "frames of both", timeout_s=LONG_S)
            eventually(lambda: first.state == "closed", "the first call is ended", timeout_s=LONG_S)
            session = first.reply.location.rpartition("/whip/")[2]
            assert at.ask("DELETE", session).status == 404

    codecs = [packet.stream.codec for packet in watched.sinks.packets]
    assert codecs[0] == "h264"
    assert codecs[-1] == "vp8"
    assert rising([frame.captured_at for frame in watched.sinks.frames])
    assert watched.value("reconnects_total", camera="car") == 1.0


def test_a_vehicle_that_hangs_up_is_offline_at_once(drive: Path) -> None:
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive) as caller:
        eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)

        assert caller.hang_up().status == 200

        eventually(lambda: watched.supervisor.status().state is CameraState.OFFLINE, "offline", timeout_s=5)
        assert watched.supervisor.status().reason == "the vehicle has ended its call"
        assert at.value("whip_connected", camera="car") == 0.0


def test_a_vehicle_that_closes_its_connection_alone_is_offline_too(drive: Path) -> None:
    """It says goodbye over RTCP and DTLS, and forgets the request that RFC 9725 wants."""
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched:
        with calling(at.url(), drive):
            eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)
        eventually(lambda: watched.supervisor.status().state is CameraState.OFFLINE, "offline", timeout_s=5)
        assert at.value("whip_connected", camera="car") == 0.0


def test_a_vehicle_that_falls_silent_is_stalled_and_goes_on_in_the_same_call(drive: Path) -> None:
    """Its connection stands, and nothing comes: stalled at once, and still its session."""
    camera = vehicle_camera(timeout_s=4.0)
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive) as caller:
        eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)

        caller.fall_silent()

        eventually(lambda: watched.supervisor.status().state is CameraState.STALLED, "stalled", timeout_s=10)
        eventually(lambda: Fault.SILENT in watched.backoff.faults, "read_timeout", timeout_s=10)
        assert at.value("whip_connected", camera="car") == 1.0


def test_a_vehicle_that_vanishes_is_offline_when_its_consent_has_run_out(
    drive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody says goodbye in a tunnel. Shortened here: RFC 7675's thirty seconds."""
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.5)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 2)
    camera = vehicle_camera(timeout_s=20.0)
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive) as caller:
        eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)

        caller.vanish()

        eventually(lambda: watched.supervisor.status().state is CameraState.OFFLINE, "offline", timeout_s=LONG_S)
        assert watched.supervisor.status().reason == "the connection to the vehicle is lost"
        assert at.value("whip_connected", camera="car") == 0.0


def test_a_vehicle_that_has_never_called_is_offline_and_says_so() -> None:
    camera = vehicle_camera(timeout_s=0.3)
    with endpoint(camera) as at, watching(camera, at) as watched:
        eventually(lambda: watched.supervisor.status().state is CameraState.OFFLINE, "offline")
        assert watched.supervisor.status().reason == "the vehicle is not connected"


def test_a_call_whose_media_cannot_get_through_is_given_up(drive: Path) -> None:
    """The answer came over HTTP, and UDP is blocked: said as such, and the session is gone."""
    camera = vehicle_camera(timeout_s=1.0)
    with endpoint(camera) as at, capture_logs() as said:
        caller = Caller(at.url(), drive)
        reply = at.ask("POST", body=caller.offer(), kind="application/sdp")  # whose answer the vehicle never gets
        assert reply.status == 201
        assert at.value("whip_connected", camera="car") == 1.0
        eventually(lambda: at.value("whip_connected", camera="car") == 0.0, "given up", timeout_s=10)
        caller.close()
    assert [one["reason"] for one in said if one["event"] == "a vehicle's session is over"] == [
        "the vehicle has called, and cannot be reached: is UDP let through?"
    ]


def test_a_vehicle_says_where_it_is(drive: Path) -> None:
    """On a data channel of its call; what is no position is counted, and ends nothing."""
    camera = vehicle_camera()
    with endpoint(camera) as at, watching(camera, at) as watched, calling(at.url(), drive) as caller:
        eventually(lambda: caller.send("no position at all"), "an open channel", timeout_s=LONG_S)
        caller.send('{"lat": 30.66, "lon": 104.06, "speed": 12.5}')

        found = eventually(lambda: at.positions.newest("car"), "a position")
        eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)

        assert found is not None
        assert (found.lat, found.lon, found.speed_m_s) == (30.66, 104.06, 12.5)
        assert at.value("positions_total", camera="car", outcome="bad") == 1.0
        assert at.value("positions_total", camera="car", outcome="taken") == 1.0


def test_no_token_is_in_what_is_said(drive: Path) -> None:
    """Neither in a log line nor in an answer, of right tokens and of wrong ones."""
    camera = vehicle_camera()
    wrong = "wrong-0123456789-0123456789"
    with capture_logs() as said, endpoint(camera) as at, watching(camera, at) as watched:
        with calling(at.url(), drive) as caller:
            eventually(lambda: watched.supervisor.status().state is CameraState.LIVE, "live", timeout_s=LONG_S)
            refused = at.ask("POST", bearer=wrong, body="v=0", kind="application/sdp")
        statuses = list(watched.sinks.statuses)

    text = f"{said}{caller.reply}{refused}{statuses}"
    assert refused.status == 401
    assert token("car") not in text
    assert wrong not in text


def test_stopping_does_not_wait_for_vehicles(drive: Path) -> None:
    """A camera's thread that waits for its vehicle comes back at once, and open calls are ended."""
    camera = vehicle_camera(timeout_s=30.0)
    other = vehicle_camera("bus", timeout_s=30.0)
    with endpoint(camera, other) as at, watching(other, at), calling(at.url(), drive) as caller:
        began_s = time.monotonic()
        _stop(at)
        assert time.monotonic() - began_s < 5.0
        eventually(lambda: caller.state == "closed", "told", timeout_s=LONG_S)
    assert timedelta(seconds=time.monotonic() - began_s) < timedelta(seconds=20)


def _stop(at: Endpoint) -> None:
    assert at.server.stop(5.0)
