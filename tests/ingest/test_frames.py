"""Decoding on demand: what a quiet camera costs, and that nothing of what wakes it is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ingest import frames
from ingest.frames import FrameReader
from ingest.governor import Governor, Wake
from ingest.messages import Frame, Packet
from ingest.metrics import IngestMetrics
from ingest.slot import LatestFrames
from tests.ingest.clips import ClipSpec, make_clip, packets_of
from tests.ingest.given import START

HEARTBEAT = timedelta(seconds=2)
STILL = ClipSpec(seconds=24, gop=18, still=(4.1, 15.0))  # moves, stands, and moves again in the middle of a GOP
MOVES_AGAIN_S = 15.0


class Reading:
    """A reader with its numbers."""

    def __init__(
        self,
        packets: list[Packet],
        *,
        on_demand: bool = True,
        alert_open: Callable[[], bool] = lambda: False,
        heartbeat: timedelta = HEARTBEAT,
        through: Callable[[Iterable[Frame]], list[Frame]] = list,
    ) -> None:
        self._through = through
        self.registry = CollectorRegistry()
        governor = Governor(heartbeat, alert_open) if on_demand else None
        self.reader = FrameReader(packets[0].stream, governor=governor, metrics=IngestMetrics(self.registry).of("gate"))
        self.frames: list[Frame] = []
        self.read(packets)
        self.frames += self.reader.end()

    def read(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            self.frames += self._through(self.reader.frames(packet))

    def times(self, begin_s: float = 0.0, end_s: float = 99.0) -> list[float]:
        """When the frames between two moments of the clip were captured."""
        times = [(frame.captured_at - START).total_seconds() for frame in self.frames]
        return [at for at in times if begin_s <= at < end_s]

    def value(self, metric: str, **labels: str) -> float:
        return (
            self.registry.get_sample_value(
                f"ringwatch_ingest_{metric}", {"camera": "gate", "stream": "analysis", **labels}
            )
            or 0.0
        )


def busy_meanwhile(slots: LatestFrames, frames: Iterable[Frame]) -> list[Frame]:
    """What a detector gets of `frames` that was busy elsewhere while they came."""
    for frame in frames:
        slots.put(frame)
    return list(iter(lambda: slots.take(0), None))


@pytest.fixture(
    scope="module",
    params=[{}, {"b_frames": 2}, {"codec": "libx265"}, {"codec": "libx265", "b_frames": 3}, {"codec": "mpeg4"}],
    ids=["h264", "h264-b-frames", "h265", "h265-b-frames", "mpeg4"],
)
def packets(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """A clip that moves, stands still and moves again."""
    path = tmp_path_factory.mktemp("still") / "still.mp4"
    return packets_of(make_clip(path, replace(STILL, **request.param)))


def test_a_quiet_camera_is_decoded_by_keyframes_alone(packets: list[Packet]) -> None:
    """Between two keyframes of a still picture nothing is decoded; each keyframe is looked at when it comes."""
    reading = Reading(packets)

    quiet = reading.times(9.0, 14.0)

    assert 2 <= len(quiet) <= 4  # of fifteen
    assert reading.value("skipped_packets_total") > 40
    assert reading.value("frame_errors_total") == 0


def test_the_end_of_a_recording_is_seen_asleep_or_awake(packets: list[Packet]) -> None:
    """It ends in the middle of a group of pictures, none of which but the first would be decoded."""
    until_s = 11.9
    cut = [packet for packet in packets if (packet.captured_at - START).total_seconds() < until_s]

    reading = Reading(cut)

    assert reading.value("skipped_packets_total") > 0
    assert reading.times()[-1] > until_s - 0.8
    assert all(before < after for before, after in pairwise(reading.times()))


def test_a_quiet_camera_without_stamps_is_looked_at_as_often(tmp_path: Path) -> None:
    """By when its packets came: how many of them were passed over says nothing."""
    packets = packets_of(make_clip(tmp_path / "a.mp4", STILL))
    bare = [replace(one, pts_ticks=None, dts_ticks=None) for one in packets]

    assert Reading(bare).times(9.0, 14.0) == Reading(packets).times(9.0, 14.0)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_time_goes_on_while_a_recording_with_b_frames_and_no_pts_sleeps(tmp_path: Path, codec: str) -> None:
    """AVI keeps none: a keyframe that is decoded alone is of its packet's time, not of the one after the last look."""
    packets = packets_of(make_clip(tmp_path / "a.avi", replace(STILL, b_frames=2, codec=codec)))

    reading = Reading(packets)

    assert reading.times(10.0, 14.0) == pytest.approx([10.8, 12.6], abs=0.3)
    assert reading.value("skipped_packets_total") > 50
    assert all(before < after for before, after in pairwise(reading.times()))


