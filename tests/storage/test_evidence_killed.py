"""A process that records is killed with -9, for real."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from storage.errors import EvidenceError
from storage.evidence import EvidenceStore
from storage.manifest import ClipState, read
from storage.metrics import EvidenceMetrics
from tests.services import REPOSITORY, eventually
from tests.storage.footage import play, seen

FOLDER = "2026-11-24/ev-3f9a"


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Path]:
    """The root of a process that was killed in the middle of a clip."""
    command = [sys.executable, "-m", "tests.storage.recording_main", str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        try:
            eventually(lambda: frames(tmp_path / FOLDER / "clip.part") >= 150, "a growing part", timeout_s=30)
        finally:
            process.send_signal(signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
    yield tmp_path


def frames(path: Path) -> int:
    """How many pictures can be seen in a file at this moment."""
    try:
        return len(play(path).greys)
    except (OSError, ValueError):
        return 0


def test_what_was_recorded_before_the_kill_plays_as_it_is(killed: Path) -> None:
    """No step of ours is needed to look at the part: it begins 10 s before the event."""
    shown = play(killed / FOLDER / "clip.part").greys

    assert len(shown) >= 150
    assert seen(shown, range(20, 20 + len(shown)))


def test_the_next_start_finishes_it(killed: Path) -> None:
    """As any other clip, with the truth about its end in the manifest."""
    registry = CollectorRegistry()
    store = EvidenceStore(killed, EvidenceMetrics(registry))
    store.start()
    recovered = lambda: registry.get_sample_value("ringwatch_storage_clips_recovered_total")  # noqa: E731
    eventually(recovered, "the recovery")
    assert store.close(5)

    manifest = read(killed / FOLDER)
    playback = play(killed / FOLDER / "clip.mp4")

    assert manifest.clip.state is ClipState.CUT
    assert manifest.clip.reason == "the process ended while it was recorded"
    assert manifest.clip.packets == len(playback.greys) >= 150
    assert playback.times_s[0] == 0
    assert sorted(p.name for p in (killed / FOLDER).iterdir()) == ["clip.mp4", "manifest.json", "snapshot.jpg"]


def test_a_part_in_which_nothing_can_be_read_is_given_up(killed: Path) -> None:
    """It must not be tried again at every start."""
    (killed / FOLDER / "clip.part").write_bytes(b"\x00" * 300)

    store = EvidenceStore(killed, EvidenceMetrics(CollectorRegistry()))
    store.start()
    assert store.close(5)

    assert read(killed / FOLDER).clip.state is ClipState.MISSING
    assert not (killed / FOLDER / "clip.part").exists()


def test_a_part_without_a_manifest_is_left_and_counted(killed: Path) -> None:
    """Nobody can say whose it is; a person may."""
    (killed / FOLDER / "manifest.json").unlink()
    registry = CollectorRegistry()

    store = EvidenceStore(killed, EvidenceMetrics(registry))
    store.start()
    assert store.close(5)

    assert (killed / FOLDER / "clip.part").exists()
    assert registry.get_sample_value("ringwatch_storage_errors_total") == 1
    with pytest.raises(EvidenceError):
        read(killed / FOLDER)
