from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.retention import expire

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def footage(root: Path, day: str, event: str, *, at: datetime = NOW) -> Path:
    """An event's folder with a snapshot in it, last touched at `at`."""
    folder = root / day / event
    folder.mkdir(parents=True)
    (folder / "snapshot.jpg").write_bytes(b"jpeg")
    os.utime(folder, (at.timestamp(), at.timestamp()))
    return folder


def test_days_that_ended_before_the_span_go_whole(tmp_path: Path) -> None:
    """The day's own folder goes with its events."""
    for event in ("ev-1", "ev-2"):
        footage(tmp_path, "2026-11-21", event)
    kept = footage(tmp_path, "2026-11-23", "ev-3")

    assert expire(tmp_path, 2 * DAY, NOW) == 2

    assert not (tmp_path / "2026-11-21").exists()
    assert kept.exists()


def test_on_the_day_in_between_events_go_one_by_one(tmp_path: Path) -> None:
    """What is kept for an hour is gone after an hour, not after a day."""
    old = footage(tmp_path, "2026-11-24", "ev-old", at=NOW - timedelta(hours=3))
    new = footage(tmp_path, "2026-11-24", "ev-new", at=NOW - timedelta(minutes=30))

    assert expire(tmp_path, timedelta(hours=1), NOW) == 1

    assert not old.exists()
    assert new.exists()


def test_nothing_young_is_deleted(tmp_path: Path) -> None:
    """Neither today's footage nor what a wrong clock dates into the future."""
    footage(tmp_path, "2026-11-24", "ev-1")
    footage(tmp_path, "2027-01-01", "ev-2")

    assert expire(tmp_path, 30 * DAY, NOW) == 0


@pytest.mark.parametrize("name", ["lost+found", "2020-01-01.bak", "2020-13-99", "20200101", ".2020-01-01"])
def test_folders_that_are_not_days_are_left_alone(tmp_path: Path, name: str) -> None:
    """Somebody put them there for a reason."""
    kept = footage(tmp_path, name, "ev-1", at=NOW - 900 * DAY)

    assert expire(tmp_path, DAY, NOW) == 0
    assert kept.exists()


def test_things_in_a_day_that_are_not_events_are_left_alone(tmp_path: Path) -> None:
    """And the day's folder with them."""
    footage(tmp_path, "2020-01-01", "ev-1")
    (tmp_path / "2020-01-01" / "notes.txt").write_text("for the inquiry")
    kept = footage(tmp_path, "2020-01-01", "inquiry")

    assert expire(tmp_path, DAY, NOW) == 1
    assert kept.exists()
    assert (tmp_path / "2020-01-01" / "notes.txt").exists()


def test_links_are_never_followed(tmp_path: Path) -> None:
    """Neither a link in place of a day, nor of an event, nor within an event, leads deletion astray."""
    elsewhere = footage(tmp_path / "elsewhere", "2020-01-01", "ev-precious")
    root = tmp_path / "evidence"
    inside = footage(root, "2020-01-01", "ev-1")
    (inside / "link").symlink_to(elsewhere, target_is_directory=True)
    (root / "2020-01-01" / "ev-link").symlink_to(elsewhere, target_is_directory=True)
    (root / "2020-01-02").symlink_to(elsewhere.parent, target_is_directory=True)

    assert expire(root, DAY, NOW) == 1

    assert not inside.exists()
    assert (elsewhere / "snapshot.jpg").exists()


def test_a_missing_root_is_nothing_to_expire(tmp_path: Path) -> None:
    """A node that has never raised an alert has none."""
    assert expire(tmp_path / "none", DAY, NOW) == 0


def test_what_cannot_be_deleted_does_not_stop_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rare failure, made by hand: the disk refuses one folder."""
    stuck = footage(tmp_path, "2020-01-01", "ev-1")
    footage(tmp_path, "2020-01-01", "ev-2")
    really = shutil.rmtree

    def refusing(path: Path) -> None:
        if path == stuck:
            raise PermissionError(13, "Permission denied", str(path))
        really(path)

    monkeypatch.setattr(shutil, "rmtree", refusing)

    assert expire(tmp_path, DAY, NOW) == 1
    assert stuck.exists()
