"""`post.asleep`: who does not move is told when his time is up; whoever moves, comes or leaves is not.

One character is half a second; `asleep_after` is 2 s, four characters. `1` somebody who moves, `-` the same, still;
`~` the same, of whom it cannot be told; `=` still, and what could not be told before is known now; `_` the same, missed
by the detector for a moment; `.` nobody; `?` blind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.model import Label, Post
from detect.messages import Scene, Stay, Track
from detect.rules import Rule
from tests.detect.given import at, scene, track
from tests.detect.rules.timeline import Said, play, rules


def post_rule(**parts: object) -> Rule:
    """The rule of one post."""
    post = Post.model_validate({"zone": "post", "absent_after": None, "asleep_after": "2s", **parts})
    (rule,) = rules(posts=(post,))[1]
    return rule


def person(number: int, at_s: float, moved_s: float, watched_s: float, **parts: object) -> Track:
    """Somebody who moved at `moved_s`, and of whom it could be told at `watched_s`."""
    return replace(track(number, seen=at_s), moved_at=at(moved_s), watched_at=at(watched_s), **parts)  # type: ignore[arg-type]


def one(text: str) -> Iterator[Scene]:
    """A timeline of one person."""
    came = moved = watched = seen = 0.0
    before = "."
    for index, mark in enumerate(text):
        at_s = index / 2
        if mark == "?":
            yield scene(at_s, blind="covered")
            continue
        if mark == ".":
            before = mark
            yield scene(at_s)
            continue
        came = at_s if before == "." else came
        moved = at_s if before == "." or mark == "1" else moved
        watched = at_s if mark in "1-=" else watched
        known = at(came) if mark == "=" else None
        seen = seen if mark == "_" else at_s
        before = mark
        told = person(1, at_s, moved, watched, watched_since=known)
        yield scene(at_s, replace(told, last_seen_at=at(seen)), entered=came)


TIMELINES = {
    "moves all the time": ("1111111111", []),
    "falls asleep": ("111---------", [("raised", 3.0)]),
    "is still for too short a time": ("111---1---1---1", []),
    "wakes up": ("111-------111", [("raised", 3.0), ("cleared", 5.0)]),
    "gets up and leaves": ("111-------...", [("raised", 3.0), ("cleared", 4.5)]),
    "leaves before his time is up": ("111---.....", []),
    "leaves, and somebody comes who sits as still": ("111---.---.---.---", []),
    "still from the beginning": ("-----", [("raised", 2.0)]),
    "covered: the time waits": ("1---??---", [("raised", 3.5)]),
    "covered never clears": ("1------????????", [("raised", 2.0)]),
    "it cannot be told for a moment: the time waits": ("1---~~---", [("raised", 3.5)]),
    "it cannot be told for longer than the rule's time: it begins anew": ("1---~~~~~-----", [("raised", 6.5)]),
    "it could not be told for a moment, and is known now: the time has gone on": ("1---~~=--", [("raised", 2.0)]),
    "... before he was still in any look": ("1~~=----", [("raised", 2.0)]),
    "... before he moves": ("1---~~1-----", [("raised", 5.0)]),
    "... but not for longer than the rule's time": ("1---~~~~~=----", [("raised", 6.5)]),
    "... nor while the camera was covered": ("1---?~=---", [("raised", 3.5)]),
    "... nor all of it": ("1---~~-~=---", [("raised", 3.5)]),
    "it can never be told": ("~~~~~~~~~~~~~", []),
    "missed by the detector for a moment": ("1---_----", [("raised", 3.0)]),
    "asleep, awake, asleep": ("1-----11-----", [("raised", 2.0), ("cleared", 3.0), ("raised", 5.5)]),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_a_timeline_gives_these_events(name: str) -> None:
    """Raised two seconds after the last movement."""
    text, events = TIMELINES[name]

    assert [(said.phase, said.at_s) for said in map(Said.of, play(post_rule(), one(text)))] == events


@pytest.mark.parametrize("name", TIMELINES)
@pytest.mark.parametrize("cut", [3, 6, 9])
def test_it_goes_on_from_what_was_kept(name: str, cut: int) -> None:
    """A worker that is started anew tells the same."""
    timeline = list(one(TIMELINES[name][0]))
    first, second = post_rule(), post_rule()
    before = play(first, timeline[:cut])
    second.restore(json.loads(json.dumps(first.snapshot())))

    assert [*before, *play(second, timeline[cut:])] == play(post_rule(), timeline)


def pair(*texts: str) -> Iterator[Scene]:
    """A timeline of several people, one text each."""
    for scenes in zip(*(list(one(text)) for text in texts), strict=True):
        stays = [
            replace(stay, track=replace(stay.track, id=number))
            for number, single in enumerate(scenes, 1)
            for stay in single.stays.get("post", ())
        ]
        yield replace(scenes[0], stays={"post": tuple(stays)}, tracks=tuple(stay.track for stay in stays))


def test_one_of_two_who_sleeps_is_told() -> None:
    """The other one's movement does not excuse him."""
    events = play(post_rule(), pair("111---------", "111111111111"))

    assert [(said.phase, said.at_s) for said in map(Said.of, events)] == [("raised", 3.0)]
    assert events[0].detail == {"still_s": 2.0, "present": 2}


def test_when_one_wakes_the_other_has_an_event_of_his_own() -> None:
    """With a beginning of his own."""
    events = play(post_rule(), pair("1--------1111111", "111111----------"))

    assert [(said.phase, said.at_s) for said in map(Said.of, events)] == [
        ("raised", 2.0),
        ("cleared", 4.5),
        ("raised", 4.5),
    ]
    assert events[0].id != events[2].id


def test_a_vehicle_does_not_sleep() -> None:
    """It may stand as long as it likes."""
    timeline = [replace(person(1, i / 2, 0.0, i / 2), label=Label.CAR) for i in range(12)]
    stays = [Stay(track=car, entered_at=at(0), inside_at=car.last_seen_at) for car in timeline]

    assert play(post_rule(), [replace(scene(i / 2), stays={"post": (stay,)}) for i, stay in enumerate(stays)]) == []
