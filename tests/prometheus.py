"""A real Prometheus for tests: it scrapes one target, and is asked what it has seen."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.gst_server import free_port
from tests.services import eventually, require_binary

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: ringwatch
    static_configs: [{{targets: ["{target}"]}}]
"""


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """One that runs."""

    port: int

    def query(self, expression: str) -> dict[str, float]:
        """The value of `expression` now, by camera where it has one, else by an empty name."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query"
        answer = httpx.get(url, params={"query": expression}, timeout=10)
        assert answer.status_code == 200, answer.text
        return {row["metric"].get("camera", ""): float(row["value"][1]) for row in answer.json()["data"]["result"]}


@contextmanager
def prometheus(target: str, folder: Path) -> Iterator[Prometheus]:
    """A server that scrapes `target` (host:port) every second; ended with the block."""
    binary, port = require_binary("prometheus"), free_port()
    file = folder / "prometheus.yml"
    file.write_text(CONFIG.format(target=target), "utf-8")
    command = [binary, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    command.append(f"--web.listen-address=127.0.0.1:{port}")
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        eventually(lambda: _is_ready(port), "Prometheus is ready", timeout_s=30)
        yield Prometheus(port=port)
    finally:
        process.terminate()
        process.wait(20)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/-/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
