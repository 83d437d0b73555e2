"""The way from the endpoint's thread to the camera's."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from ingest.errors import CameraError, Fault
from ingest.whip import feed as feeds
from ingest.whip.feed import VehicleFeed
from ingest.whip.pictures import EncodedPicture
from ingest.whip.source import WhipSource
from tests.ingest.clips import ClipSpec, make_clip, packets_of
from tests.ingest.given import SECOND, START
from tests.ingest.whip.given import vehicle_camera


def picture(number: int, *, key: bool = False, size: int = 10) -> EncodedPicture:
    return EncodedPicture(codec="h264", payload=bytes(size), pts_ticks=number, is_keyframe=key, arrived_at=START)


@pytest.fixture
def feed() -> VehicleFeed:
    """A feed whose vehicle has called once."""
    feed = VehicleFeed("car")
    feed.begin("first")
    return feed


def taken(feed: VehicleFeed, session: str = "first") -> list[int]:
    """Everything that waits."""
    numbers = []
    while True:
        try:
            numbers.append(feed.take(session, 0.0).pts_ticks)
        except CameraError:
            return numbers


def test_pictures_come_out_in_order_from_a_keyframe_on(feed: VehicleFeed) -> None:
    for number in range(6):
        feed.put("first", picture(number, key=number in {2, 4}))

    assert feed.join(0.0) == "first"
    assert taken(feed) == [2, 3, 4, 5]


def test_when_it_is_full_the_oldest_go_up_to_a_keyframe_and_are_counted(
    feed: VehicleFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left can be decoded."""
    monkeypatch.setattr(feeds, "MOST_PICTURES", 10)
    for number in range(13):
        feed.put("first", picture(number, key=number % 4 == 0))

    assert taken(feed) == [4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert feed.dropped == 4


def test_when_no_keyframe_is_left_the_next_one_is_waited_for(
    feed: VehicleFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_BYTES", 45)
    for number in range(8):
        feed.put("first", picture(number, key=number in {0, 7}))

    assert taken(feed) == [7]
    assert feed.dropped == 7


def test_another_session_takes_the_place(feed: VehicleFeed) -> None:
    """Whoever reads the old one hears of it, and what the old one still sends is ignored."""
    feed.put("first", picture(1, key=True))
    feed.begin("second")
    feed.put("first", picture(2, key=True))
    feed.put("second", picture(3, key=True))

    with pytest.raises(CameraError, match="the vehicle has called anew") as raised:
        feed.take("first", 0.0)

    assert raised.value.fault is Fault.ENDED
    assert taken(feed, feed.join(0.0)) == [3]


def test_who_joins_a_session_again_begins_at_its_newest_keyframe(feed: VehicleFeed) -> None:
    """He gave up the first time because he was behind; who joins for the first time misses nothing."""
    for number in range(8):
        feed.put("first", picture(number, key=number in {0, 3, 6}))
    feed.join(0.0)
    first = feed.take("first", 0.0).pts_ticks

    assert first == 0
    assert taken(feed, feed.join(0.0)) == [6, 7]
    assert feed.dropped == 5


def test_an_old_session_ends_nothing(feed: VehicleFeed) -> None:
    feed.begin("second")
    feed.end("first", "late news")

    assert feed.join(0.0) == "second"


def test_why_there_is_no_session_is_said(feed: VehicleFeed) -> None:
    assert said(VehicleFeed("car")) == "the vehicle is not connected"
    feed.end("first", "the vehicle has ended its call")
    assert said(feed) == "the vehicle has ended its call"


def said(feed: VehicleFeed) -> str:
    with pytest.raises(CameraError) as raised:
        feed.join(0.01)
    assert raised.value.fault is Fault.UNREACHABLE
    return raised.value.reason


def test_silence_is_told_in_time(feed: VehicleFeed) -> None:
    with pytest.raises(CameraError, match="sends no picture") as raised:
        feed.take("first", 0.05)
    assert raised.value.fault is Fault.SILENT


def test_a_vehicle_whose_stamps_stand_still_is_taken_as_one_without(feed: VehicleFeed, tmp_path: Path) -> None:
    """Its pictures are of the moment they came, and last as long as the one before."""
    clip = make_clip(tmp_path / "car.webm", ClipSpec(codec="libvpx", gop=1))
    for number, one in enumerate(packets_of(clip)):
        came = replace(picture(0, key=True), codec="vp8", payload=one.payload, arrived_at=START + number * SECOND / 10)
        feed.put("first", came)
    source = WhipSource(vehicle_camera(), feed)
    source.open()
    packets = list(islice(source.packets(), 40))

    assert [one.captured_at for one in packets[20:]] == [START + number * SECOND / 10 for number in range(20, 40)]
    assert {(one.pts_ticks, one.dts_ticks, one.duration_ticks) for one in packets[20:]} == {(None, None, 9000)}


@pytest.mark.parametrize("waits", [lambda feed: feed.join(30.0), lambda feed: feed.take("first", 30.0)])
def test_closing_wakes_whoever_waits(waits: object) -> None:
    """The node stops: nobody waits for a vehicle any more."""
    feed = VehicleFeed("car")
    if "take" in str(waits.__code__.co_names):  # type: ignore[attr-defined]
        feed.begin("first")
    told: list[Exception] = []

    def wait() -> None:
        with pytest.raises(CameraError) as raised:
            waits(feed)  # type: ignore[operator]
        told.append(raised.value)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    feed.close()
    thread.join(5.0)

    assert len(told) == 1
