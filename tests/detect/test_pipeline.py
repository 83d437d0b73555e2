"""One camera's analysis, with a detector that finds whatever is bright: what is told of what it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import av
import numpy as np
import pytest

from config.model import Label
from detect.messages import Event, Phase
from detect.pipeline import CameraAnalysis
from ingest.messages import CameraState
from tests.detect.bright import GUARD, LANE, POST, THIEF, FindsWhatIsBright, analysis, film, frame, of_video
from tests.detect.fakes import ScriptedDetector
from tests.detect.given import at, camera


def test_a_guard_who_leaves_is_told(detector: FindsWhatIsBright) -> None:
    """From pictures to events, with the times of the pictures."""
    whole = analysis(detector, **POST)

    events = [event for one in [*film(5, GUARD), *film(12, begin_s=5)] for event in whole.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in events] == [("post.absent", "raised")]
    assert events[0].captured_at == at(9.0)


def test_somebody_in_the_lane_is_told(detector: FindsWhatIsBright) -> None:
    """Raised after a second there."""
    whole = analysis(detector, **LANE)

    events = [event for one in [*film(3), *film(6, THIEF, begin_s=3)] for event in whole.analyse(one).events]

    assert [(event.rule, event.zone, event.captured_at) for event in events] == [("intrusion", "lane", at(4.0))]


def test_what_the_detector_is_set_to_tell_of_is_followed() -> None:
    """Its threshold may be set under the usual 0.4: whoever it passes on is told, also after a restart."""
    unsure = ScriptedDetector([(Label.PERSON, 0.15, THIEF)])
    first, second = (CameraAnalysis(camera(**LANE), unsure, ZoneInfo("UTC")) for _ in range(2))
    second.restore({"newest id": 7})

    for whole in (first, second):
        events = [event for one in film(3, THIEF) for event in whole.analyse(one).events]

        assert [(event.rule, event.phase.value) for event in events] == [("intrusion", "raised")]


def test_the_last_frame_of_a_recording_is_looked_at(detector: FindsWhatIsBright) -> None:
    """A post that has been empty for long enough by then is told, though no heartbeat is due."""
    whole = analysis(detector, **POST)
    shown = [*film(5, GUARD), *film(9.1, begin_s=5)]
    told = [event for one in shown[:-1] for event in whole.analyse(one).events]
    last = replace(shown[-1], captured_at=at(9.2))
    told += whole.analyse(last).events

    concluded = whole.conclude(last)

    assert [(event.rule, event.captured_at) for event in (*told, *concluded.events)] == [("post.absent", at(9.0))]
    assert whole.conclude(last).scene is None  # it has been looked at


def test_a_picture_that_was_frozen_and_changes_is_judged_at_once(detector: FindsWhatIsBright) -> None:
    """The intruder is told from his first picture; the camera's own state ends when that is believed, and as it did."""
    whole = analysis(detector, rules=[*LANE["rules"], {"rule": "camera.frozen", "after": "5s"}])
    stands = frame(3.0).video
    for one in [*film(3), *(of_video(3 + i / 3, stands) for i in range(60))]:
        told = whole.analyse(one).events
        assert all(abs((event.captured_at - at(8.0)).total_seconds()) <= 0.5 for event in told)  # to a keyframe

    after = [event for one in film(28, THIEF, begin_s=23) for event in whole.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in after] == [
        ("intrusion", "raised"),
        ("camera.frozen", "cleared"),
    ]
    assert after[0].captured_at == at(24.0)
    assert abs((after[1].captured_at - at(23)).total_seconds()) < 1.0


def test_an_instant_without_a_picture_is_told_to_the_rules(detector: FindsWhatIsBright) -> None:
    """A covered camera neither accuses nor clears."""
    whole = analysis(detector, **POST)
    for one in film(3):
        whole.analyse(one)

    blind = [whole.blind(at(3 + i), "the camera is covered") for i in range(20)]

    assert [event for one in blind for event in one.events] == []


