from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import av
import numpy as np
import pytest
from aiortc.rtp import RtpPacket

from config.errors import BackendUnavailable
from sample_streams import outlets
from sample_streams.auth import MAX_FAILURES, digest
from sample_streams.errors import ClipError
from sample_streams.mount import Mount, Scheme
from sample_streams.rtsp_server import RtspServer
from sample_streams.variants import spoiled
from tests.ingest.clips import ClipSpec, bar_of, make_clip
from tests.sample_streams.given import RawClient, raw, serving, watching
from tests.services import eventually

SPEC = ClipSpec(seconds=2, rate=10, gop=5)
USER, PASSWORD = "wächter", 'p@ss:w/"rd'
IN_URL = "w%C3%A4chter:p%40ss%3Aw%2F%22rd"
TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", SPEC)


@pytest.fixture(scope="module")
def server(clip: Path) -> Iterator[RtspServer]:
    """One open camera, one with a password, one that knows Basic alone."""
    locked = Mount(path="/locked/main?channel=1", clip=clip, user=USER, password=PASSWORD)
    basic = replace(locked, path="/basic", schemes=(Scheme.BASIC,))
    with serving(Mount(path="/open", clip=clip), locked, basic) as server:
        yield server


@pytest.fixture
def client(server: RtspServer) -> Iterator[RawClient]:
    with raw(server) as client:
        yield client


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_client_gets_every_picture_from_a_keyframe_on(server: RtspServer, transport: str) -> None:
    """FFmpeg's, over either transport: times rise by a picture each, also where the clip begins again."""
    with watching(f"rtsp://{server.address}/open", transport) as packets:
        seen = list(islice(packets, 25))

    stamps = [float(packet.pts * packet.time_base) for packet in seen if packet.pts is not None]
    assert seen[0].is_keyframe
    assert np.diff(stamps) == pytest.approx(0.1, abs=0.01)


def test_pictures_arrive_as_they_are_in_the_clip(server: RtspServer) -> None:
    """Each one whole: the bar goes on by a step a picture."""
    with watching(f"rtsp://{server.address}/open") as packets:
        frames = (frame for packet in packets for frame in packet.decode())
        bars = [bar_of(np.asarray(frame.to_ndarray(format="gray"), np.uint8)) for frame in islice(frames, 15)]

    assert all((later - earlier) % 20 == 1 for earlier, later in pairwise(bars))


@pytest.mark.parametrize("path", ["locked/main?channel=1", "basic"])
def test_a_password_opens_a_camera(server: RtspServer, path: str) -> None:
    """By Digest or by Basic, with letters that a URL has to escape."""
    with watching(f"rtsp://{IN_URL}@{server.address}/{path}") as packets:
        assert next(packets).is_keyframe


@pytest.mark.parametrize("login", ["", "w%C3%A4chter:wrong@", "somebody:p%40ss@"])
@pytest.mark.parametrize("path", ["locked/main?channel=1", "basic"])
def test_without_the_password_nothing_is_seen(server: RtspServer, path: str, login: str) -> None:
    """FFmpeg gives up with what the server said."""
    with pytest.raises(av.error.HTTPUnauthorizedError), watching(f"rtsp://{login}{server.address}/{path}"):
        pytest.fail("it let a stranger in")


def test_a_digest_is_worth_nothing_on_another_connection(server: RtspServer, client: RawClient) -> None:
    """Its nonce belongs to the connection it was given to."""
    path = "/locked/main?channel=1"
    challenge = client.ask("DESCRIBE", path).challenges.partition("Digest ")[2].partition(", Basic")[0]
    given = {**parse_keqv_list(parse_http_list(challenge)), "username": USER, "uri": client.base + path}
    del given["qop"]
    response = digest(given, "DESCRIBE", PASSWORD)
    header = "Digest " + ", ".join(f'{name}="{text}"' for name, text in {**given, "response": response}.items())

    assert client.ask("DESCRIBE", path, Authorization=header).status == 200
    with raw(server) as other:
        assert other.ask("DESCRIBE", path, Authorization=header).status == 401


def test_whoever_guesses_is_hung_up_on(client: RawClient) -> None:
    """After five wrong passwords on one connection."""
    for _ in range(MAX_FAILURES):
        assert client.ask("DESCRIBE", "/basic", Authorization="Basic eDp5").status == 401

    assert client.ended()


def test_packets_and_reports_come_on_the_channels_that_were_agreed(client: RawClient) -> None:
    """A sender report first, then pictures numbered as PLAY has said."""
    setup = client.ask("SETUP", "/open/trackID=0", Transport="RTP/AVP/TCP;unicast;interleaved=4-5")
    play = client.ask("PLAY", "/open/", Session=setup.headers["session"].split(";")[0])
    (channel, report), (next_channel, first) = client.frame(), client.frame()

    assert setup.headers["transport"] == "RTP/AVP/TCP;unicast;interleaved=4-5"
    assert (channel, report[1], next_channel) == (5, 200, 4)
    packet = RtpPacket.parse(first)
    assert f"seq={packet.sequence_number};rtptime={packet.timestamp}" in play.headers["rtp-info"]


