"""Recordings as cameras."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ingest.errors import CameraError, Fault
from ingest.file import FileSource
from ingest.pace import Pace
from tests.ingest.clips import packets_of, turned
from tests.ingest.given import SECOND, START, file_source


def looped(clip: Path, count: int) -> list[tuple[int, int, datetime, bool]]:
    source = file_source(clip, loop=True, start=START)
    source.open()
    packets = list(islice(source.packets(), count))
    source.close()
    return [(one.pts_ticks or 0, one.dts_ticks or 0, one.captured_at, one.is_keyframe) for one in packets]


def test_a_replay_is_captured_from_its_start_on(clip: Path) -> None:
    """captured_at is the start plus the packet's place in the clip, whatever time it is now."""
    packets = packets_of(clip)
    assert [(one.captured_at - START) / SECOND for one in packets] == pytest.approx([n / 10 for n in range(40)])
    assert packets[0].stream.codec == "h264"
    assert (packets[0].stream.width, packets[0].stream.height) == (160, 96)
    assert [n for n, one in enumerate(packets) if one.is_keyframe] == [0, 10, 20, 30]


def test_without_a_start_it_is_captured_from_now_on(clip: Path) -> None:
    now = START + 5 * SECOND
    source = FileSource("gate", clip, paced=False, loop=False, start=None, clock=lambda: now)
    source.open()
    assert next(source.packets()).captured_at == now
    source.close()


@pytest.mark.parametrize("name", ["clip", "reordered_clip"])
def test_a_loop_goes_on_rising(request: pytest.FixtureRequest, name: str) -> None:
    """Turn follows turn one picture's time apart: dts rise, and no pts comes twice, B-frames or not."""
    packets = looped(request.getfixturevalue(name), 100)
    pts = [pts for pts, _, _, _ in packets]
    dts = [dts for _, dts, _, _ in packets]
    step = (max(pts[:40]) - min(pts[:40])) // 39
    assert dts == sorted(set(dts))
    assert sorted(pts[:80]) == [pts[0] + n * step for n in range(80)]
    assert [key for _, _, _, key in packets[40:80]] == [key for _, _, _, key in packets[:40]]
    assert packets[40][2] - START == 4 * SECOND


def test_a_paced_file_waits_for_each_packet_to_be_due(reordered_clip: Path) -> None:
    """By the time it must be decoded at: a B-frame is not held up by the picture after it."""
    now_s = [100.0]
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        now_s[0] += seconds

    source = file_source(reordered_clip, start=START, paced=True)
    source._pace = Pace(lambda: now_s[0], sleep)  # the one seam that real time passes through
    source.open()
    assert len(list(source.packets())) == 40
    assert sleeps == pytest.approx([0.1] * 39)


def test_a_paced_file_does_not_wait_when_its_reader_is_late() -> None:
    now_s = [0.0]
    sleeps: list[float] = []
    pace = Pace(lambda: now_s[0], sleeps.append)
    pace.wait_until(0.0)
    now_s[0] = 3.0
    pace.wait_until(2.0)
    pace.wait_until(3.5)
    assert sleeps == [0.5]


def test_a_missing_file_is_named() -> None:
    with pytest.raises(CameraError, match=r"^gate: /nowhere/gate\.mp4 cannot be opened \(No such file or directory\)$"):
        file_source(Path("/nowhere/gate.mp4")).open()


@pytest.mark.parametrize("content", [b"", b"not a video " * 100])
def test_a_file_that_is_no_video_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gate.mp4"
    path.write_bytes(content)
    with pytest.raises(CameraError, match=r"gate\.mp4 sends nothing that can be read as video") as raised:
        file_source(path).open()
    assert raised.value.fault is Fault.UNREADABLE


def test_a_truncated_file_gives_what_it_has(clip: Path, tmp_path: Path) -> None:
    """A recording whose disk went away: an error or its end, but no packet that is not in it."""
    path = tmp_path / "cut.mkv"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    with pytest.raises(CameraError):
        packets_of(path)


def test_a_source_that_was_not_opened_says_so() -> None:
    with pytest.raises(RuntimeError, match="open the source before reading it"):
        next(file_source(Path("gate.mp4")).packets())


def test_close_is_harmless_on_what_never_opened() -> None:
    file_source(Path("gate.mp4")).close()


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_file_that_says_it_is_to_be_turned_is_warned_of(
    clip: Path, tmp_path: Path, suffix: str, degrees: int
) -> None:
    """Its pictures come as they are coded, all of them, and the warning says how to turn them."""
    path = turned(clip, tmp_path / f"phone.{suffix}", degrees)

    with capture_logs() as said:
        packets = packets_of(path)

    assert [one.payload for one in packets] == [one.payload for one in packets_of(clip)]
    (warning,) = said
    assert (warning["log_level"], warning["camera"], warning["file"]) == ("warning", "gate", path.name)
    assert abs(warning["rotation"]) == abs(degrees)
    assert "judged as coded" in warning["event"]
    assert "ffmpeg -i" in warning["mend"]


def test_a_file_that_is_coded_upright_is_not_warned_of(clip: Path) -> None:
    """Nor one that cannot be decoded: that is told elsewhere."""
    with capture_logs() as said:
        packets_of(clip)

    assert said == []


def test_a_loop_warns_once(clip: Path, tmp_path: Path) -> None:
    """Not with every turn: a camera from a file goes on for days."""
    with capture_logs() as said:
        looped(turned(clip, tmp_path / "phone.mp4", 90), 100)

    assert len(said) == 1
