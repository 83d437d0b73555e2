from __future__ import annotations

from pathlib import Path

import pytest

from sample_streams.errors import ClipError
from sample_streams.media import TICKS, Library, read_media
from sample_streams.variants import spoiled
from tests.ingest.clips import ClipSpec, make_clip
from tests.sample_streams.given import nal_types

SPEC = ClipSpec(seconds=2, rate=10, gop=5)


def test_a_clip_is_cut_into_its_pictures(tmp_path: Path) -> None:
    """One access unit a picture, a tenth of a second apart, none larger than a packet may be."""
    media = read_media(make_clip(tmp_path / "clip.mp4", SPEC))

    assert len(media.units) == 20
    assert media.due == tuple(range(0, 20 * TICKS // 10, TICKS // 10))
    assert media.length_ticks == 2 * TICKS
    assert media.keyframes == (0, 5, 10, 15)
    assert max(len(payload) for unit in media.units for payload in unit.payloads) <= 1300


def test_parameter_sets_stand_before_every_keyframe(tmp_path: Path) -> None:
    """Whoever joins in the middle can decode: the file itself carries them once, in its header."""
    clip = make_clip(tmp_path / "clip.mp4", SPEC)
    media = read_media(clip)

    assert 7 not in nal_types(clip)
    for index in media.keyframes:
        aggregated = media.units[index].payloads[0]
        assert media.sps in aggregated
        assert media.pps in aggregated


def test_steps_go_on_over_the_end_of_the_clip(tmp_path: Path) -> None:
    """The second turn has the first's pictures, with times that go on rising."""
    media = read_media(make_clip(tmp_path / "clip.mp4", SPEC))

    assert media.unit(20) is media.units[0]
    assert media.due_ticks(20) == media.stamp_ticks(20) == media.length_ticks
    assert media.due_ticks(47) == 2 * media.length_ticks + media.due[7]
    assert media.step_at(media.length_ticks) == 20
    assert media.step_at(media.length_ticks + 1) == 21


@pytest.mark.parametrize(("asked", "found"), [(0, 0), (1, 5), (15, 15), (16, 20), (36, 40)])
def test_a_viewer_joins_at_a_keyframe(tmp_path: Path, asked: int, found: int) -> None:
    """The next one, in this turn or the next."""
    assert read_media(make_clip(tmp_path / "clip.mp4", SPEC)).keyframe_from(asked) == found


def test_reordered_pictures_keep_their_times(tmp_path: Path) -> None:
    """Sent in decoding order, shown when the file says."""
    media = read_media(make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=2, b_frames=2, gop=20)))

    shown = [unit.stamp_ticks for unit in media.units]
    assert shown != sorted(shown)
    assert all(unit.stamp_ticks >= unit.due_ticks for unit in media.units)


def test_a_clip_of_many_cameras_is_read_once(tmp_path: Path) -> None:
    """However it is written."""
    clip = make_clip(tmp_path / "clip.mp4", SPEC)
    library = Library(spoiled)

    first = library.media(clip)
    clip.unlink()

    assert library.media(tmp_path / "." / "clip.mp4") is first


def test_what_cannot_be_served_is_said_with_its_file(tmp_path: Path) -> None:
    """Missing, no video, another codec, an empty file."""
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "empty.mp4").touch()
    make_clip(tmp_path / "other.mp4", ClipSpec(seconds=1, codec="mpeg4"))

    for name, reason in (
        ("missing.mp4", "No such file"),
        ("text.mp4", "cannot be read"),
        ("empty.mp4", "cannot be read"),
        ("other.mp4", "no H.264 video"),
    ):
        with pytest.raises(ClipError, match=rf"{name}: .*{reason}"):
            read_media(tmp_path / name)
