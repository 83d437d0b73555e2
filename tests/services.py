"""Real services for tests: a missing one skips on a laptop and fails in CI."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

T = TypeVar("T")
IN_CI = os.environ.get("CI") == "true"
REPOSITORY = Path(__file__).resolve().parent.parent


def unavailable(what: str) -> NoReturn:
    """Skip this test because `what` is missing; in CI, fail it."""
    message = f"{what} is missing: `make test` as root on Debian installs it (see README, Development)"
    if IN_CI:
        pytest.fail(message)
    pytest.skip(message)


def require_binary(*names: str) -> str:
    """The path of the first of `names` that is on PATH."""
    for name in names:
        if path := shutil.which(name):
            return path
    unavailable(" or ".join(names))


def require_shared(*parts: str) -> Path:
    """A file or folder of the shared test material (`RINGWATCH_SHARED`, default `../shared`)."""
    path = Path(os.environ.get("RINGWATCH_SHARED", REPOSITORY.parent / "shared")).joinpath(*parts)
    if not path.exists():
        unavailable(f"{path} (real footage and models for tests; set RINGWATCH_SHARED)")
    return path


def eventually(probe: Callable[[], T], what: str, *, timeout_s: float = 10.0) -> T:
    """The first truthy answer of `probe`, asked again until `timeout_s` has passed."""
    deadline = time.monotonic() + timeout_s
    while not (answer := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout_s:g} s")
        time.sleep(0.02)
    return answer
