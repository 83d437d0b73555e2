"""A disk with no room left, for one process or for all."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs


@contextmanager
def no_more_room() -> Iterator[None]:
    """A full disk, as far as this process can tell: no file may grow beyond where SQLite's now are."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with capture_logs():  # the test's own output is a file as well
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A file system of its own with room for `size`, mounted at `place`; the test is skipped where nobody may mount."""
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a disk of the test's own can only be mounted by root, where the machine allows it")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(folder: Path) -> Path:
    """Use up all the room of the disk that `folder` lies on; the file that holds it, to be deleted."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    continue
            except OSError:
                continue
    return filler
