"""Timelines of faults: what they say, what is wrong with them, and what they do to a clip."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from config.errors import ConfigError
from sample_streams.faults import PICTURE, FaultKind, Schedule, read_faults
from sample_streams.media import Library
from sample_streams.mount import Mount
from sample_streams.variants import spoiled
from tests.ingest.clips import ClipSpec, make_clip
from tests.sample_streams.given import serving, watching

CAMERAS = ["inner-01", "inner-02", "middle-01"]


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "faults.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_timeline_says_what_goes_wrong_where_and_when(tmp_path: Path) -> None:
    """A pattern strikes every camera that it fits, from its beginning to just before its end."""
    file = written(
        tmp_path,
        """faults:
  - {camera: inner-*, at: 30s, for: 20s, fault: freeze}
  - {camera: inner-01, at: 1m, for: 10s, fault: slow, kbit_s: 32}
""",
    )

    faults = read_faults(file, CAMERAS)

    schedule = Schedule(fault for fault in faults if fault.strikes("inner-01"))
    assert [fault.strikes("middle-01") for fault in faults] == [False, False]
    kinds = [schedule.at(second) for second in (29.9, 30, 49.9, 50, 60)]
    assert [fault.fault.value if fault else None for fault in kinds] == [None, "freeze", "freeze", None, "slow"]
    assert schedule.at(30, FaultKind.SLOW) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults:\n  - {camera: iner-01, at: 1s, for: 1s, fault: drop}", "2:14: no camera is called 'iner-01'"),
        ("faults:\n  - {camera: inner-01, at: 1s, for: 1s, fault: dropp}", "2:48: "),
        ("faults:\n  - {camera: inner-01, at: soon, for: 1s, fault: drop}", "2:28: "),
        ("faults:\n  - {camera: inner-01, at: 1s, fault: drop}", "2:5: "),
        ("faults:\n  - {camera: inner-01, at: 1s, for: 1s, fault: drop, kbits: 3}", "2:54: "),
        (
            "faults:\n  - {camera: inner-01, at: 1s, for: 0s, fault: drop}",
            "2:37: 0s is out of range: it must be at least 1ms",
        ),
        ("- drop", "1:1: a timeline is a list under `faults`"),
        ("faults: [", "not YAML"),
    ],
)
def test_mistakes_are_named_by_line_and_column(tmp_path: Path, text: str, said: str) -> None:
    """As in a configuration."""
    with pytest.raises(ConfigError) as caught:
        read_faults(written(tmp_path, text), CAMERAS)

    assert said in str(caught.value)


@pytest.mark.parametrize("kind", sorted(PICTURE))
def test_each_fault_of_the_picture_is_another_clip(kind: FaultKind, tmp_path: Path) -> None:
    """Made once, however many cameras show it; still H.264 that begins with a keyframe."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=12, gop=20, size=(320, 192)))
    library = Library(spoiled)

    first, again, plain = library.media(clip, kind), library.media(clip, kind), library.media(clip)

    assert first is again
    assert first.units[0].keyframe
    assert first.units[0].payloads != plain.units[0].payloads
    assert (len(first.keyframes) == 2) is (kind is FaultKind.LONG_GOP)
    assert (first.sps != plain.sps) is (kind is FaultKind.RESOLUTION) or kind is not FaultKind.RESOLUTION


def test_a_client_that_knows_nothing_of_faults_sees_them(tmp_path: Path) -> None:
    """FFmpeg's: the picture becomes half as wide in the middle of the stream, and it decodes on."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=4, gop=5, size=(320, 192)))
    faults = read_faults(written(tmp_path, "faults: [{camera: a, at: 1s, for: 60s, fault: resolution}]"), ["a"])

    with (
        serving(Mount(path="/a", clip=clip, faults=faults)) as server,
        watching(f"rtsp://{server.address}/a") as packets,
    ):
        widths: list[int] = []
        while 160 not in widths:
            widths += [frame.width for frame in next(packets).decode()]

    assert widths[-1] == 160


def test_a_camera_that_shows_something_else_sends_on_until_then(tmp_path: Path) -> None:
    """Keyframes that come less often from some moment on are no stall: no picture is missing between."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=2, gop=5, size=(320, 192)))
    faults = read_faults(written(tmp_path, "faults: [{camera: a, at: 500ms, for: 60s, fault: long_gop}]"), ["a"])

    stamps: list[float] = []
    keyframes: list[float] = []
    with (
        serving(Mount(path="/a", clip=clip, faults=faults)) as server,
        watching(f"rtsp://{server.address}/a") as packets,
    ):
        while len(keyframes) < 2 or keyframes[-1] - keyframes[-2] < 1.5:
            packet = next(packets)
            stamps.append(float((packet.pts or 0) * packet.time_base))  # the first has none: it is the beginning
            keyframes += stamps[-1:] if packet.is_keyframe else []

    assert all(later - earlier == pytest.approx(0.1, abs=0.01) for earlier, later in pairwise(stamps))
    assert keyframes[-1] - keyframes[-2] == pytest.approx(2.0, abs=0.01)
