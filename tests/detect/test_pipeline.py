"""One camera's analysis, with a detector that finds whatever is bright."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from config.errors import BackendUnavailable
from config.model import Label
from detect.analysis import Analysis
from detect.baseline import Remembered
from detect.complaints import Complaints
from detect.detector import Picture
from detect.messages import Box, Detections
from detect.metrics import DetectMetrics
from detect.pipeline import CameraAnalysis
from detect.together import analysed_together
from ingest.messages import CameraState, Frame, KeyPicture
from tests.detect.fakes import ScriptedDetector
from tests.detect.given import at, camera, found, picture

GUARD: Box = (0.1, 0.3, 0.2, 0.9)
THIEF: Box = (0.7, 0.3, 0.8, 0.9)
# A wall of stones, darker than anything a detector of bright things finds, as a sensor with its noise sees it.
WALL = np.kron(np.random.default_rng(1).integers(60, 120, (18, 32)), np.ones((20, 20)))


class FindsWhatIsBright:
    """A detector for plain pictures: every bright spot is a person."""

    name = "bright"
    labels = frozenset({Label.PERSON})
    batch = 1

    def __init__(self) -> None:
        self.looks = 0
        self.broken = False
        self.bad: bytes | None = None  # the picture that it fails on

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        self.looks += len(pictures)
        if self.broken or any(one.image.tobytes() == self.bad for one in pictures):
            raise BackendUnavailable("the accelerator is gone")
        return [found(*self._spots(one.image)) for one in pictures]

    def close(self) -> None: ...

    def _spots(self, image: NDArray[np.uint8]) -> Iterator[Box]:
        height, width = image.shape[:2]
        bright = (image.max(axis=2) > 150).astype(np.uint8)
        for x, y, w, h, _ in cv2.connectedComponentsWithStats(bright)[2][1:].tolist():
            yield x / width, y / height, (x + w) / width, (y + h) / height


def frame(seconds: float, *boxes: Box) -> Frame:
    """A frame that shows plain objects at `boxes`."""
    seen = WALL + np.random.default_rng(round(seconds * 1000)).normal(0, 3, WALL.shape)
    seen = np.where(picture(boxes, shade=0) > 0, 200.0, seen)
    video = av.VideoFrame.from_ndarray(np.clip(seen, 0, 255).astype(np.uint8), format="gray")
    return of_video(seconds, video.reformat(format="yuv420p"))


def of_video(seconds: float, video: av.VideoFrame) -> Frame:
    """A frame that was encoded by itself."""
    keyframe = KeyPicture.of(video, at(seconds))
    return Frame(camera="gate", pts_s=seconds, captured_at=at(seconds), video=video, keyframe=keyframe)


def film(until_s: float, *boxes: Box, begin_s: float = 0.0) -> list[Frame]:
    """Three frames a second."""
    return [frame(begin_s + i / 3, *boxes) for i in range(round((until_s - begin_s) * 3))]


@pytest.fixture
def detector() -> FindsWhatIsBright:
    """A detector that counts how often it is asked."""
    return FindsWhatIsBright()


def analysis(detector: FindsWhatIsBright, **parts: object) -> CameraAnalysis:
    """The analysis of a camera with `parts`."""
    return CameraAnalysis(camera(**parts), detector, ZoneInfo("UTC"))


POST = {"posts": [{"zone": "post", "absent_after": "4s"}]}
LANE = {"rules": [{"rule": "intrusion", "zone": "lane", "dwell": "1s"}]}


def test_a_guard_who_leaves_is_told(detector: FindsWhatIsBright) -> None:
    """From pictures to events, with the times of the pictures."""
    whole = analysis(detector, **POST)

    events = [event for one in [*film(5, GUARD), *film(12, begin_s=5)] for event in whole.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in events] == [("post.absent", "raised")]
    assert events[0].captured_at == at(9.0)


def test_a_timer_goes_on_in_another_process(detector: FindsWhatIsBright) -> None:
    """What one analysis remembers as JSON, another goes on from: the event comes when it would have come."""
    first, second = analysis(detector, **POST), analysis(detector, **POST)
    for one in [*film(5, GUARD), *film(7, begin_s=5)]:
        first.analyse(one)

    second.restore(json.loads(json.dumps(first.snapshot())))
    events = [event for one in film(12, begin_s=7) for event in second.analyse(one).events]

    assert [(event.rule, event.captured_at) for event in events] == [("post.absent", at(9.0))]


def test_what_another_version_remembered_begins_anew(detector: FindsWhatIsBright) -> None:
    """A state that cannot be read, or a rule that is no longer there, disturbs nothing."""
    whole = analysis(detector, **POST)
    whole.restore({"post.absent/post/9": {"timer": 3}, "gone/post/1": {}, "camera.offline//0": {"of": "old"}})

    events = [event for one in [*film(5, GUARD), *film(12, begin_s=5)] for event in whole.analyse(one).events]

    assert [(event.rule, event.captured_at) for event in events] == [("post.absent", at(9.0))]


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


def test_a_motionless_guard_is_looked_at_every_heartbeat(detector: FindsWhatIsBright) -> None:
    """Never gated by motion, and not more often than that either."""
    whole = analysis(detector, **POST)

    looked_at = [one.captured_at for one in film(60, GUARD) if whole.analyse(one).scene]

    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(looked_at)]
    assert max(gaps) <= 2.0 + 1 / 3
    assert min(gaps[1:]) >= 1.8  # the second look confirms the first, at once


def test_a_picture_that_stays_the_same_is_inferred_once_in_ten_seconds(detector: FindsWhatIsBright) -> None:
    """The other heartbeats go on with the last answer, and are counted; somebody is at the post in every one."""
    registry = CollectorRegistry()
    guarded = {"posts": [{"zone": "post", "absent_after": "60s"}]}
    whole = CameraAnalysis(camera(**guarded), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))
    for one in film(60, GUARD):
        whole.analyse(one)
    before = detector.looks

    analyses = [whole.analyse(one) for one in film(160, GUARD, begin_s=60)]

    assert detector.looks - before == 10
    scenes = [one.scene for one in analyses if one.scene]
    assert len(scenes) >= 45
    assert all(scene.occupancy["post"] for scene in scenes)
    saved = registry.get_sample_value("ringwatch_detect_held_total", {"camera": "gate"})
    asked = registry.get_sample_value("ringwatch_detect_inferences_total", {"camera": "gate"})
    assert asked == detector.looks
    assert saved is not None
    assert saved > 4 * 10


def test_a_sleeping_guard_is_told_however_seldom_the_detector_is_asked(detector: FindsWhatIsBright) -> None:
    """His pixels are looked at every heartbeat all the same."""
    posts = [{"zone": "post", "absent_after": "60s", "asleep_after": "30s"}]
    whole = analysis(detector, posts=posts)

    events = [event for one in film(60, GUARD) for event in whole.analyse(one).events]

    assert [(event.rule, event.captured_at) for event in events] == [
        ("post.asleep", at(30 + 1 / 3))
    ]  # he is known from the second look on
    assert detector.looks < 15


def test_one_mistake_of_the_detector_is_not_confirmed_by_itself(detector: FindsWhatIsBright) -> None:
    """What was seen for the first time is asked about again, though nothing has changed."""
    whole = analysis(detector, posts=[{"zone": "post", "absent_after": "60s"}])
    looked_at = [one for one in film(2, GUARD) if whole.analyse(one).scene]

    assert detector.looks == len(looked_at) == 2


def test_who_is_seen_for_the_first_time_is_confirmed_at_once(detector: FindsWhatIsBright) -> None:
    """Not a heartbeat later: a picture that stands from its first frame on shows who stands in it."""
    whole = analysis(detector, **POST)

    looks = [whole.analyse(frame(i / 3, GUARD)).scene for i in range(3)]

    assert [len(scene.tracks) for scene in looks[:2] if scene] == [0, 1]


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


def test_an_empty_road_is_not_looked_at(detector: FindsWhatIsBright) -> None:
    """No post, nothing moves: after the first frame the detector rests."""
    whole = analysis(detector, **LANE)

    for one in film(60):
        whole.analyse(one)

    assert detector.looks == 1


def test_a_quiet_camera_has_counted_nobody(detector: FindsWhatIsBright) -> None:
    """What is counted by the hour needs no look where nothing moves: that is known to be nobody."""
    baseline = Remembered()
    rules = [{"rule": "unusual", "zone": "lane", "classes": ["person"], "window": "1m"}]
    whole = CameraAnalysis(camera(rules=rules), detector, ZoneInfo("UTC"), baseline=baseline)

    for one in film(122):
        whole.analyse(one)

    assert [(one.begins_at, one.count) for one in baseline.learnt] == [(at(0), 0), (at(60), 0)]
    assert detector.looks == 1


def test_who_stands_still_between_two_looks_is_still_counted(detector: FindsWhatIsBright) -> None:
    """He is looked at every heartbeat, and between looks he is not taken for gone."""
    baseline = Remembered()
    rules = [{"rule": "unusual", "zone": "lane", "classes": ["person"], "window": "1m"}]
    whole = CameraAnalysis(camera(rules=rules), detector, ZoneInfo("UTC"), baseline=baseline)

    for one in film(122, THIEF):
        whole.analyse(one)

    assert [one.count for one in baseline.learnt] == [1, 1]


def test_what_moves_is_looked_at_in_every_frame(detector: FindsWhatIsBright) -> None:
    """A busy camera is analysed at 3 frames a second."""
    whole = analysis(detector, **LANE)
    whole.analyse(frame(0))

    walk = [frame(1 + i / 3, (0.1 + i * 0.02, 0.3, 0.2 + i * 0.02, 0.9)) for i in range(20)]

    assert all(whole.analyse(one).inferred for one in walk)


def test_a_detector_that_fails_accuses_nobody(detector: FindsWhatIsBright) -> None:
    """The instant is blind; the camera goes on; it is counted."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**POST), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))
    detector.broken = True

    done = [whole.analyse(one) for one in film(20, GUARD)]

    assert [event for one in done for event in one.events] == []
    assert {one.scene.blind for one in done if one.scene} == {"the detector failed"}
    assert registry.get_sample_value("ringwatch_detect_failures_total", {"camera": "gate"}) == detector.looks


