"""What stands in for aiortc's jitter buffer: which pictures go on, and when a keyframe is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from ingest.whip.pictures import EncodedPicture, is_keyframe
from ingest.whip.tap import PictureTap, Timeline
from tests.ingest.given import START

KEY = b"\x00\x00\x00\x01\x67sps\x00\x00\x00\x01\x65idr"
DELTA = b"\x00\x00\x00\x01\x41slice"


@dataclass
class Packet:
    """One RTP packet that is a picture."""

    sequence_number: int
    _data: bytes
    timestamp: int = 0
    marker: int = 1
    payload_type: int = 97


@dataclass
class Given:
    """A tap of a vehicle that sends ten pictures a second."""

    now_s: float = 100.0
    number: int = 0
    taken: list[EncodedPicture] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tap = PictureTap(
            {97: "h264"},
            keyframe_every_s=2.0,
            deliver=self.taken.append,
            clock=lambda: START,
            monotonic=lambda: self.now_s,
        )

    def send(self, payload: bytes, *, lose: bool = False, payload_type: int = 97) -> bool:
        """One picture more; whether a keyframe is asked for."""
        self.number += 1
        self.now_s = round(100.0 + self.number / 10, 1)
        if lose:
            return False
        packet = Packet(self.number, payload, timestamp=self.number * 9000, payload_type=payload_type)
        asked, frame = self.tap.add(packet)
        assert frame is None  # aiortc is never given a picture to decode
        return asked


def test_nothing_goes_on_before_a_keyframe_which_is_asked_for() -> None:
    given = Given()

    asked = [given.send(DELTA) for _ in range(5)]
    given.send(KEY)

    assert asked == [True, False, False, False, False]
    assert [picture.is_keyframe for picture in given.taken] == [True]
    assert given.tap.unusable == 5


def test_a_keyframe_that_does_not_come_is_asked_for_once_a_second() -> None:
    given = Given()

    assert sum(given.send(DELTA) for _ in range(30)) == 3
    assert given.tap.asked == 3


def test_after_a_loss_nothing_goes_on_before_the_next_keyframe() -> None:
    """Pictures that need one that is missing would be shown smeared."""
    given = Given()
    given.send(KEY)
    given.send(DELTA)
    given.send(DELTA, lose=True)
    asked = [given.send(DELTA) for _ in range(8)]
    given.send(KEY)
    given.send(DELTA)

    assert any(asked)
    assert [(picture.is_keyframe, picture.pts_ticks // 9000) for picture in given.taken] == [
        (True, 0), (False, 1), (True, 11), (False, 12),
    ]  # fmt: skip
    assert given.tap.lost == 1


def test_keyframes_are_asked_for_before_the_longest_interval_is_over() -> None:
    """Early enough for the request and the picture to be under way."""
    given = Given()
    given.send(KEY)

    asked = [number for number in range(1, 41) if given.send(DELTA)]

    assert asked[0] in {17, 18}
    assert [later - earlier for earlier, later in pairwise(asked)] == [10, 10]


def test_a_payload_that_was_not_agreed_on_is_left_out() -> None:
    given = Given()
    given.send(KEY)
    given.send(DELTA, payload_type=120)

    assert len(given.taken) == 1


def test_timestamps_are_counted_on_beyond_their_circle() -> None:
    """They wrap every thirteen hours; a small step back is one, not thirteen hours forward."""
    timeline = Timeline()

    ticks = [timeline.ticks(timestamp % 2**32) for timestamp in (2**32 - 9000, 2**32, 2**32 - 3000, 2**32 + 9000)]

    assert ticks == [0, 9000, 6000, 18000]


def test_keyframes_are_told_by_what_they_begin_with() -> None:
    """H.264 by an IDR unit, VP8 by its frame tag and start code."""
    assert is_keyframe("h264", KEY)
    assert not is_keyframe("h264", DELTA)
    assert is_keyframe("vp8", b"\x50\x42\x01\x9d\x01\x2a@\x01\xc0\x00")
    assert not is_keyframe("vp8", b"\x51\x42\x01\x9d\x01\x2a@\x01\xc0\x00")
    assert not is_keyframe("vp8", b"\x50\x42\x01")