@pytest.mark.parametrize("on_demand", [True, False])
def test_of_a_busy_camera_what_is_analysed_is_awaited(tmp_path: Path, on_demand: bool) -> None:
    """Packets before the next frame that is looked at may be read with it."""
    moving = packets_of(make_clip(tmp_path / "moving.mp4", ClipSpec(seconds=8)))
    reading = Reading(moving[:1], on_demand=on_demand)
    awaited = []
    for packet in moving[1:]:
        reading.read([packet])
        awaited.append(packet.captured_at + timedelta(seconds=reading.reader.awaited_s(packet)))

    analysed = {frame.captured_at for frame in reading.frames}
    assert set(awaited[20:-4]) < analysed | {moving[-1].captured_at}


def test_with_b_frames_every_packet_is_read_at_once(tmp_path: Path) -> None:
    """Pictures do not come with their packets: which one completes the next that is looked at is not known."""
    moving = packets_of(make_clip(tmp_path / "moving.mp4", ClipSpec(b_frames=2)))
    reading = Reading(moving[:20], on_demand=False)

    assert reading.reader.awaited_s(moving[19]) == 0.0


def test_what_wakes_a_camera_is_seen_from_its_first_frame(packets: list[Packet]) -> None:
    """From before the motion began to after it ended, the same frames are analysed as with everything decoded."""
    on_demand, all_of_it = Reading(packets), Reading(packets, on_demand=False)

    begin_s = MOVES_AGAIN_S - 0.5
    wanted = set(all_of_it.times(MOVES_AGAIN_S, 20.0))

    assert wanted <= set(on_demand.times(begin_s, 20.0))
    assert len(wanted) >= 14


@pytest.mark.parametrize(
    ("gop", "sleeps"),
    [
        pytest.param(20, True, id="2 s"),
        pytest.param(26, True, id="2.6 s"),
        pytest.param(40, False, id="4 s"),
        pytest.param(100, False, id="10 s"),
    ],
)
def test_a_detector_sees_what_wakes_a_camera_however_rare_its_keyframes(tmp_path: Path, gop: int, sleeps: bool) -> None:
    """With a heartbeat of ten seconds: where its frames would not all find room, the camera does not sleep."""
    moves_again_s = 35.0
    spec = ClipSpec(seconds=45.0, gop=gop, still=(4.1, moves_again_s))
    packets = packets_of(make_clip(tmp_path / "a.mp4", spec))
    slots, heartbeat = LatestFrames(), timedelta(seconds=10)

    reading = Reading(packets, heartbeat=heartbeat, through=partial(busy_meanwhile, slots))

    wanted = set(Reading(packets, on_demand=False).times(moves_again_s, 44.0))
    assert len(wanted) >= 26
    assert wanted <= set(reading.times())
    assert not sum(slots.dropped.values())
    assert (reading.value("skipped_packets_total") > 100) is sleeps


def test_times_rise_through_sleep_and_waking(packets: list[Packet]) -> None:
    """No frame is shown twice, none out of order."""
    times = Reading(packets).times()

    assert times == sorted(set(times))


def test_frames_that_catch_up_say_so(packets: list[Packet]) -> None:
    """They are not to be passed over for the newest, as others are."""
    reading = Reading(packets)
    late = [(frame.captured_at - START).total_seconds() for frame in reading.frames if frame.catching_up]
    woken = reading.value("wakes_total", reason=Wake.PICTURE) + reading.value("wakes_total", reason=Wake.SIZE)

    assert woken == 1
    assert late
    assert MOVES_AGAIN_S - 2 < min(late) <= max(late) < MOVES_AGAIN_S + 2


