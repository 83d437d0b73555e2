"""A folder of an engineer's own clips in place of the sample clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sample_streams.errors import ClipError

if TYPE_CHECKING:
    from config.model import Camera

MAIN = "-main"
SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".ts", ".avi", ".h264"})


def clips_of_folder(folder: Path) -> Callable[[Camera], Path]:
    """Which file of `folder` a camera shows: the one with its id as its name, else each in turn, by name.

    Raises:
        ClipError: the folder holds no video file.
    """
    found = {file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES}
    files = sorted(found - {main_of(file) for file in found})
    if not files:
        raise ClipError(f"{folder}: no video file in it ({', '.join(sorted(SUFFIXES))})")
    own = {file.stem: file for file in files}
    given: dict[str, Path] = {}

    def clip_for(camera: Camera) -> Path:
        return own.get(camera.id) or given.setdefault(camera.id, files[len(given) % len(files)])

    return clip_for


def main_of(clip: Path) -> Path:
    """The clip of the main stream, where the sub stream shows `clip`: gate-main.mp4 beside gate.mp4, if it is there."""
    return clip.with_stem(f"{clip.stem}{MAIN}")
