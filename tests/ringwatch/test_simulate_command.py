"""`ringwatch simulate`: one process that is every camera of a network, for clients of three makes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import pytest

from config.load import load
from ingest.clock import utc_now
from ingest.network import RtspSource
from tests.gst_server import SYSTEM_PYTHON, free_port, require_gst
from tests.ingest.clips import ClipSpec, make_clip
from tests.ringwatch.test_replay_command import ringwatch
from tests.services import REPOSITORY

EXAMPLE = REPOSITORY / "config" / "example"
CLIENT = REPOSITORY / "tests" / "gst_client_main.py"
NETWORK = """
network: {{name: test, timezone: UTC}}
secrets: secrets.example
cameras:
  - id: gate
    name: Gate
    ring: inner
    stream: {{main: "rtsp://{{one}}@127.0.0.1:{port}/gate/main"}}
"""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    make_clip(folder / "gate.mp4", ClipSpec(seconds=2, rate=10, gop=5))
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "secrets.example").write_text('one: "viewer:p@ss"\n', "utf-8")
    file = tmp_path / "network.yaml"
    file.write_text(NETWORK.format(port=free_port()), "utf-8")
    return file


@contextmanager
def simulator(config: Path, clips: Path) -> Iterator[subprocess.Popen[str]]:
    """`ringwatch simulate`, when it serves."""
    command = [sys.executable, "-m", "ringwatch", "simulate", str(config), "--clips", str(clips)]
    with subprocess.Popen([*command, "--port", str(free_port())], stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            assert "simulator.serving" in process.stderr.readline()
            yield process
        finally:
            process.kill()


def test_our_own_source_reads_it(config: Path, clips: Path) -> None:
    """With the password from the configuration's secrets."""
    camera = load(config, {}).camera("gate")
    with simulator(config, clips):
        source = RtspSource(camera, camera.stream.analysis_url, utc_now)
        source.open()
        packets = list(islice(source.packets(), 12))
        source.close()

    assert packets[0].is_keyframe
    assert all(later.captured_at > earlier.captured_at for earlier, later in pairwise(packets))


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_gstreamer_reads_it(config: Path, clips: Path, protocol: str) -> None:
    """A third party's client, over the loop of the clip."""
    require_gst()
    url = load(config, {}).camera("gate").stream.main or ""
    with simulator(config, clips):
        done = subprocess.run(
            [SYSTEM_PYTHON, str(CLIENT), url, protocol, "25"], capture_output=True, text=True, timeout=60, check=False
        )

    assert (done.returncode, done.stdout.strip()) == (0, "25 160x96"), done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order(config: Path, clips: Path, number: signal.Signals) -> None:
    """As systemd and as Ctrl-C ask."""
    with simulator(config, clips) as process:
        process.send_signal(number)
        assert process.wait(10) == 0


def test_the_whole_example_network_can_be_served(clips: Path) -> None:
    """Ninety-two cameras, each at an address of this machine, each with its clip; a vehicle calls besides.

    No password and no token is printed.
    """
    done = ringwatch("simulate", EXAMPLE, "--clips", clips, "--list")

    rows = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert len({row[0] for row in rows}) == 92
    assert len({row[2] for row in rows}) == len(rows)
    calling = [row for row in rows if row[1] == "call"]
    assert all(row[2].startswith("rtsp://127.0.0.1:8554/") for row in rows if row not in calling)
    assert [row[2] for row in calling] == ["http://127.0.0.1:8889/whip/vehicle-01"]
    assert "@" not in done.stdout
    tokens = [camera.token for camera in load(EXAMPLE / "network.yaml", {}).cameras if camera.token]
    assert not any(token in done.stdout for token in tokens)


def test_a_taken_port_is_a_service_that_cannot_be_reached(config: Path, clips: Path) -> None:
    """Exit 3, with what to do."""
    port = int(config.read_text("utf-8").partition("127.0.0.1:")[2].partition("/")[0])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = ringwatch("simulate", config, "--clips", clips)

    assert done.returncode == 3
    assert f"cannot serve RTSP on 127.0.0.1:{port}" in done.stderr


def test_a_sample_that_does_not_exist_is_said(config: Path) -> None:
    """With those that do."""
    config.write_text(config.read_text("utf-8") + "    sample: gates\n", "utf-8")

    done = ringwatch("simulate", config, "--list")

    assert done.returncode == 2
    assert "camera gate: no sample clip is called 'gates'; there are gate," in done.stderr


def test_a_clip_that_cannot_be_served_is_said(config: Path, tmp_path: Path) -> None:
    """By its name."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "gate.mp4").write_text("no video")

    done = ringwatch("simulate", config, "--clips", folder)

    assert done.returncode == 2
    assert "gate.mp4: cannot be read" in done.stderr
