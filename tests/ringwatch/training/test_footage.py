from __future__ import annotations

from pathlib import Path

import pytest

from ringwatch.training import footage
from ringwatch.training.errors import TrainingError
from ringwatch.training.footage import frames_of
from tests.footage import clip
from tests.ingest.clips import ClipSpec, make_clip


def test_frames_that_teach_the_same_are_taken_once() -> None:
    """An empty room is one picture, however long; who walks through it is several."""
    frames = frames_of(clip("one-by-one-person.mp4"))

    assert 5 <= len(frames) <= 200  # of 279 that were looked at
    assert len({frame.name for frame in frames}) == len(frames)
    assert {frame.source for frame in frames} == {"footage one-by-one-person"}
    assert all(max(frame.image().shape[:2]) <= footage.LONGEST for frame in frames)


def test_a_long_clip_gives_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """From every brightness alike, so that the day does not crowd out the night."""
    monkeypatch.setattr(footage, "MOST_PER_CLIP", 6)
    monkeypatch.setattr(footage, "ALIKE", 2.0)

    assert 2 <= len(frames_of(clip("one-by-one-person.mp4"))) <= 8


def test_somebody_small_makes_a_picture_another() -> None:
    """Who walks far away changes a hundredth of the picture, and teaches as much as who stands near."""
    assert len(frames_of(clip("person-bicycle-car.mp4"))) >= 25


def test_what_is_no_video_is_told(tmp_path: Path) -> None:
    """By its name."""
    (tmp_path / "text.mp4").write_text("no video")

    with pytest.raises(TrainingError, match=r"text\.mp4: no footage can be read from it"):
        frames_of(tmp_path / "text.mp4")


def test_a_moving_bar_is_many_pictures(tmp_path: Path) -> None:
    """Two a second at the most."""
    assert 2 <= len(frames_of(make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=4)))) <= 9
