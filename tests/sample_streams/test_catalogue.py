"""The catalogue: clips are made once, whole or not at all, and each camera always shows the same one."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from config.model import Camera, Ring, Stream
from sample_streams import catalogue as module
from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.encoding import version_of
from sample_streams.make import main
from sample_streams.photographs import SampleError
from sample_streams.scenes import SCENES
from tests.sample_streams.samples import BRIEF
from tests.services import eventually


def camera(camera_id: str, sample: str = "") -> Camera:
    stream = Stream(main="rtsp://192.0.2.1/main")
    return Camera(id=camera_id, name=camera_id, ring=Ring.INNER, sample=sample, stream=stream)


def written(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("*.mp4"))}


def test_missing_clips_are_made_and_told_of(folder: Path) -> None:
    """One line for the start and one for each clip; of the photograph nothing is kept but the cut-outs."""
    lines: list[str] = []
    Catalogue(folder, BRIEF).ensure(lines.append)
    assert list(written(folder)) == ["fence.mp4", "gate.mp4"]
    assert lines[0] == f"making 2 sample clips in {folder}"
    assert len(lines) == 3
    assert "(2 of 2)" in lines[-1]
    assert {path.suffix for path in folder.iterdir()} == {".mp4", ".npz", ""}  # and the lock


def test_what_is_there_is_left_alone(folder: Path) -> None:
    """Nothing is made twice, nothing is said, and no lock is waited for."""
    catalogue = Catalogue(folder, BRIEF)
    catalogue.ensure()
    before = written(folder)
    (folder / ".lock").unlink()
    lines: list[str] = []
    catalogue.ensure(lines.append)
    assert (written(folder), lines) == (before, [])
    assert not (folder / ".lock").exists()


def test_only_what_is_missing_or_damaged_is_made(folder: Path) -> None:
    """A clip cut short, as after a full disk, is replaced; a whole one stays."""
    catalogue = Catalogue(folder, BRIEF)
    catalogue.ensure()
    before = written(folder)
    damaged = folder / "fence.mp4"
    damaged.write_bytes(damaged.read_bytes()[:2000])
    catalogue.ensure()
    assert written(folder)["gate.mp4"] == before["gate.mp4"]
    assert version_of(damaged) == version_of(folder / "gate.mp4")


def test_clips_of_another_version_are_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their cut-outs too: here the photograph cannot be had, and the old clips stay as they are."""
    catalogue = Catalogue(folder, BRIEF)
    catalogue.ensure()
    before = written(folder)
    monkeypatch.setattr(module, "_version", lambda: "another")

    def unreachable() -> None:
        raise SampleError("no index")

    monkeypatch.setattr(module, "street", unreachable)
    with pytest.raises(SampleError, match="no index"):
        catalogue.ensure()
    assert written(folder) == before


def test_two_who_need_the_clips_make_them_once(folder: Path) -> None:
    """The second waits for the first, and then finds everything there."""
    lines: list[str] = []
    users = [threading.Thread(target=lambda: Catalogue(folder, BRIEF).ensure(lines.append)) for _ in range(2)]
    for user in users:
        user.start()
    for user in users:
        user.join(60)
    assert Counter(line.split()[0] for line in lines) == {"making": 1, "made": 2}


def test_a_kill_leaves_no_half_clip(folder: Path) -> None:
    """Whatever is called a clip is whole, and what is missing is made the next time."""
    maker = subprocess.Popen([sys.executable, "-m", "sample_streams.make", str(folder)], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: any(path.stat().st_size > 50_000 for path in folder.glob(".*.part")), "a clip is begun")
    finally:
        maker.send_signal(signal.SIGKILL)
        maker.wait(10)
    assert list(folder.glob(".*.part"))
    assert all(version_of(folder / name) for name in written(folder))
    assert len(written(folder)) < len(SCENES)
    Catalogue(folder, BRIEF).ensure()
    assert {"fence.mp4", "gate.mp4"} <= written(folder).keys()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its name, as an error that the command line shows in a line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SampleError, match=r"cannot be kept in .*file/samples"):
        Catalogue(tmp_path / "file" / "samples", BRIEF).ensure()


def test_the_version_follows_the_code() -> None:
    """The modules that decide how a clip looks are all counted in."""
    folder = Path(module.__file__).parent
    assert all((folder / f"{name}.py").is_file() for name in module.SOURCES)
    assert module._version() == module._version()


@pytest.mark.parametrize(
    ("camera_id", "sample", "clip"),
    [
        ("inner-01", "night", "night"),
        ("gate-01", "night", "night"),
        ("gate", "", "gate"),
        ("gate-east-3", "", "gate"),
        ("gateway-01", "", "gate"),  # named after no clip: its turn
        ("inner-01", "", "gate"),
        ("inner-02", "", "fence"),
        ("outer-06", "", "night"),
        ("outer-07", "", "gate"),
    ],
)
def test_a_camera_shows_the_clip_it_names_else_takes_its_turn(camera_id: str, sample: str, clip: str) -> None:
    """By its own id alone, so that a camera more or less changes no other."""
    assert Catalogue(Path("samples")).clip_for(camera(camera_id, sample)) == Path("samples") / f"{clip}.mp4"


def test_ids_without_a_number_have_a_clip_too() -> None:
    """Always the same one."""
    catalogue = Catalogue(Path("samples"))
    assert catalogue.clip_for(camera("ferry")) == Catalogue(Path("samples")).clip_for(camera("ferry"))


def test_turns_are_even() -> None:
    """Cameras numbered in a row show every clip equally often."""
    catalogue = Catalogue(Path("samples"))
    shown = Counter(catalogue.clip_for(camera(f"middle-{number:02}")) for number in range(1, 43))
    assert set(shown.values()) == {42 // len(SCENES)}


def test_a_clip_that_does_not_exist_is_refused_with_those_that_do() -> None:
    """The engineer sees what could have been written."""
    with pytest.raises(SampleError, match=r"camera inner-01: no sample clip is called 'gaet'; there are gate, fence"):
        Catalogue(Path("samples")).clip_for(camera("inner-01", "gaet"))


def test_samples_are_kept_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """`RINGWATCH_SAMPLES`, else the user's cache."""
    monkeypatch.setenv("RINGWATCH_SAMPLES", "/srv/samples")
    assert default_folder() == Path("/srv/samples")
    monkeypatch.delenv("RINGWATCH_SAMPLES")
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/watch")
    assert default_folder() == Path("/var/cache/watch/ringwatch/samples")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/watch")
    assert default_folder() == Path("/home/watch/.cache/ringwatch/samples")


def test_making_by_hand_is_silent_when_everything_is_there(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0, no line."""
    assert main([str(catalogue.clips()[0].path.parent)]) == 0
    assert capsys.readouterr().out == ""


def test_making_by_hand_says_why_it_cannot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 and the reason; exit 2 and the usage for arguments that mean nothing."""
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "samples")]) == 1
    assert "cannot be kept in" in capsys.readouterr().err
    assert main(["--help"]) == 2
    assert "python -m sample_streams.make" in capsys.readouterr().err


def test_brief_scenes_are_the_real_ones_cut_short() -> None:
    """What these tests make differs in nothing but length."""
    assert tuple(replace(scene, length_s=60.0) for scene in BRIEF) == SCENES[: len(BRIEF)]
