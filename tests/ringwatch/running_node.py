"""A whole node for tests: `ringwatch run` in a process of its own, looked at from outside."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import psutil

from tests.gst_server import free_port
from tests.services import eventually

START_S = 30.0
STOP_S = 30.0


@dataclass(kw_only=True)
class RunningNode:
    """`ringwatch run CONFIG`."""

    config: Path
    data: Path
    port: int = field(default_factory=free_port)
    main: str = "ringwatch"  # the module that is run
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The console."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the node has logged so far."""
        return self._log_file.read_text("utf-8")

    @property
    def _log_file(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def start(self, *options: str) -> None:
        """Begin; returns at once."""
        command = [sys.executable, "-m", self.main, "run", str(self.config), "--data", str(self.data)]
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen([*command, "--port", str(self.port), *options], stderr=log)

    def stop(self) -> int:
        """Ask it to stop, as systemd does; its exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S)

    def kill(self) -> None:
        """End it and all that it started."""
        if self._process and self._process.poll() is None:
            family = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]
            for one in family:
                one.kill()
            self._process.wait()

    def worker(self) -> psutil.Process:
        """The first worker's process."""
        return psutil.Process(int(self.report("worker-0")["pid"]))

    def report(self, process: str) -> dict[str, Any]:
        """What `process` has put on the board; empty when it has not yet."""
        file = self.data / "run" / "board" / f"{process}.json"
        return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of the console; 0 when it does not answer."""
        try:
            with urlopen(self.url + path, timeout=5) as answer:  # noqa: S310 - our own node, over HTTP
                return answer.status, answer.read().decode(errors="replace")
        except HTTPError as error:
            return error.code, error.read().decode()
        except (URLError, OSError):
            return 0, ""

    def states(self) -> dict[str, str]:
        """Each camera's state."""
        status, body = self.get("/api/cameras")
        return {row["id"]: row["state"] for row in json.loads(body)["cameras"]} if status == 200 else {}

    def wait_live(self, *cameras: str, timeout_s: float = START_S) -> None:
        """Wait until all of `cameras` are live."""
        eventually(lambda: all(self.states().get(one) == "live" for one in cameras), "live", timeout_s=timeout_s)


@contextmanager
def running_node(config: Path, data: Path, *options: str, main: str = "ringwatch") -> Iterator[RunningNode]:
    """A node on `config`; ended afterwards, however the test goes."""
    node = RunningNode(config=config, data=data, main=main)
    node.start(*options)
    try:
        yield node
    finally:
        node.kill()
