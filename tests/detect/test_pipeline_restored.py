"""What an analysis remembers, and what another one, in another process, goes on from."""

from __future__ import annotations

import json

from ingest.messages import CameraState
from tests.detect.bright import GUARD, LANE, POST, FindsWhatIsBright, analysis, film, frame
from tests.detect.given import at


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
