"""`post.absent`: who leaves a post is told when his time is up, and nobody is accused for want of a picture.

One character is half a second; `absent_after` is 2 s, four characters.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.hours import parse_hours
from config.model import Label, Post
from detect.rules import Rule
from tests.detect.given import scene, track
from tests.detect.rules.timeline import play, rules, said, scenes

AFTER = timedelta(seconds=2)


def post_rule(**parts: object) -> Rule:
    """The rule of one post, with `parts` of its settings."""
    (rule,) = rules(posts=(Post.model_validate({"zone": "post", "absent_after": AFTER, **parts}),))[1]
    return rule


TIMELINES = {
    "guarded all the time": ("1111111111", []),
    "left for good": ("1111......", [("raised", 4.0)]),
    "left for too short a time": ("111...11111", []),
    "left and back": ("11.......1111", [("raised", 3.0), ("cleared", 4.5)]),
    "relieved by somebody else": ("111...2222", []),
    "empty from the beginning": ("......", [("raised", 2.0)]),
    "seen in a single frame, which may be a mistake": ("11....3......", [("raised", 3.0)]),
    "a single frame while the alert stands does not clear it": ("11......3....", [("raised", 3.0)]),
    "two frames clear it, from the first on": ("11......33...", [("raised", 3.0), ("cleared", 4.0)]),
    "back just before the time is up, certain just after": ("11...11111", []),
    "back at the very moment the time is up": ("11....1111", []),
    "covered all the time": ("??????????", []),
    "covered while somebody is there": ("11????????", []),
    "covered while nobody is there: the timer waits": ("11..??..?...", [("raised", 5.5)]),
    "covered for longer than the rule's time: it begins anew": ("11..??????....", []),
    "... and is told when the new time is up": ("11..??????.....", [("raised", 7.0)]),
    "covered never clears": ("11.......????????", [("raised", 3.0)]),
    "the alert outlasts any unknown, and then clears": ("11......??????????111", [("raised", 3.0), ("cleared", 9.0)]),
    "no frames at all are as good as covered": ("11          ..", []),
    "... and count from the first frame after": ("11          ......", [("raised", 8.0)]),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_a_timeline_gives_these_events(name: str) -> None:
    """Each is stamped with the moment it became true, not with the frame that noticed."""
    text, events = TIMELINES[name]

    assert said(post_rule(), text) == events


def test_a_frame_that_comes_late_does_not_move_the_alert() -> None:
    """Left at 1.0, due at 3.0, seen at 4.6 only: it is stamped 3.0."""
    rule = post_rule()
    timeline = [scene(0, track(seen=0)), scene(0.5, track(seen=0.5)), scene(1.0), scene(2.8), scene(4.6)]

    (event,) = play(rule, timeline)

    assert (event.started_at.second, event.captured_at.second, event.captured_at.microsecond) == (1, 3, 0)


def test_a_lost_track_guards_nothing() -> None:
    """What is shown for a moment after it was last detected is not somebody at the post."""
    rule = post_rule()
    timeline = [scene(0, track(seen=0)), *(scene(i / 2, track(seen=0)) for i in range(1, 6))]

    assert [event.phase.value for event in play(rule, timeline)] == ["raised"]


def test_a_car_does_not_guard() -> None:
    """Only a person does."""
    assert said(post_rule(), "1111111", label=Label.CAR) == [("raised", 2.0)]


def test_it_is_told_again_while_it_lasts() -> None:
    """Every `realert_every`, counted from the alert."""
    rule = post_rule(realert_every="1s")

    assert said(rule, "........11") == [("raised", 2.0), ("updated", 3.0), ("cleared", 4.0)]


def test_a_long_gap_gives_one_reminder_not_many() -> None:
    """After ten seconds without a picture the page is not flooded."""
    rule = post_rule(realert_every="1s")

    assert said(rule, "......" + " " * 20 + ".") == [("raised", 2.0), ("updated", 13.0)]


def test_outside_its_hours_a_post_may_be_empty() -> None:
    """The clip begins at 08:00 in Shanghai."""
    assert said(post_rule(hours=parse_hours("09:00-10:00")), "." * 20) == []


def test_an_alert_clears_when_its_hours_end() -> None:
    """Who may leave has not left his post."""
    rule = post_rule(hours=parse_hours("07:00-08:01"))
    minute = [scene(seconds) for seconds in range(55, 65)]

    events = play(rule, minute)

    assert [(event.phase.value, event.captured_at.second) for event in events] == [("raised", 57), ("cleared", 0)]


def test_at_the_beginning_of_its_hours_the_time_begins_too() -> None:
    """Nobody was due before."""
    rule = post_rule(hours=parse_hours("08:01-09:00"))

    events = play(rule, [scene(seconds) for seconds in range(50, 66)])

    assert [event.captured_at.second for event in events] == [2]


def test_one_absence_is_one_event_and_the_next_another() -> None:
    """Raised and cleared share an id; so do replay and live."""
    text = "11......111......1111"

    ids = [event.id for event in play(post_rule(), scenes(text))]
    again = [event.id for event in play(post_rule(), scenes(text))]

    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert ids == again


def test_the_detail_says_how_long() -> None:
    """In seconds, with how many must be there."""
    raised, cleared = play(post_rule(), scenes("11......111"))

    assert raised.detail == {"absent_s": 2.0, "min_guards": 1}
    assert cleared.detail == {"absent_s": 3.0, "min_guards": 1}


def test_what_is_known_of_a_post_is_one_of_three() -> None:
    """Present, absent, unknown: the contract's own words."""
    rule = post_rule()
    seen = []
    for one in scenes("11.?."):
        rule.observe(one)
        seen.append(rule.snapshot()["seen"]["presence"])

    assert seen[1:] == ["present", "absent", "unknown", "absent"]
