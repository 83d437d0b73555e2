"""`camera.*`: raised when a camera is in a state for long enough, cleared when it is not, unknown in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from detect.messages import Event, Scene
from detect.rules import build_watch
from detect.scene import blind_scene
from ingest.messages import CameraState
from tests.detect.given import at, camera

S = CameraState


def scenes(*spans: tuple[CameraState, float]) -> list[Scene]:
    """A scene a second: each state until the second after it."""
    second, told = 0, []
    for state, until_s in spans:
        while second < until_s:
            told.append(blind_scene(camera(), at(second), "" if state is S.LIVE else f"it is {state}", state))
            second += 1
    return told


def events(told: list[Scene], **parts: object) -> list[tuple[str, str, float]]:
    """What the rules say: rule, phase, second."""
    rules = build_watch(camera(**parts), ZoneInfo("UTC"))
    found: list[Event] = [event for scene in told for rule in rules for event in rule.observe(scene)]
    return [(event.rule, event.phase.value, (event.captured_at - at(0)).total_seconds()) for event in found]


@pytest.mark.parametrize("state", [S.OFFLINE, S.STALLED, S.UNDECODABLE, S.LATE, S.FROZEN, S.DARK, S.COVERED, S.MOVED])
def test_a_state_that_lasts_is_told_and_cleared(state: CameraState) -> None:
    """After its thirty seconds; the moment it ends."""
    found = events(scenes((S.LIVE, 10), (state, 60), (S.LIVE, 70)))

    assert found == [(f"camera.{state}", "raised", 40.0), (f"camera.{state}", "cleared", 60.0)]


def test_a_short_one_is_not_told() -> None:
    """A camera that reboots in twenty seconds."""
    assert events(scenes((S.LIVE, 10), (S.OFFLINE, 30), (S.LIVE, 90))) == []


def test_every_retry_in_between_does_not_begin_it_anew() -> None:
    """Connecting says nothing: the time before and after counts."""
    flapping = [(S.OFFLINE, 10 + 5.0 * n) if n % 2 else (S.CONNECTING, 10 + 5.0 * n) for n in range(1, 16)]

    found = events(scenes((S.LIVE, 10), *flapping))

    assert [one[:2] for one in found] == [("camera.offline", "raised")]


def test_a_camera_that_stalls_and_is_then_unreachable_gives_nothing_since_it_stalled() -> None:
    """Twenty seconds of one and twenty of the other were told by neither rule."""
    found = events(scenes((S.LIVE, 10), (S.STALLED, 30), (S.CONNECTING, 32), (S.OFFLINE, 50), (S.LIVE, 60)))

    assert found == [("camera.offline", "raised", 40.0), ("camera.offline", "cleared", 50.0)]


def test_a_stall_that_ended_is_none_of_a_later_outage() -> None:
    """Packets came in between."""
    found = events(scenes((S.LIVE, 10), (S.STALLED, 30), (S.LIVE, 31), (S.OFFLINE, 60), (S.LIVE, 65)))

    assert found == []


def test_of_a_picture_nothing_is_known_while_none_comes() -> None:
    """A covered camera that goes offline stays covered until a picture says otherwise."""
    found = events(scenes((S.COVERED, 40), (S.OFFLINE, 50), (S.LIVE, 60)))

    assert found == [("camera.covered", "raised", 30.0), ("camera.covered", "cleared", 50.0)]


def test_a_camera_has_its_own_times() -> None:
    """`after` in its rules; the others keep theirs."""
    own = {"rules": [{"rule": "camera.dark", "after": "5s", "severity": "critical"}]}

    assert events(scenes((S.DARK, 20)), **own) == [("camera.dark", "raised", 5.0)]


def test_a_vehicle_has_two_minutes_and_never_moves() -> None:
    """It drops out in every valley."""
    mobile = {"mobile": True, "zones": {}}

    assert events(scenes((S.OFFLINE, 119)), **mobile) == []
    assert events(scenes((S.OFFLINE, 130)), **mobile) == [("camera.offline", "raised", 120.0)]
    assert "camera.moved" not in {
        rule.subject.rule  # type: ignore[attr-defined]
        for rule in build_watch(camera(**mobile), ZoneInfo("UTC"))
    }


@pytest.mark.parametrize(
    ("rule", "raised_s"),
    [
        pytest.param({"severity": "high"}, 120.0, id="its severity alone"),
        pytest.param({"realert_every": "10m"}, 120.0, id="how often alone"),
        pytest.param({"after": "45s"}, 45.0, id="its time"),
        pytest.param({"after": "30s", "severity": "high"}, 30.0, id="the time that others have"),
    ],
)
def test_a_vehicle_keeps_its_two_minutes_where_no_other_time_is_given(rule: dict[str, str], raised_s: float) -> None:
    """Whatever else is set for the rule; and a camera that stands keeps its thirty seconds."""
    own = {"rules": [{"rule": "camera.offline", **rule}]}

    assert events(scenes((S.OFFLINE, 130)), mobile=True, zones={}, **own) == [("camera.offline", "raised", raised_s)]
    fixed_s = raised_s if "after" in rule else 30.0
    assert events(scenes((S.OFFLINE, 130)), **own) == [("camera.offline", "raised", fixed_s)]


def test_what_it_remembers_can_be_kept() -> None:
    """A worker that is replaced in the middle of the thirty seconds goes on with them."""
    told = scenes((S.LIVE, 5), (S.OFFLINE, 50))
    first, second = (build_watch(camera(), ZoneInfo("UTC")) for _ in range(2))
    for scene in told[:20]:
        for rule in first:
            rule.observe(scene)
    for old, new in zip(first, second, strict=True):
        new.restore(old.snapshot())

    found = [event for scene in told[20:] for rule in second for event in rule.observe(scene)]

    assert [(event.rule, event.captured_at) for event in found] == [("camera.offline", at(5) + timedelta(seconds=30))]


def test_a_state_that_is_believed_late_is_told_as_of_its_beginning() -> None:
    """A turned camera is believed to be turned after ten seconds, and to be well after two."""
    own = {"rules": [{"rule": "camera.moved", "after": "5s"}]}
    dated = [
        *scenes((S.LIVE, 30)),
        *(replace(one, state_since=at(10)) for one in scenes((S.LIVE, 30), (S.MOVED, 60))[30:]),
        *(replace(one, state_since=at(58)) for one in scenes((S.LIVE, 65))[60:]),
    ]

    assert events(dated, **own) == [("camera.moved", "raised", 15.0), ("camera.moved", "cleared", 58.0)]


def test_the_end_of_a_stream_s_state_is_not_a_picture_s() -> None:
    """What the picture was like before the stream broke dates nothing of the stream's."""
    dated = [replace(one, state_since=at(12)) for one in scenes((S.LIVE, 10), (S.LATE, 60), (S.LIVE, 65))]

    assert events(dated) == [("camera.late", "raised", 40.0), ("camera.late", "cleared", 60.0)]