def test_two_viewers_see_the_same_moment(server: RtspServer) -> None:
    """A camera runs whether anybody watches or not."""
    with watching(f"rtsp://{server.address}/open") as one, watching(f"rtsp://{server.address}/open") as other:
        first, second = next(one), next(other)
        while bytes(first) != bytes(second):
            first = next(one)

        assert [bytes(packet) for packet in islice(one, 5)] == [bytes(packet) for packet in islice(other, 5)]


def test_cameras_of_one_clip_can_be_at_different_moments(clip: Path) -> None:
    """Half a second in is where the second keyframe stands."""
    with (
        serving(Mount(path="/a", clip=clip), Mount(path="/b", clip=clip, offset_s=0.5)) as server,
        watching(f"rtsp://{server.address}/a") as one,
        watching(f"rtsp://{server.address}/b") as other,
    ):
        first, second = (bytes(next(packets)) for packets in (one, other))

    assert first != second


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("OPTIONS", "/anything", {}, 200),
        ("DESCRIBE", "/nothing", {}, 404),
        ("PAUSE", "/open", {}, 405),
        ("SETUP", "/open/trackID=0", {}, 461),
        ("SETUP", "/open/trackID=0", {"Transport": "RTP/AVP;multicast;client_port=5000-5001"}, 461),
        ("SETUP", "/open/trackID=0", {"Transport": "RTP/AVP/TCP;interleaved=300-301"}, 461),
        ("PLAY", "/open", {}, 455),
        ("PLAY", "/open", {"Session": "another"}, 454),
        ("GET_PARAMETER", "/open", {}, 200),
    ],
)
def test_a_request_gets_the_protocols_own_answer(
    client: RawClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """And the connection goes on."""
    assert client.ask(method, path, **headers).status == status
    assert client.ask("OPTIONS", "*").status == 200


def test_a_session_plays_what_it_set_up_and_nothing_else(client: RawClient) -> None:
    """Not another camera, and no other transport while it plays."""
    session = client.ask("SETUP", "/open", Transport=TCP).headers["session"].split(";")[0]
    assert client.ask("PLAY", "/basic", Session=session, Authorization="Basic eDp5").status == 401
    client.ask("PLAY", "/open", Session=session)
    client.frame()  # it plays

    client.write(b"TEARDOWN " + client.base.encode() + b"/open RTSP/1.0\r\nCSeq: 9\r\n\r\n")

    assert client.ended()


def test_what_is_not_rtsp_is_answered_once_and_hung_up_on(client: RawClient) -> None:
    """Nobody knows where its next request would begin."""
    client.write(b"GET / HTTP/1.1\r\nHost: camera\r\n\r\n")

    assert client.read().status == 400
    assert client.ended()


def test_a_viewer_that_does_not_read_is_dropped(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for it stays bounded, and the others go on."""
    monkeypatch.setattr(outlets, "MAX_BEHIND_BYTES", -1)  # as if its connection were full
    with serving(Mount(path="/open", clip=clip)) as server, raw(server) as slow:
        slow.ask("SETUP", "/open", Transport=TCP)
        slow.write(b"PLAY " + slow.base.encode() + b"/open RTSP/1.0\r\nCSeq: 9\r\n\r\n")
        assert slow.ended()
        monkeypatch.undo()

        eventually(lambda: server.dropped == 1 and server.connections == 0, "the slow viewer is dropped")
        with watching(f"rtsp://{server.address}/open") as packets:
            assert next(packets).is_keyframe


def test_a_viewer_that_leaves_without_a_word_is_forgotten(server: RtspServer) -> None:
    """With everything it held."""
    with raw(server) as client:
        client.ask("SETUP", "/open", Transport="RTP/AVP;unicast;client_port=50000-50001")
        client.write(b"PLAY " + client.base.encode() + b"/open RTSP/1.0\r\nCSeq: 9\r\n\r\n")
        assert client.read().status == 200

    eventually(lambda: server.connections == 0, "nobody is connected")


def test_closing_hangs_up_on_everybody(clip: Path) -> None:
    """And the port is free at once."""
    with serving(Mount(path="/open", clip=clip)) as server, raw(server) as client:
        client.ask("SETUP", "/open", Transport=TCP)
        address = server.address

    assert client
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address.host, address.port))


def test_a_port_that_is_taken_is_said(clip: Path, server: RtspServer) -> None:
    """With what to do about it."""
    import asyncio

    from sample_streams.media import Library

    second = RtspServer(server.address, [Mount(path="/open", clip=clip)], Library(spoiled))
    with pytest.raises(BackendUnavailable, match=rf"{server.address}: .*choose another port with --port"):
        asyncio.run(second.start())


def test_a_clip_that_cannot_be_served_stops_the_start(tmp_path: Path) -> None:
    """By name, before anybody can connect."""
    with pytest.raises(ClipError, match=r"missing\.mp4"), serving(Mount(path="/a", clip=tmp_path / "missing.mp4")):
        pytest.fail("it serves nothing")
