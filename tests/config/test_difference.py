"""What is not as it was between two configurations, and what a running node makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.difference import CameraChanges, camera_changes, service_settings, settled
from config.load import load
from config.model import Network

BASE = """
network: {timezone: Asia/Shanghai}
secrets: secrets.yaml
defaults: {heartbeat: 2s}
templates:
  gate: {zones: {post: {polygon: [[0, 0], [1, 0], [1, 1]]}}, posts: [{zone: post, absent_after: 60s}]}
roster:
  operators: [{id: desk-1, name: 一席}]
  shifts: [{name: 早班, hours: "08:00-16:00"}, {name: 晚班, hours: "16:00-08:00"}]
holidays: [2026-10-01]
cameras:
  - {id: a, name: 甲, ring: inner, like: gate, stream: {sub: "rtsp://{one}@192.0.2.1/sub"}}
  - {id: b, name: 乙, ring: inner, like: gate, heartbeat: 3s, stream: {sub: "rtsp://192.0.2.2/sub"}}
  - id: c
    name: 丙
    ring: outer
    stream: {sub: "rtsp://192.0.2.3/sub"}
    rules: [{rule: fall, hours: "always, holidays off"}]
"""
VEHICLE = '  - {id: car, name: 车, ring: vehicle, mobile: true, stream: {sub: "whip:{car}"}}\n'


def network(folder: Path, text: str = BASE, *, one: str = "user:first", car: str = "1" * 30) -> Network:
    (folder / "network.yaml").write_text(text, "utf-8")
    secrets = folder / "secrets.yaml"
    secrets.write_text(f'one: "{one}"\ncar: "{car}"\n', "utf-8")
    secrets.chmod(0o600)
    return load(folder / "network.yaml", {})


def changed(folder: Path, *replacements: tuple[str, str], base: str = BASE) -> tuple[Network, Network]:
    """The network, and what it becomes with other words in the place of some."""
    before, text = network(folder, base), base
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return before, network(folder, text)


@pytest.mark.parametrize(
    ("old", "new", "cameras"),
    [
        pytest.param("name: 甲", "name: 东门", ("a",), id="its name"),
        pytest.param("192.0.2.2/sub", "192.0.2.2/main", ("b",), id="its stream"),
        pytest.param("absent_after: 60s", "absent_after: 90s", ("a", "b"), id="its template"),
        pytest.param("heartbeat: 2s", "heartbeat: 4s", ("a", "c"), id="defaults that it does not override"),
        pytest.param("[2026-10-01]", "[2026-10-02]", ("c",), id="holidays that its hours speak of"),
        pytest.param("Asia/Shanghai", "Asia/Urumqi", ("a", "b", "c"), id="the time zone"),
        pytest.param("defaults:", "incidents: {cameras: 4}\ndefaults:", (), id="nothing of a camera's own"),
    ],
)
def test_a_camera_has_changed_when_its_own_settings_have(
    tmp_path: Path, old: str, new: str, cameras: tuple[str, ...]
) -> None:
    """Wherever they are written."""
    assert camera_changes(*changed(tmp_path, (old, new))) == CameraChanges(changed=cameras)


def test_another_password_changes_the_cameras_that_use_it(tmp_path: Path) -> None:
    """A secret is a part of their streams."""
    before = network(tmp_path)

    assert camera_changes(before, network(tmp_path, one="user:second")) == CameraChanges(changed=("a",))


def test_cameras_come_and_go(tmp_path: Path) -> None:
    """One under another id is another one."""
    before, after = changed(tmp_path, ("id: b", "id: d"))

    changes = camera_changes(before, after)

    assert changes == CameraChanges(added=("d",), removed=("b",))
    assert changes
    assert not camera_changes(before, before)


def test_comments_and_another_way_to_write_change_nothing(tmp_path: Path) -> None:
    """What counts is what it says."""
    before, after = changed(tmp_path, ("absent_after: 60s", "absent_after: 1m  # a minute\n   "))

    assert before == after


@pytest.mark.parametrize(
    ("section", "waiting"),
    [
        ("detector: {threshold: 0.5}", "detector"),
        ('queue: {url: "redis://:secret@192.0.2.9/0"}', "queue"),
        ("whip: {port: 8890}", "whip"),
        ('storage: {database: "sqlite:////srv/other.sqlite", keep_evidence: 2d}', "storage.database"),
    ],
)
def test_what_a_running_node_cannot_change_waits_and_nothing_else_does(
    tmp_path: Path, section: str, waiting: str
) -> None:
    """It is named, without what it says; the rest of the file holds from now on."""
    before, wanted = changed(tmp_path, ("defaults:", f"{section}\ndefaults:"), ("name: 甲", "name: 东门"))

    now = settled(before, wanted)

    assert now.waiting == (waiting,)
    assert camera_changes(before, now.network) == CameraChanges(changed=("a",))
    assert (now.network.detector, now.network.queue) == (before.detector, before.queue)
    assert (now.network.whip, now.network.storage.database) == (before.whip, None)
    assert now.network.storage.keep_evidence == wanted.storage.keep_evidence


def test_vehicles_come_and_go_like_other_cameras(tmp_path: Path) -> None:
    """Another token changes the one whose it is."""
    without, one = network(tmp_path), network(tmp_path, BASE + VEHICLE)
    other = network(tmp_path, BASE + VEHICLE, car="2" * 30)

    assert settled(without, one).waiting == ()
    assert camera_changes(without, one) == CameraChanges(added=("car",))
    assert camera_changes(one, other) == CameraChanges(changed=("car",))
    assert camera_changes(other, without) == CameraChanges(removed=("car",))


@pytest.mark.parametrize(
    ("old", "new", "concerned"),
    [
        pytest.param("absent_after: 60s", "absent_after: 90s", False, id="a rule"),
        pytest.param("192.0.2.2/sub", "192.0.2.4/sub", False, id="a stream"),
        pytest.param(
            '"rtsp://192.0.2.2/sub"', '"rtsp://192.0.2.2/sub", main: "rtsp://192.0.2.2/m"', True, id="a second"
        ),
        pytest.param("name: 甲", "name: 东门", True, id="a name"),
        pytest.param("id: desk-1", "id: desk-2", True, id="the roster"),
        pytest.param("defaults:", "duty: {again: 5m}\ndefaults:", True, id="duty"),
        pytest.param("defaults:", "detector: {threshold: 0.5}\ndefaults:", False, id="the detector"),
    ],
)
def test_desk_and_console_are_concerned_by_what_they_know(
    tmp_path: Path, old: str, new: str, *, concerned: bool
) -> None:
    """Not by how a camera is watched."""
    before, after = changed(tmp_path, (old, new))

    assert (service_settings(before) != service_settings(after)) is concerned