@pytest.fixture(scope="module")
def long_still(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """Moves for four seconds, stands still for 26, and moves again."""
    path = tmp_path_factory.mktemp("long-still") / "a.mp4"
    return packets_of(make_clip(path, replace(STILL, seconds=36, still=(4.1, 30.0))))


def test_an_alert_that_opens_wakes_a_camera(long_still: list[Packet]) -> None:
    """It is decoded from the packet after the alert was raised, for three seconds and to the keyframe after them."""
    alert = [False]
    reading = Reading(long_still[:112], alert_open=lambda: alert[0])
    before = reading.value("skipped_packets_total")

    alert[0] = True
    reading.read(long_still[112:140])

    assert before > 0
    assert reading.value("skipped_packets_total") == before
    assert reading.value("wakes_total", reason=Wake.ALERT) == 1


def test_an_alert_that_stays_open_lets_a_picture_rest(long_still: list[Packet]) -> None:
    """Seventy posts that are empty at once were seventy cameras decoded all the time, and two cores had not as much."""
    alert = [False]
    reading = Reading(long_still[:112], alert_open=lambda: alert[0])
    alert[0] = True
    reading.read(long_still[112:])

    resting = reading.times(18.0, 29.0)
    assert reading.value("wakes_total", reason=Wake.ALERT) == 1
    assert 4 <= len(resting) <= 8  # of 33
    assert max(later - earlier for earlier, later in pairwise(reading.times(30.0, 34.0))) < 0.5


def test_an_alert_that_opens_again_wakes_a_camera_again(long_still: list[Packet]) -> None:
    """And one that opened while it was awake does not."""
    alert = [True]
    reading = Reading(long_still[:130], alert_open=lambda: alert[0])
    assert reading.value("wakes_total", reason=Wake.ALERT) == 0

    alert[0] = False
    reading.read(long_still[130:150])
    alert[0] = True
    reading.read(long_still[150:220])

    assert reading.value("wakes_total", reason=Wake.ALERT) == 1


def test_keyframes_rarer_than_the_heartbeat_mean_continuous_decoding(tmp_path: Path) -> None:
    """A post must be looked at every heartbeat, however still the picture."""
    packets = packets_of(make_clip(tmp_path / "a.mp4", replace(STILL, gop=60)))

    times = Reading(packets).times(4.0, 14.0)

    assert max(later - earlier for earlier, later in pairwise(times)) <= 2.5


def test_a_stream_of_keyframes_alone_is_looked_at_once_a_second_while_it_sleeps(tmp_path: Path) -> None:
    """Intra-only streams, and a camera that hangs and sends its last keyframe again and again."""
    packets = packets_of(make_clip(tmp_path / "a.mp4", replace(STILL, gop=1)))

    reading = Reading(packets)

    asleep = reading.times(8.5, 14.2)
    assert [round(later - earlier, 1) for earlier, later in pairwise(asleep)] == [0.9] * (len(asleep) - 1)
    assert len(asleep) >= 5
    assert reading.value("skipped_packets_total") > 50


@pytest.mark.parametrize("cap", [("MOST_PACKETS", 60), ("MOST_BYTES", 4_000)])
def test_what_waits_of_a_sleeping_camera_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cap: tuple[str, int]
) -> None:
    """A stream whose times stand still asks for no look: it is decoded when too much waits, and sleeps no more."""
    monkeypatch.setattr(frames, *cap)
    packets = packets_of(make_clip(tmp_path / "a.mp4", replace(STILL, seconds=40.0, still=(4.1, 40.0))))
    reading = Reading(packets[:120])
    before = reading.value("frames_total")
    reading.read(replace(one, captured_at=packets[119].captured_at) for one in packets[120:])

    assert reading.value("skipped_packets_total") > 20
    assert reading.value("wakes_total", reason=Wake.INTERVAL) == 1
    assert reading.value("frames_total") > before + 250


def test_a_camera_without_whole_keyframes_is_not_slept_through(tmp_path: Path) -> None:
    """It refreshes its picture piece by piece: what it marks as a keyframe gives a picture only with what follows."""
    packets = packets_of(make_clip(tmp_path / "a.mp4", replace(STILL, refreshed=True)))

    reading = Reading(packets)

    times = reading.times(12.0, 24.0)
    assert sum(packet.is_keyframe for packet in packets) >= 10
    assert reading.value("wakes_total", reason=Wake.INTERVAL) == 1
    assert reading.value("frame_errors_total") == 0
    assert max(later - earlier for earlier, later in pairwise(times)) <= 0.5


def test_a_damaged_keyframe_costs_its_own_group_of_pictures_alone(tmp_path: Path) -> None:
    """A sleeping camera goes on with the next keyframe."""
    packets = packets_of(make_clip(tmp_path / "a.mp4", STILL))
    broken = [
        replace(packet, payload=packet.payload[:9] + bytes(len(packet.payload) - 9)) if index == 90 else packet
        for index, packet in enumerate(packets)
    ]

    reading = Reading(broken)

    assert packets[90].is_keyframe
    assert reading.value("frame_errors_total") >= 1
    assert 10.8 in reading.times()


def test_only_what_a_camera_shows_decides(packets: list[Packet]) -> None:
    """Twice the same packets: twice the same frames."""
    assert Reading(packets).times() == Reading(packets).times()