def test_a_camera_that_connects_says_nothing_whatever_its_reason(detector: FindsWhatIsBright) -> None:
    """It gives none: what was open stays open, and nobody is accused."""
    whole = analysis(detector, **POST, **LANE)
    opened = [event for one in [*film(3), *film(6, THIEF, begin_s=3)] for event in whole.analyse(one).events]

    ticks = [whole.blind(at(6 + i), "", CameraState.CONNECTING) for i in range(20)]

    assert [event.rule for event in opened] == ["post.absent", "intrusion"]
    assert [event for one in ticks for event in one.events] == []
    assert {one.scene.blind for one in ticks if one.scene} == {"the camera is connecting"}


def test_a_late_camera_is_told_and_its_posts_are_not_judged_but_its_lane_is(detector: FindsWhatIsBright) -> None:
    """Its pictures go on coming: who is at a post now they do not say, that somebody went into the lane they do."""
    whole = analysis(detector, **POST, **LANE)
    for one in film(2, GUARD):
        whole.analyse(one)
    events: list[Event] = []
    for one in [*film(20, begin_s=2), *film(40, THIEF, begin_s=20)]:
        events += whole.note_stream(CameraState.LATE, "it is 9 s behind", one.captured_at + timedelta(seconds=9))
        events += whole.analyse(one).events

    assert [(event.rule, event.phase.value) for event in events] == [("intrusion", "raised"), ("camera.late", "raised")]
    assert events[-1].detail["reason"] == "it is 9 s behind"


def test_a_stream_that_comes_ever_more_slowly_is_told_as_late_in_time(detector: FindsWhatIsBright) -> None:
    """A picture every five seconds, a second of the past each: in the time of its pictures it would be minutes."""
    whole = analysis(detector, **LANE)
    for one in film(3):
        whole.analyse(one)

    told = []
    for second in range(60):
        events = whole.note_stream(CameraState.LATE, "it falls behind", at(8.0 + second))
        if second % 5 == 0:
            events += whole.analyse(frame(3 + second / 5)).events
        told += [(event.rule, event.phase.value, second) for event in events]

    assert told == [("camera.late", "raised", 30)]


def test_a_clock_that_is_set_back_a_little_tells_no_rule_of_a_stream_what_was_before(
    detector: FindsWhatIsBright,
) -> None:
    """By three seconds, while it is late: their scenes come in the order of time, and the alert in its time."""
    whole = analysis(detector, rules=[{"rule": "camera.late", "after": "5s"}])
    for one in film(3):
        whole.analyse(one)

    moments = [8.0, 9.0, 10.0, 11.0, 8.5, 9.5, 10.5, 11.5, 12.5, 13.5]
    told = [(second, whole.note_stream(CameraState.LATE, "it is behind", at(second))) for second in moments]

    assert [(second, [event.captured_at for event in events]) for second, events in told if events] == [
        (13.5, [at(13.0)])
    ]


def test_late_is_over_when_pictures_come_that_are_later_than_it_was_told(detector: FindsWhatIsBright) -> None:
    """Those on their way say nothing of the stream any more; what its pictures show they do say."""
    whole = analysis(detector, rules=[{"rule": "camera.late", "after": "5s"}])
    for one in film(3):
        whole.analyse(one)
    for second in range(10):
        whole.note_stream(CameraState.LATE, "it is 9 s behind", at(8.0 + second))
    whole.note_stream(CameraState.LIVE, "", at(18.0))

    events = [event for one in film(30, begin_s=10) for event in whole.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in events] == [("camera.late", "cleared")]
    assert at(17.0) < events[0].captured_at < at(18.0)


def test_a_clock_that_is_set_back_begins_anew(detector: FindsWhatIsBright) -> None:
    """By an hour: a post that is left then is told in its time, and nobody of the future guards it."""
    whole = analysis(detector, **POST)
    for one in film(3605, GUARD, begin_s=3600):
        whole.analyse(one)

    events = [event for one in [*film(5, GUARD), *film(12, begin_s=5)] for event in whole.analyse(one).events]

    assert [(event.rule, event.captured_at) for event in events] == [("post.absent", at(9.0))]


