"""The demonstration's configuration: a whole network on the sample clips, on ports that are free."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.load import load, read
from config.model import Intrusion, Ring
from detect.models import labels_of
from detect.rules.classes import unanswerable
from ringwatch.demo_config import HOST, RTSP_PORT, free_port, prepare_demo, write_config
from sample_streams.catalogue import Catalogue
from sample_streams.labels import DEMO_CONFIG
from tests.sample_streams.samples import made_samples


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return made_samples()


def test_the_network_is_loaded_without_a_complaint() -> None:
    """Nothing in it is an error, or something that this version would not act on."""
    loaded = read(DEMO_CONFIG, {})
    assert loaded.warnings == ()
    assert loaded.network.network.timezone == "Asia/Shanghai"
    assert loaded.network.detector.model == "auto"


def test_the_network_is_as_large_as_the_real_one() -> None:
    """84 cameras in three rings and 8 vehicles, with names in Chinese, each on its own stream behind a password."""
    network = load(DEMO_CONFIG, {})
    assert Counter(camera.ring for camera in network.cameras) == {
        Ring.INNER: 19,
        Ring.MIDDLE: 44,
        Ring.OUTER: 21,
        Ring.VEHICLE: 8,
    }
    assert len({camera.name for camera in network.cameras}) == 92
    for camera in network.cameras:
        url = urlsplit(camera.stream.analysis_url)
        assert (url.hostname, url.port, url.path) == (HOST, RTSP_PORT, f"/{camera.id}/main")
        assert url.username
        assert url.password
        assert any("\u4e00" <= letter <= "\u9fff" for letter in camera.name)


def test_each_camera_watches_the_zones_of_its_clip(catalogue: Catalogue) -> None:
    """The polygons are the scene's own, and every clip is shown."""
    clips = {clip.name: clip for clip in catalogue.clips()}
    network = load(DEMO_CONFIG, {})
    assert {camera.sample for camera in network.cameras} == set(clips)
    for camera in network.cameras:
        if camera.mobile:
            continue
        clip = clips[camera.sample]
        assert {name: zone.polygon for name, zone in camera.zones.items()} == dict(clip.zones)
        watched = {post.zone for post in camera.posts}
        watched |= {rule.zone for rule in camera.rules if isinstance(rule, Intrusion)}
        assert {span.zone for span in clip.truth} <= watched


def test_the_built_in_detector_can_tell_all_that_is_asked_for() -> None:
    """The demonstration needs no model."""
    network = load(DEMO_CONFIG, {})
    labels = labels_of(network.detector.model_copy(update={"model": "built-in"}), base=Path())
    assert all(unanswerable(camera, labels) == () for camera in network.cameras)


def test_preparing_brings_clips_network_and_simulator_together(catalogue: Catalogue, tmp_path: Path) -> None:
    """The node reads where the simulator serves, and the simulator reads a file of the data folder."""
    demo = prepare_demo(tmp_path, model=None, console_port=0)
    *command, option, port = demo.simulate_command
    assert command[:3] == [sys.executable, "-m", "ringwatch"]
    assert command[-2] == "simulate"
    assert option == "--port"
    config = Path(command[-1])
    assert config.is_relative_to(tmp_path)
    for network in (demo.network, load(config, {})):
        assert {urlsplit(camera.stream.main or "").port for camera in network.cameras} == {int(port)}
    assert demo.network == load(config, {})
    assert demo.console_url == f"http://{HOST}:{demo.console_port}/"
    assert all(catalogue.clip_for(camera).is_file() for camera in demo.network.cameras)


@pytest.mark.usefixtures("catalogue")
def test_a_model_named_by_hand_takes_the_place_of_the_configured_one(tmp_path: Path) -> None:
    """The rest of the detector's settings stays."""
    demo = prepare_demo(tmp_path, model="yolox_nano", console_port=0)
    assert demo.network.detector.model == "yolox_nano"
    assert demo.network.detector.threshold == load(DEMO_CONFIG, {}).detector.threshold


@pytest.mark.usefixtures("catalogue")
def test_a_console_port_that_is_taken_gives_way_to_a_free_one(tmp_path: Path, taken: int) -> None:
    """The demonstration starts, and its URL says where."""
    demo = prepare_demo(tmp_path, model=None, console_port=taken)
    assert demo.console_port != taken
    assert demo.console_url.endswith(f":{demo.console_port}/")


def test_a_free_port_is_kept_as_wanted(taken: int) -> None:
    """One that is taken is not, and 0 is any."""
    free = free_port(0)
    assert free_port(free) == free
    assert free_port(taken) not in {0, taken}
    assert free > 0


def test_only_the_port_of_the_streams_is_rewritten(tmp_path: Path) -> None:
    """Zones, rules and secrets are the packaged ones."""
    written = load(write_config(tmp_path / "demo", 18554), {})
    packaged = load(DEMO_CONFIG, {})
    for ours, original in zip(written.cameras, packaged.cameras, strict=True):
        assert ours.stream.main == (original.stream.main or "").replace(f":{RTSP_PORT}/", ":18554/")
        assert ours.model_copy(update={"stream": original.stream}) == original


def test_preparing_twice_in_one_folder_is_no_matter(tmp_path: Path) -> None:
    """The second run writes its own ports over the first's."""
    first, second = (write_config(tmp_path, port) for port in (18554, 28554))
    assert first == second
    assert ":28554/" in second.read_text(encoding="utf-8")
