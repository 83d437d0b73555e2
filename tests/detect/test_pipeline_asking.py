"""When the detector is asked about a frame: every heartbeat of a post, where something moves, and no more than that."""

from __future__ import annotations

from collections.abc import Container
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from config.model import Label
from detect.baseline import Remembered
from detect.metrics import DetectMetrics
from detect.pipeline import CameraAnalysis
from tests.detect.bright import GUARD, LANE, POST, THIEF, FindsWhatIsBright, analysis, film, frame
from tests.detect.given import at, camera

OPENING = 10  # looks at the first three seconds


def test_a_motionless_guard_is_looked_at_every_heartbeat(detector: FindsWhatIsBright) -> None:
    """Never gated by motion, and not more often than that either."""
    whole = analysis(detector, **POST)

    looked_at = [one.captured_at for one in film(60, GUARD) if whole.analyse(one).scene]

    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(looked_at)]
    assert max(gaps) <= 2.0 + 1 / 3
    assert min(gaps[OPENING:]) >= 1.8


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
    assert detector.looks < OPENING + 15


def test_one_mistake_of_the_detector_is_not_confirmed_by_itself(detector: FindsWhatIsBright) -> None:
    """What was seen for the first time is asked about again, though nothing has changed; and the answer was no."""
    detector.misses = [look for look in range(100) if look != OPENING + 1]
    whole = analysis(detector, posts=[{"zone": "post", "absent_after": "60s"}])

    analyses = [whole.analyse(one) for one in film(20, GUARD)]

    asked = [number for number, one in enumerate(analyses) if one.inferred]
    assert asked[OPENING + 1] == asked[OPENING] + 1
    assert not any(one.scene.tracks for one in analyses if one.scene)


def test_who_is_seen_for_the_first_time_is_confirmed_at_once(detector: FindsWhatIsBright) -> None:
    """Not a heartbeat later."""
    detector.misses = range(OPENING + 1)
    whole = analysis(detector, **POST)

    scenes = [scene for one in film(20, GUARD) if (scene := whole.analyse(one).scene)]

    seen, confirmed = scenes[OPENING : OPENING + 2]
    assert (len(seen.tracks), len(confirmed.tracks)) == (0, 1)
    assert (confirmed.captured_at - seen.captured_at).total_seconds() < 0.4


def test_an_empty_road_is_hardly_looked_at(detector: FindsWhatIsBright) -> None:
    """No post, nothing moves: after the first three seconds the detector is asked once in ten heartbeats."""
    whole = analysis(detector, **LANE)

    looked_at = [one.captured_at for one in film(100) if whole.analyse(one).scene]

    assert detector.looks == len(looked_at) == OPENING + 4
    assert min(later - earlier for earlier, later in pairwise(looked_at[OPENING - 1 :])).total_seconds() >= 19


def test_a_quiet_camera_without_rules_is_not_looked_at(detector: FindsWhatIsBright) -> None:
    """What is seen there is told to nobody."""
    whole = analysis(detector)

    for one in film(60):
        whole.analyse(one)

    assert detector.looks == OPENING


@pytest.mark.parametrize("misses", [(), (1,), (2,), (1, 3), range(1, 9)])
def test_who_stands_still_from_the_first_frame_is_told_though_he_was_missed(
    detector: FindsWhatIsBright, misses: Container[int]
) -> None:
    """No post and no motion: nothing else would ever give occasion to look again."""
    detector.misses = misses
    whole = analysis(detector, **LANE)

    events = [event for one in film(6, THIEF) for event in whole.analyse(one).events]

    assert [event.rule for event in events] == ["intrusion"]


def test_a_vehicle_that_was_missed_for_longer_is_found_in_ten_heartbeats() -> None:
    """As one that came in while the picture was doubtful. A person would be a mere claim by then, until he moves."""
    detector = FindsWhatIsBright(Label.VEHICLE)
    detector.misses = range(OPENING + 1)
    whole = analysis(detector, rules=[{"rule": "intrusion", "zone": "lane", "classes": ["vehicle"], "dwell": "1s"}])

    events = [event for one in film(30, THIEF) for event in whole.analyse(one).events]

    assert [event.rule for event in events] == ["intrusion"]


@pytest.mark.parametrize("heartbeat", ["200ms", "500ms", "2s"])
@pytest.mark.parametrize("interval_s", [0.5, 1.025])
def test_a_slow_camera_with_a_short_heartbeat_raises_all_the_same(
    heartbeat: str, interval_s: float, detector: FindsWhatIsBright
) -> None:
    """Its pictures come further apart than two heartbeats, give or take 20 ms; one in ten is lost."""
    dice = Random(7)  # noqa: S311 - the same pictures in every run
    posts = [{"zone": "post", "absent_after": "5s"}]
    rules = [{"rule": "intrusion", "zone": "lane", "dwell": "3s"}]
    whole = analysis(detector, heartbeat=heartbeat, posts=posts, rules=rules)
    seconds = [n * interval_s + dice.uniform(-0.02, 0.02) for n in range(round(15 / interval_s)) if n % 10 != 4]

    events = [event for second in seconds for event in whole.analyse(frame(second + 1, THIEF)).events]

    assert {event.rule for event in events} == {"post.absent", "intrusion"}


def test_a_quiet_camera_has_counted_nobody(detector: FindsWhatIsBright) -> None:
    """What is counted by the hour needs no look where nothing moves: that is known to be nobody."""
    baseline = Remembered()
    rules = [{"rule": "unusual", "zone": "lane", "classes": ["person"], "window": "1m"}]
    whole = CameraAnalysis(camera(rules=rules), detector, ZoneInfo("UTC"), baseline=baseline)

    for one in film(122):
        whole.analyse(one)

    assert [(one.begins_at, one.count) for one in baseline.learnt] == [(at(0), 0), (at(60), 0)]
    assert detector.looks < OPENING + 7


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
