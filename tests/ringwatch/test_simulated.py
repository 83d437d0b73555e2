"""A network through the simulator: every stream is asked for where the simulator serves it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.model import Camera, Network, NetworkInfo, Ring, Stream
from ringwatch.cli import run
from ringwatch.simulated import parse_address, through_simulator
from sample_streams.simulator import plan

ADDRESS = "127.0.0.1:9000"
ELSEWHERE = "rtsp://viewer:p%40ss@10.0.1.11/main"
STREAMS = (
    Stream(main=ELSEWHERE, sub="rtsp://10.0.1.11/sub"),
    Stream(main="rtsp://viewer@127.0.0.1:8600/live/1?channel=2", sub="rtsp://localhost:8600/s"),
    Stream(main="rtsp://[::1]:8600/a"),
    Stream(main="rtsps://127.0.0.1:322/a"),
    Stream(main="rtmp://10.0.0.1/app/key"),
    Stream(main="whip:"),
    Stream(main="file:gate.mp4"),
)


@pytest.fixture
def network() -> Network:
    """A camera for each kind of stream."""
    cameras = tuple(
        Camera(id=f"cam-{number}", name="c", ring=Ring.INNER, stream=stream) for number, stream in enumerate(STREAMS)
    )
    return Network(network=NetworkInfo(name="test", timezone="UTC"), cameras=cameras)


def asked(network: Network) -> list[str]:
    """Where each stream is looked for that is no file, without who asks."""
    urls = [url for camera in network.cameras for url in (camera.stream.main, camera.stream.sub) if url]
    split = [urlsplit(url) for url in urls if not url.startswith("file:")]
    return [one._replace(netloc=one.netloc.rpartition("@")[2]).geturl() for one in split]


def test_every_stream_is_asked_for_where_the_simulator_has_it(network: Network) -> None:
    """Also those that it serves where they are configured."""
    has = [row.url for row in plan(network, lambda _: Path("clip.mp4"), 9000)]

    assert [url.replace("localhost", "127.0.0.1") for url in asked(through_simulator(network, ADDRESS))] == has


def test_what_it_serves_in_place_and_files_stay_as_they_are(network: Network) -> None:
    """And users and passwords stay everywhere."""
    through = through_simulator(network, ADDRESS).cameras

    assert through[0].stream.main == "rtsp://viewer:p%40ss@127.0.0.1:9000/cam-0/main"
    assert [through[number].stream for number in (1, 2, 6)] == [STREAMS[number] for number in (1, 2, 6)]


@pytest.mark.parametrize("text", ["127.0.0.1:8554", "[::1]:8554", "simulator.example:65535", "localhost:1"])
def test_an_address_is_a_host_and_a_port(text: str) -> None:
    """By name or by number."""
    assert parse_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "foo", ":8554", "http://127.0.0.1:8554", "rtsp://127.0.0.1:8554", "127.0.0.1:", "127.0.0.1:0", "::1:8554",
        "127.0.0.1:65536", "127.0.0.1:8554/", "viewer@127.0.0.1:8554", "127.0.0.1:8554 ", "127.0.0.1:\uff18",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_the_node_starts(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, with what to write: no camera would ever be live."""
    config = tmp_path / "network.yaml"
    config.write_text("cameras: []\n")

    assert run(["run", str(config), "--data", str(tmp_path / "data"), "--simulated", text]) == 2

    assert f"{text!r} is not HOST:PORT: write the simulator's, for example 127.0.0.1:8554" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
