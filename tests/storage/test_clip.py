from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.messages import Packet
from storage.clip import Clip, unbroken
from storage.errors import EvidenceError
from storage.manifest import clip_name
from storage.muxer import claimed, finish
from storage.nal import START as START_CODE
from tests.storage.footage import (
    ANNEX_B,
    AVCC,
    FPS,
    GOP,
    START,
    VP8,
    FilmKind,
    film,
    play,
    reconnected,
    seen,
    shifted,
)

KINDS = {
    "from a file": AVCC,
    "from RTSP": ANNEX_B,
    "with B-frames, from a file": FilmKind(b_frames=2),
    "with B-frames, from RTSP": FilmKind(b_frames=2, container="mpegts"),
    "H.265 from a file": FilmKind(codec="hevc"),
    "H.265 from RTSP": FilmKind(codec="hevc", container="mpegts"),
    "MPEG-4": FilmKind(codec="mpeg4", container="avi"),
    "VP8": VP8,
}


def recorded(folder: Path, packets: tuple[Packet, ...]) -> Path:
    """A finished clip of `packets`."""
    part, target = folder / "part.mp4", folder / clip_name(packets[0].stream.codec)
    clip = Clip(part, until=START + timedelta(hours=1))
    for packet in packets:
        assert clip.follows(packet)
        clip.add(packet)
    clip.close()
    finish(part, target)
    clip.release()
    return target


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_clip_shows_every_frame_at_its_time(tmp_path: Path, kind: FilmKind) -> None:
    """Whatever the codec and the form of its packets, nothing is lost and the first picture is shown at 0."""
    playback = play(recorded(tmp_path, film(6, kind)))

    assert playback.times_s == pytest.approx([number / FPS for number in range(60)], abs=0.002)
    assert seen(playback.greys, range(60))
    assert playback.size == kind.size


@pytest.mark.parametrize("kind", [AVCC, FilmKind(b_frames=2), FilmKind(codec="hevc")])
def test_nothing_is_encoded_again(tmp_path: Path, kind: FilmKind) -> None:
    """Every payload is the camera's own, byte for byte; the first has the parameter sets before it."""
    packets = film(6, kind)

    payloads = play(recorded(tmp_path, packets)).payloads

    assert payloads[1:] == tuple(packet.payload for packet in packets[1:])
    assert payloads[0].endswith(packets[0].payload)


def test_start_codes_become_lengths_and_nothing_else_changes(tmp_path: Path) -> None:
    """An MP4 keeps units behind their length; the units of an RTSP stream stay what they are."""
    packets = film(6, ANNEX_B)

    for copied, packet in zip(play(recorded(tmp_path, packets)).payloads, packets, strict=True):
        slices = packet.payload.replace(START_CODE, START_CODE[1:]).split(START_CODE[1:])[1:]
        assert all(unit.rstrip(b"\x00") in copied for unit in slices if unit[0] & 0x1F in {1, 5})


def test_the_index_stands_before_the_film(tmp_path: Path) -> None:
    """A browser can start to play before it has everything."""
    content = recorded(tmp_path, film(6)).read_bytes()

    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_a_clip_begins_with_a_keyframe(tmp_path: Path) -> None:
    """What cannot be decoded is not kept, and time counts from the first picture."""
    playback = play(recorded(tmp_path, film(6)[7:]))

    assert seen(playback.greys, range(GOP, 60))
    assert playback.times_s[0] == 0


def test_sets_that_are_announced_apart_are_put_into_the_clip(tmp_path: Path) -> None:
    """RTSP: the sets are in the SDP, and may be missing from the stream itself."""
    announced = film(6, AVCC)[0].stream
    bare = tuple(replace(p, stream=announced) for p in film(6, AVCC))

    assert play(recorded(tmp_path, bare)).extradata[:1] == b"\x01"


def test_sets_that_are_never_announced_are_taken_from_the_keyframe(tmp_path: Path) -> None:
    """Some cameras send an SDP without them."""
    packets = film(6, ANNEX_B)
    silent = replace(packets[0].stream, extradata=None)

    playback = play(recorded(tmp_path, tuple(replace(packet, stream=silent) for packet in packets)))

    assert seen(playback.greys, range(60))
    assert playback.extradata[:1] == b"\x01"


def test_a_keyframe_without_any_sets_is_waited_over(tmp_path: Path) -> None:
    """A file without sets plays nowhere; the next keyframe may bring them."""
    packets = film(6, ANNEX_B)
    silent = replace(packets[0].stream, extradata=None)
    stripped = packets[0].payload[packets[0].payload.rindex(START_CODE[1:]) :]
    offered = (replace(packets[0], stream=silent, payload=stripped), *(replace(p, stream=silent) for p in packets[1:]))

    assert seen(play(recorded(tmp_path, offered)).greys, range(GOP, 60))


def test_a_packet_offered_twice_in_a_row_is_written_once(tmp_path: Path) -> None:
    """The last of the pre-roll may come through the feed as well."""
    packets = film(6)

    assert seen(play(recorded(tmp_path, (*packets[:30], packets[29], *packets[30:]))).greys, range(60))


def test_time_stamps_that_repeat_or_jitter_do_not_stop_the_film(tmp_path: Path) -> None:
    """Cameras do that; the file wants times that grow."""
    packets = list(film(6))
    packets[10] = replace(packets[10], dts_ticks=packets[9].dts_ticks, pts_ticks=packets[9].pts_ticks)
    packets[20] = replace(packets[20], dts_ticks=(packets[20].dts_ticks or 0) - 3000, pts_ticks=packets[18].pts_ticks)

    assert seen(play(recorded(tmp_path, tuple(packets))).greys, range(60))


