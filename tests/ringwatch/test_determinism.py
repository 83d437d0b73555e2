"""The same clip gives the same event lines, to the byte, run after run and whatever the machine's load."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.footage import TABLE, clip, cut, model
from tests.ringwatch.test_replay_command import ringwatch

CONFIG = f"""
detector: {{model: "MODEL"}}
cameras:
  - id: table
    name: 桌前
    ring: inner
    stream: {{sub: "rtsp://192.0.2.1/sub"}}
    zones: {{table: {{polygon: {TABLE}}}}}
    posts: [{{zone: table, absent_after: 4s, asleep_after: 10s}}]
    rules:
      - {{rule: intrusion, zone: table, dwell: 1s}}
      - {{rule: loitering, zone: table, after: 5s}}
      - {{rule: left_object, zone: table, after: 4s}}
      - {{rule: fall, after: 2s}}
      - {{rule: line_cross, line: [[0.75, 0.3], [0.75, 1.0]]}}
"""


@contextmanager
def busy_machine(processes: int) -> Iterator[None]:
    """With others that want every core."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def test_the_same_clip_gives_the_same_lines_whatever_the_load(tmp_path: Path) -> None:
    """Three readings, one of them beside four processes that never rest."""
    config = tmp_path / "network.yaml"
    config.write_text(CONFIG.replace("MODEL", str(model())), "utf-8")
    footage = cut(clip("one-by-one-person.mp4"), tmp_path / "visit.mp4", ((15.0, 50.0),))
    arguments = ("replay", footage, "--config", config, "--camera", "table", "--json")

    first, second = ringwatch(*arguments), ringwatch(*arguments)
    with busy_machine(4):
        third = ringwatch(*arguments)

    assert first.returncode == 0, first.stderr
    assert len(first.stdout.splitlines()) > 4
    assert first.stdout == second.stdout == third.stdout
