"""Fixtures of the watch room's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.watchroom.browser import chromium
from tests.watchroom.console import Console, console_in


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    """A console at work."""
    with console_in(tmp_path) as console:
        yield console


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's pages; Playwright allows one at a time in a process."""
    with chromium() as browser:
        yield browser
