"""Finished clips in a real Chromium: the duty room's player."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.storage.footage import ANNEX_B, AVCC, VP8, FilmKind, film
from tests.storage.test_clip import recorded
from tests.watchroom.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all films."""
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(
    "kind",
    [AVCC, ANNEX_B, FilmKind(b_frames=2), FilmKind(b_frames=2, container="mpegts"), VP8],
    ids=["from a file", "from RTSP", "with B-frames", "with B-frames, from RTSP", "VP8"],
)
def test_a_finished_clip_plays(browser: Browser, tmp_path: Path, kind: FilmKind) -> None:
    """It has pictures, its time runs, and its length is the camera's."""
    clip = recorded(tmp_path, film(6, kind))
    (tmp_path / "page.html").write_text(f"<video muted src='{clip.name}'></video>")
    page = browser.new_page()

    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.5")
    video = page.evaluate(
        "(() => { const v = document.querySelector('video'); return [v.readyState, v.duration, v.videoWidth]; })()"
    )
    page.close()

    assert video[0] >= 2
    assert video[1] == pytest.approx(6.0, abs=0.11)
    assert video[2] == 320