def test_packets_without_time_stamps_go_on_at_their_duration(tmp_path: Path) -> None:
    """Raw streams have none."""
    bare = tuple(replace(packet, dts_ticks=None, pts_ticks=None) for packet in film(6))

    assert play(recorded(tmp_path, bare)).times_s == pytest.approx([n / FPS for n in range(60)], abs=0.002)


BREAKS = {
    "another connection": reconnected(film(4)),
    "times that begin anew": shifted(film(4), ticks=-(1 << 20), by=timedelta(seconds=4)),
    "times that leap while the clock does not": shifted(film(8)[40:], ticks=1 << 20),
    "another resolution": film(4, FilmKind(size=(640, 360))),
}


@pytest.mark.parametrize("after", BREAKS.values(), ids=BREAKS)
def test_a_stream_that_began_anew_does_not_follow(tmp_path: Path, after: tuple[Packet, ...]) -> None:
    """It cannot stand in the same file."""
    clip = Clip(tmp_path / "part.mp4", until=START + timedelta(hours=1))
    for packet in film(4):
        clip.add(packet)

    assert not clip.follows(after[0])
    clip.release()


def test_a_pause_of_the_stream_belongs_to_the_clip(tmp_path: Path) -> None:
    """Times that leap as far as the clock tell the truth: nothing came meanwhile."""
    packets = film(6)
    ticks = round(4 / packets[0].time_base)
    paused = (*packets[:40], *shifted(packets[40:], ticks=ticks, by=timedelta(seconds=4)))

    assert play(recorded(tmp_path, paused)).times_s[-1] == pytest.approx(9.9, abs=0.01)


def test_of_a_pre_roll_only_the_unbroken_end_is_kept() -> None:
    """What came before a reconnect cannot be in the same file as the alert itself."""
    before, after = film(4), reconnected(film(6), by=timedelta(seconds=5))

    assert unbroken((*before, *after)) == after
    assert unbroken(before) == before
    assert unbroken(()) == ()


def test_a_clip_is_full_beyond_its_end(tmp_path: Path) -> None:
    """Its end is a moment of the camera, not of the machine."""
    clip = Clip(tmp_path / "part.mp4", until=START + timedelta(seconds=2))
    packets = film(4)

    assert not clip.full(packets[20])
    assert clip.full(packets[21])
    clip.release()


@pytest.mark.parametrize("kind", [AVCC, VP8], ids=["H.264", "VP8"])
def test_a_growing_clip_plays_at_any_moment(tmp_path: Path, kind: FilmKind) -> None:
    """What has been written is a film already; at most the last half second is missing."""
    clip = Clip(tmp_path / "part.mp4", until=START + timedelta(hours=1))
    for packet in film(6, kind)[:50]:
        clip.add(packet)

    shown = play(tmp_path / "part.mp4").greys

    assert len(shown) >= 44
    assert seen(shown, range(len(shown)))
    clip.release()


@pytest.mark.parametrize("kind", [AVCC, VP8], ids=["H.264", "VP8"])
def test_a_file_that_breaks_off_is_finished_as_far_as_it_goes(tmp_path: Path, kind: FilmKind) -> None:
    """A power cut does not ask whether a fragment was complete."""
    clip = recorded(tmp_path, film(6, kind))
    part = tmp_path / "part.mp4"
    content = part.read_bytes()

    for length in range(len(content) // 3, len(content), 97):
        part.write_bytes(content[:length])
        finish(part, clip)
        shown = play(clip).greys
        assert shown
        assert seen(shown, range(len(shown)))


def test_a_file_that_is_no_film_is_refused_and_leaves_no_clip(tmp_path: Path) -> None:
    """Nothing half-made is ever shown."""
    (tmp_path / "part.mp4").write_bytes(b"no film" * 100)

    with pytest.raises(EvidenceError, match="is no film"):
        finish(tmp_path / "part.mp4", tmp_path / "clip.mp4")

    assert not (tmp_path / "clip.mp4").exists()


def test_a_damaged_packet_is_an_error_of_ours(tmp_path: Path) -> None:
    """The caller hears of it in our words, with the file's name."""
    clip = Clip(tmp_path / "part.mp4", until=START)
    clip.add(film(4)[0])

    with pytest.raises(EvidenceError, match=r"part\.mp4 cannot be written"):
        clip.add(replace(film(4)[1], payload=b"\x00\x01\x00\x00short"))

    clip.release()


def test_a_clip_in_the_making_is_claimed_by_its_writer(tmp_path: Path) -> None:
    """Another process that tidies up leaves it alone."""
    clip = Clip(tmp_path / "part.mp4", until=START)

    with claimed(tmp_path / "part.mp4") as ours:
        assert not ours
    clip.release()
    with claimed(tmp_path / "part.mp4") as ours:
        assert ours


def test_a_disk_that_is_full_is_an_error_of_ours(tmp_path: Path) -> None:
    """Every write to /dev/full fails as a full disk does."""
    (tmp_path / "part.mp4").symlink_to("/dev/full")
    clip = Clip(tmp_path / "part.mp4", until=START)

    with pytest.raises(EvidenceError, match="No space left"):
        for packet in film(4):
            clip.add(packet)

    clip.release()
