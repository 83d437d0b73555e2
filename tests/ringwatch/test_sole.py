from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import BackendUnavailable, RingwatchError
from ringwatch.layout import Layout
from ringwatch.sole import require_free, sole_owner
from sample_streams.labels import DEMO_CONFIG
from tests.ringwatch.test_replay_command import ringwatch

HOLD = """
import sys
from pathlib import Path
from ringwatch.sole import sole_owner
with sole_owner(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_node_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Two of them would send each other's alerts; the first is named."""
    refused = pytest.raises(RingwatchError, match=rf"process {os.getpid()}\) runs on the data folder")
    with sole_owner(tmp_path), refused, sole_owner(tmp_path):
        pytest.fail("it was let in")

    with sole_owner(tmp_path):
        pass  # given back


def test_a_killed_node_leaves_its_folder_free(tmp_path: Path) -> None:
    """kill -9 is no reason for somebody to delete a lock by hand."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(RingwatchError, match=str(holder.pid)), sole_owner(tmp_path):
            pytest.fail("it was let in")
        holder.kill()

    with sole_owner(tmp_path):
        pass


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path) -> None:
    """Exit 3 before a camera is opened, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = ringwatch("run", DEMO_CONFIG, "--port", port, "--data", tmp_path / "data")

    assert done.returncode == 3
    assert f"the console cannot listen on 127.0.0.1:{port} (Address already in use): choose another" in done.stderr
    assert "console: http" not in done.stderr  # nobody answers there
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    """It may be another machine's, or a typing error."""
    with pytest.raises(BackendUnavailable, match=r"192\.0\.2\.1:8080"):
        require_free("192.0.2.1", 8080)


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """Instead of a traceback."""
    (tmp_path / "file").touch()

    with pytest.raises(RingwatchError, match=r"file/data cannot be made \(Not a directory\): name another with --data"):
        Layout(tmp_path / "file" / "data").make()