def test_nobody_leaves_because_the_light_goes_out(detector: FindsWhatIsBright) -> None:
    """A sleeper in the dark for ten seconds is still he when the light is back: nothing clears, nothing begins anew."""
    whole = analysis(detector, posts=[{"zone": "post", "absent_after": "60s", "asleep_after": "20s"}])
    lit = [event for one in film(40, GUARD) for event in whole.analyse(one).events]

    dark = [whole.analyse(replace(frame(40 + i / 3), video=black())).events for i in range(36)]
    after = [event for one in film(80, GUARD, begin_s=52) for event in whole.analyse(one).events]

    assert [event.rule for event in lit] == ["post.asleep"]
    assert {event.rule for events in dark for event in events} <= {"camera.dark"}
    assert [event for event in after if event.rule.startswith("post.")] == []


def test_a_cover_pauses_a_post_for_as_long_as_it_lasts(detector: FindsWhatIsBright) -> None:
    """Left at 9, covered from 12 to 16: four of the five seconds are known before and after it, and not reset by it."""
    watched = analysis(detector, posts=[{"zone": "post", "absent_after": "5s"}])
    told = []

    for n in range(75):
        second = n / 3
        covered = 12 <= second < 16
        shown = of_video(second, grey(second)) if covered else frame(second, *([GUARD] if second < 9 else []))
        told += [event for event in watched.analyse(shown).events if event.rule == "post.absent"]

    assert [event.phase for event in told] == [Phase.RAISED]
    assert abs((told[0].captured_at - at(18)).total_seconds()) <= 1.0


def grey(seconds: float) -> av.VideoFrame:
    """A cloth over the lens, and a sensor's noise."""
    noise = np.random.default_rng(round(seconds * 1000)).normal(90, 2, (360, 640))
    return av.VideoFrame.from_ndarray(noise.astype(np.uint8), format="gray").reformat(format="yuv420p")


def test_people_hide_the_view_as_vehicles_do(detector: FindsWhatIsBright) -> None:
    """A crowd fills the picture and stays: the camera was not turned, and its rules go on."""
    crowd = [(x / 10, 0.1, x / 10 + 0.08, 1.0) for x in range(10)]
    watched = analysis(detector, rules=[{"rule": "camera.moved", "after": "5s"}])

    blind = 0
    for n in range(105):
        scene = watched.analyse(frame(n / 3, *(crowd if n >= 45 else []))).scene
        blind += scene is not None and bool(scene.blind)

    assert watched.state is CameraState.LIVE
    assert blind <= 3


def black() -> av.VideoFrame:
    """A picture of nothing."""
    return av.VideoFrame.from_ndarray(np.full((360, 640), 16, np.uint8), format="gray").reformat(format="yuv420p")


def test_the_same_frames_give_the_same_events(detector: FindsWhatIsBright) -> None:
    """Live and in replay."""
    frames = [*film(5, GUARD), *film(12, THIEF, begin_s=5), *film(20, GUARD, begin_s=12)]

    runs = [
        [event for one in frames for event in analysis_.analyse(one).events]
        for analysis_ in (analysis(FindsWhatIsBright(), **POST, **LANE) for _ in range(2))
    ]

    assert runs[0] == runs[1] != []


def test_what_it_costs_is_measured_by_stage(detector: FindsWhatIsBright) -> None:
    """In CPU seconds, summed up for the metrics."""
    done = analysis(detector, **POST).analyse(frame(0, GUARD))

    assert set(done.cpu_s) == {"motion", "inference", "rules"}
    assert all(spent >= 0 for spent in done.cpu_s.values())


@pytest.mark.parametrize(("parts", "watched"), [(POST, True), (LANE, False)], ids=["a post", "a lane"])
def test_a_post_is_to_be_looked_at_with_every_heartbeat(
    detector: FindsWhatIsBright, parts: dict[str, object], *, watched: bool
) -> None:
    """Where there is none a quiet camera is not; but while somebody is there, and just after, it is."""
    whole = analysis(detector, **parts)
    before = [whole.is_watched for one in film(6) if whole.analyse(one)]
    during = [whole.is_watched for one in film(12, THIEF, begin_s=6) if whole.analyse(one)]

    assert before[-3:] == [watched] * 3
    assert during[-3:] == [True] * 3
