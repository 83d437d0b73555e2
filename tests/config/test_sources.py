"""From which files a configuration was read, and whether they are other ones now."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import ConfigError
from config.load import read
from config.sources import Sources

NETWORK = "include: cameras/*.yaml\nsecrets: secrets.yaml\n"
CAMERA = 'cameras: [{id: %s, name: 甲, ring: inner, stream: {sub: "rtsp://{one}@192.0.2.1/sub"}}]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cameras").mkdir()
    (tmp_path / "cameras" / "a.yaml").write_text(CAMERA % "a", "utf-8")
    (tmp_path / "network.yaml").write_text(NETWORK, "utf-8")
    (tmp_path / "secrets.yaml").write_text('one: "user:word"\n', "utf-8")
    (tmp_path / "secrets.yaml").chmod(0o600)
    return tmp_path


def sources_of(folder: Path) -> Sources:
    sources = Sources()
    read(folder / "network.yaml", {}, sources=sources)
    return sources


def replace(folder: Path, name: str, text: str) -> None:
    """As editors do: another file is moved into the place of the old one."""
    (folder / "new").write_text(text, "utf-8")
    (folder / "new").chmod(0o600)
    (folder / "new").replace(folder / name)


CHANGES: dict[str, Callable[[Path], object]] = {
    "the file": lambda folder: replace(folder, "network.yaml", NETWORK + "incidents: {cameras: 4}\n"),
    "an included file": lambda folder: replace(folder, "cameras/a.yaml", CAMERA % "b"),
    "one letter, in the same file": lambda folder: (folder / "cameras/a.yaml").write_text(CAMERA % "b", "utf-8"),
    "the secrets": lambda folder: replace(folder, "secrets.yaml", 'one: "user:other"\n'),
    "who may read the secrets": lambda folder: (folder / "secrets.yaml").chmod(0o644),
    "one more file that is included": lambda folder: (folder / "cameras/b.yaml").write_text(CAMERA % "b", "utf-8"),
    "one file fewer": lambda folder: (folder / "cameras/a.yaml").unlink(),
    "the file is gone": lambda folder: (folder / "network.yaml").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_whatever_changes_is_seen(folder: Path, change: Callable[[Path], object]) -> None:
    """By content, under the same names."""
    sources = sources_of(folder)
    before = sources.fingerprint()

    change(folder)

    assert sources.fingerprint() != before


def test_what_is_written_again_as_it_was_is_no_change(folder: Path) -> None:
    """Nor is another file beside it."""
    sources = sources_of(folder)
    before = sources.fingerprint()

    (folder / "network.yaml").write_text(NETWORK, "utf-8")
    (folder / "cameras" / "a.yaml~").write_text("of an editor", "utf-8")

    assert sources.fingerprint() == before


def test_a_pipe_is_left_alone(folder: Path) -> None:
    """Who reads it takes from it, or waits."""
    os.mkfifo(folder / "pipe")
    sources = sources_of(folder)
    sources.add(folder / "pipe")

    assert sources.fingerprint() == sources.fingerprint()


@pytest.mark.parametrize("name", ["network.yaml", "cameras/a.yaml", "secrets.yaml"])
def test_a_file_with_mistakes_is_known_too(folder: Path, name: str) -> None:
    """Or nobody would see that it is mended."""
    good = (folder / name).read_text("utf-8")
    (folder / name).write_text("{", "utf-8")
    sources = Sources()
    with pytest.raises(ConfigError):
        read(folder / "network.yaml", {}, sources=sources)
    broken = sources.fingerprint()

    (folder / name).write_text(good, "utf-8")

    assert sources.fingerprint() != broken