def test_a_frame_without_an_answer_is_not_the_newest(detector: FindsWhatIsBright) -> None:
    """Nor is any after it, until there is one: a quiet camera too is asked about again, with its next heartbeat."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**LANE), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))

    def newest_s() -> float | None:
        name = "ringwatch_detect_newest_frame_timestamp_seconds"
        told = registry.get_sample_value(name, {"camera": "gate"})
        return None if told is None else round(told - at(0).timestamp(), 3)

    detector.broken = True
    failing = [whole.analyse(one) for one in film(7)]
    newest_while_failing = newest_s()
    detector.broken = False
    answered = [whole.analyse(one) for one in film(12, begin_s=7)]

    assert newest_while_failing is None
    assert all(one.unanswered for one in failing)
    assert [number / 3 for number, one in enumerate(failing) if one.inferred] == [0, 2, 4, 6]
    assert [one.unanswered for one in answered] == [True, True, True, *[False] * 12]
    assert newest_s() == round(11 + 2 / 3, 3)


def test_a_detector_that_fails_is_told_once_a_minute(detector: FindsWhatIsBright) -> None:
    """With how often it has: a line a frame and camera would bury all others."""
    now_s = 100.0
    complaints = Complaints("gate", lambda: now_s)

    with capture_logs() as logs:
        for now_s in (100.0, 101.0, 159.0, 160.0, 161.0, 300.0):  # noqa: B007 - the clock reads it
            complaints.note(BackendUnavailable("the accelerator is gone"))
        detector.broken = True
        whole = analysis(detector, **POST)
        for one in film(20, GUARD):
            whole.analyse(one)

    assert [(one["event"], one["camera"], one["times"]) for one in logs[:3]] == [
        ("the detector failed on a frame", "gate", times) for times in (1, 3, 2)
    ]
    assert len(logs) == 4


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
    whole.note_stream(CameraState.LATE, "it is 9 s behind")

    frames = [*film(20, begin_s=2), *film(40, THIEF, begin_s=20)]
    events = [event for one in frames for event in whole.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in events] == [("intrusion", "raised"), ("camera.late", "raised")]
    assert events[-1].detail["reason"] == "it is 9 s behind"


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


def black() -> av.VideoFrame:
    """A picture of nothing."""
    return av.VideoFrame.from_ndarray(np.full((360, 640), 16, np.uint8), format="gray").reformat(format="yuv420p")


def test_what_is_kept_of_a_rule_stays_its_own_when_rules_come_and_go(detector: FindsWhatIsBright) -> None:
    """An engineer adds a rule for sleepers: who was about to be told as absent is."""
    first = analysis(detector, **POST)
    for one in [*film(5, GUARD), *film(7, begin_s=5)]:
        first.analyse(one)

    second = analysis(detector, posts=[{"zone": "post", "asleep_after": "5m", "absent_after": "4s"}], **LANE)
    second.restore(json.loads(json.dumps(first.snapshot())))
    events = [event for one in film(12, begin_s=7) for event in second.analyse(one).events]

    assert [(event.rule, event.captured_at) for event in events] == [("post.absent", at(9.0))]


def test_a_sleeper_outlasts_a_worker(detector: FindsWhatIsBright) -> None:
    """Eight seconds after the last picture another worker sees him, still; then he gets up and leaves."""
    posts = [{"zone": "post", "absent_after": "60s", "asleep_after": "20s"}]
    first, second = analysis(detector, posts=posts), analysis(detector, posts=posts)
    told = [event for one in film(40, GUARD) for event in first.analyse(one).events]

    second.restore(json.loads(json.dumps(first.snapshot())))
    for second_s in range(41, 48):
        second.blind(at(second_s), "", CameraState.CONNECTING)
    asleep = [event for one in film(80, GUARD, begin_s=48) for event in second.analyse(one).events]
    walk = [frame(80 + i / 3, (0.1 + i * 0.02, 0.3, 0.2 + i * 0.02, 0.9)) for i in range(40)]
    awake = [event for one in walk for event in second.analyse(one).events]

    assert [(event.rule, event.phase.value) for event in told] == [("post.asleep", "raised")]
    assert asleep == []
    assert [(event.rule, event.phase.value) for event in awake] == [("post.asleep", "cleared")]


def test_the_same_frames_give_the_same_events(detector: FindsWhatIsBright) -> None:
    """Live and in replay."""
    frames = [*film(5, GUARD), *film(12, THIEF, begin_s=5), *film(20, GUARD, begin_s=12)]

    runs = [
        [event for one in frames for event in analysis_.analyse(one).events]
        for analysis_ in (analysis(FindsWhatIsBright(), **POST, **LANE) for _ in range(2))
    ]

    assert runs[0] == runs[1] != []


def told(done: Analysis) -> tuple[object, ...]:
    """All but what it cost."""
    return done.scene, done.events, done.inferred


def test_cameras_are_analysed_together_as_each_by_itself(detector: FindsWhatIsBright) -> None:
    """Frame by frame; one that comes late is passed over."""
    films = ([*film(5, GUARD), *film(12, begin_s=5)], [*film(3), *film(12, THIEF, begin_s=3)], film(12))
    alone = []
    for frames in films:
        whole = analysis(FindsWhatIsBright(), **POST, **LANE)
        alone.append([told(whole.analyse(one)) for one in frames])

    wholes = [analysis(detector, **POST, **LANE) for _ in films]
    rows = [list(analysed_together(detector, wholes, frames)) for frames in zip(*films, strict=True)]

    assert [[told(one) for one in column] for column in zip(*rows, strict=True)] == alone
    assert any(one.events for row in rows for one in row)
    late = list(analysed_together(detector, wholes, [frame(11.0)] * 3))
    assert [one.scene for one in late] == [None, None, None]


@pytest.mark.parametrize(("waiting", "apart"), [(1, 1), (2, 2), (6, 3)])
def test_a_camera_that_moves_all_the_time_is_spared_while_others_wait(
    detector: FindsWhatIsBright, waiting: int, apart: int
) -> None:
    """The detector is asked about every second or third frame; but who is new is confirmed at once."""
    registry = CollectorRegistry()
    whole = CameraAnalysis(camera(**LANE), detector, ZoneInfo("UTC"), metrics=DetectMetrics(registry))
    for one in film(4):
        whole.analyse(one)
    walk = [frame(6 + i / 3, (0.1 + i * 0.02, 0.3, 0.2 + i * 0.02, 0.9)) for i in range(20)]

    done = [one for each in walk for one in analysed_together(detector, [whole], [each], waiting=waiting)]

    asked = [number for number, one in enumerate(done) if one.inferred]
    assert asked == [0, *range(1, 20, apart)]
    assert registry.get_sample_value("ringwatch_detect_spared_total", {"camera": "gate"}) == 20 - len(asked)
    assert all(whole.analyse(one).inferred for one in [frame(13, GUARD), frame(13.2, THIEF)])


def test_a_heartbeat_is_kept_however_many_wait(detector: FindsWhatIsBright) -> None:
    """Shorter than the time for which a camera is spared: else a timer would stand still while somebody walks by."""
    rules = [{"rule": "intrusion", "zone": "lane", "dwell": "2s"}]
    whole = analysis(detector, heartbeat="400ms", rules=rules, **POST)
    for one in film(4, GUARD):
        whole.analyse(one)
    walk = [frame(4 + i / 3, (0.6 + i * 0.01, 0.3, 0.7 + i * 0.01, 0.9)) for i in range(24)]

    done = [one for each in walk for one in analysed_together(detector, [whole], [each], waiting=6)]

    assert {(event.rule, event.phase.value) for one in done for event in one.events} == {
        ("post.absent", "raised"),
        ("intrusion", "raised"),
    }
    assert sum(one.inferred for one in done) < len(walk)  # it is still spared in between


def test_one_bad_frame_does_not_blind_the_others(detector: FindsWhatIsBright) -> None:
    """Those that were asked about together are asked about one by one."""
    frames = [frame(0, GUARD), frame(0, THIEF), frame(0)]
    detector.bad = frames[1].bgr().tobytes()
    wholes = [analysis(detector, **POST) for _ in frames]

    done = list(analysed_together(detector, wholes, frames))

    assert [one.scene.blind if one.scene else None for one in done] == ["", "the detector failed", ""]


def test_a_mistake_of_ours_costs_one_camera_one_frame(
    detector: FindsWhatIsBright, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is made; the others' cameras are analysed, and it is logged with the camera that it befell."""
    wholes = [analysis(detector, **POST) for _ in range(3)]
    monkeypatch.setattr(wholes[0], "begin", lambda _frame, **_: 1 / 0)
    monkeypatch.setattr(wholes[1], "finish", lambda _begun, _found: 1 / 0)

    with capture_logs() as logs:
        done = list(analysed_together(detector, wholes, [frame(0, GUARD)] * 3))

    assert [one.failed for one in done] == [True, True, False]
    assert done[2].scene is not None
    assert [(one["event"], one["camera"]) for one in logs] == [("the analysis of a frame failed", "gate")] * 2


def test_a_mistake_in_the_detector_costs_one_frame(
    detector: FindsWhatIsBright, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its own failures do: the picture is not known, and the camera goes on."""
    whole = analysis(detector, **POST)
    with monkeypatch.context() as broken:
        broken.setattr(detector, "_spots", lambda _image: 1 / 0)
        blind = whole.analyse(frame(0, GUARD))

    assert blind.scene is not None
    assert blind.scene.blind == "the detector failed"
    assert whole.analyse(frame(3, GUARD)).scene


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
