"""The first thing that a newcomer runs: `ringwatch demo`, with a browser's and a Prometheus' eyes on it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from config.load import load
from sample_streams.labels import DEMO_CONFIG
from tests.gst_server import free_port
from tests.prometheus import prometheus
from tests.sample_streams.samples import made_samples
from tests.services import eventually
from tests.watchroom.browser import chromium

CAMERAS = {camera.id for camera in load(DEMO_CONFIG, {}).cameras}
CLOSING = re.compile(r"demo: (\d+) of 92 cameras went live, (\d+) alerts reached the desk")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """A demonstration at work."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        """The console."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response | None:
        """A page of the console, when it answers."""
        try:
            return httpx.get(self.url + path, timeout=5)
        except httpx.HTTPError:
            return None

    def ready(self) -> bool:
        """Whether alerts get through."""
        answer = self.get("/readyz")
        return answer is not None and answer.status_code == 200


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "ringwatch", "demo", "--no-browser", "--model", "built-in", *options]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """One demonstration for the tests that look at it; the last of them sees it end."""
    made_samples()
    port = free_port()
    with subprocess.Popen(command("--for", "75s", "--port", str(port)), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Demo(process=process, port=port)
        finally:
            process.kill()


def test_it_becomes_ready(demo: Demo) -> None:
    """Cameras are read, the desk records."""
    eventually(demo.ready, "the demonstration is ready", timeout_s=40)


def test_the_browser_shows_a_real_alert_with_its_pictures(demo: Demo) -> None:
    """Within the minute, without anything having been configured."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(40_000)
        page.goto(demo.url)
        rows = page.locator("#alerts > li")
        expect(rows.first).to_be_visible(timeout=45_000)
        intrusion = rows.filter(has_text="闯入禁区").first
        expect(intrusion).to_be_visible(timeout=45_000)
        intrusion.click()
        eventually(
            lambda: page.evaluate("() => document.querySelector('video')?.currentTime ?? 0") > 0.3,
            "its clip plays",
            timeout_s=30,
        )


def test_prometheus_sees_every_camera(demo: Demo, tmp_path: Path) -> None:
    """Live, read, decoded and analysed, by the names that the documentation gives."""
    with prometheus(f"127.0.0.1:{demo.port}", tmp_path) as server:
        live = eventually(lambda: server.query("ringwatch_ingest_live"), "metrics are scraped", timeout_s=20)
        frames = server.query("ringwatch_detect_frames_total > 0")
        late = server.query("time() - ringwatch_detect_newest_frame_timestamp_seconds < 30")
        states = server.query("sum by (camera) (ringwatch_camera_state)")
        assert server.query("up") == {"": 1.0}
        assert sum(server.query("ringwatch_alerts_recorded_total").values()) > 0

    assert live == dict.fromkeys(CAMERAS, 1.0)
    assert set(frames) == set(late) == CAMERAS
    assert states == dict.fromkeys(CAMERAS, 1.0)


def test_it_ends_by_itself_and_says_what_was_seen(demo: Demo) -> None:
    """One closing line, exit 0."""
    said, _ = demo.process.communicate(timeout=90)

    closing = CLOSING.fullmatch(said.splitlines()[-1])
    assert closing, said
    assert demo.process.returncode == 0
    assert int(closing[1]) == 92
    assert int(closing[2]) >= 3
    assert f"console: {demo.url}/" in said


def test_without_an_alert_it_has_failed() -> None:
    """Too short for one: exit 1, and the closing line says why. A port that is taken is no reason."""
    made_samples()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            command("--for", "2s", "--port", port), capture_output=True, text=True, timeout=90, check=False
        )

    assert done.returncode == 1
    closing = CLOSING.fullmatch(done.stdout.splitlines()[-1])
    assert closing, done.stdout + done.stderr
    assert closing[2] == "0"
