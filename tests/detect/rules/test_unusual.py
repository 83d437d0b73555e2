"""`unusual`: counts of this hour of the week against those of the weeks before.

Windows are of a minute; the beginning of every film is the beginning of a window, a Thursday, 08:00 in Shanghai.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from config.model import Label
from detect.baseline import Baseline, Remembered
from detect.messages import Place, Scene, Spans, Weeks, WindowCount
from detect.rules import Rule, build
from tests.detect.given import BEGIN, at, camera
from tests.detect.rules.film import Mover, film, short, standing
from tests.detect.rules.timeline import play

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE = timedelta(minutes=1)


def learnt(count: int, *, label: Label = Label.PERSON, zone: str = "lane", weeks: int = 4) -> Remembered:
    """A baseline with `count` in every minute about this hour, in each of the last `weeks`."""
    place = Place(camera="gate", zone=zone, label=label, window=MINUTE)
    begins = [BEGIN - week * timedelta(days=7) + minute * MINUTE for week in range(1, weeks + 1) for minute in range(8)]
    return Remembered([WindowCount(place=place, begins_at=begin, count=count) for begin in begins])


def rule(baseline: Baseline, **parts: object) -> Rule:
    """People in the lane, by the minute."""
    settings = {"rule": "unusual", "zone": "lane", "classes": ["person"], "window": "1m", **parts}
    (made,) = build(camera(rules=[settings]), ZONE, baseline)
    return made


def visits(count: int, begin_s: float = 0.0, *, first: int = 1, x: float = 0.6) -> list[Mover]:
    """So many people, who walk through within a second and a half, one every two seconds."""
    begins = [begin_s + 2 * i for i in range(count)]
    return [
        Mover(path=((begin, x, 0.9), (begin + 1.5, x + 0.3, 0.9)), number=first + i) for i, begin in enumerate(begins)
    ]


def nobody(until_s: float) -> Mover:
    """Somebody in another zone, so that there is a film."""
    return Mover(path=standing(0.2, 0.9, 0, until_s), number=999)


def told(rule: Rule, movers: Iterable[Mover], until_s: float) -> list[tuple[str, float]]:
    """Phase and second of every event."""
    return short(play(rule, film(*movers, until_s=until_s)))


def test_more_than_usual_is_told_when_it_is_exceeded() -> None:
    """Ten in a minute where nobody usually comes: at the moment the tenth came; over with the next usual minute."""
    assert told(rule(learnt(0)), visits(12), 130) == [("raised", 18.0), ("cleared", 120.0)]


def test_as_many_as_may_be_is_no_news() -> None:
    """Nine."""
    assert told(rule(learnt(0)), visits(9), 130) == []


def test_fewer_than_usual_is_told_at_the_end_of_the_window() -> None:
    """Twenty a minute, and today nobody: only the whole minute says so. It clears when twenty have come again."""
    crowd = visits(20, 60)

    assert told(rule(learnt(20)), [nobody(130), *crowd], 130) == [("raised", 60.0), ("cleared", 120.0)]


def test_as_usual_is_no_news() -> None:
    """Twenty a minute, and today twenty."""
    assert told(rule(learnt(20)), [*visits(20), *visits(20, 60, first=50)], 130) == []


def test_it_is_one_event_while_it_lasts() -> None:
    """Two minutes with too many, then a usual one."""
    busy = [*visits(15), *visits(15, 60, first=50)]

    assert told(rule(learnt(0)), busy, 190) == [("raised", 18.0), ("cleared", 180.0)]


@pytest.mark.parametrize("weeks", [0, 1, 2])
def test_nothing_is_said_while_it_is_learning(weeks: int) -> None:
    """Three weeks at least."""
    assert told(rule(learnt(0, weeks=weeks)), visits(25), 130) == []


def test_who_stays_counts_once_a_window_whatever_number_the_tracker_gives_him() -> None:
    """Hidden for a moment every few seconds, and each time under a new number."""
    same = [Mover(path=standing(0.8, 0.9, 3 * i, 3 * i + 1.5), number=i + 1) for i in range(20)]
    baseline = learnt(0)

    assert told(rule(baseline), same, 65) == []
    assert [one.count for one in baseline.learnt] == [1]


def test_who_is_elsewhere_or_something_else_does_not_count() -> None:
    """Another zone; another class."""
    elsewhere = visits(20, x=0.1)
    vehicles = [replace(one, label=Label.CAR) for one in visits(20, first=50)]

    assert told(rule(learnt(0)), [*elsewhere, *vehicles], 65) == []


def test_without_a_zone_the_whole_picture_counts() -> None:
    """Wherever they are."""
    elsewhere = visits(12, x=0.1)

    assert told(rule(learnt(0, zone=""), zone=""), elsewhere, 65) == [("raised", 18.0)]


def test_each_class_has_its_own_baseline_and_the_worst_is_told() -> None:
    """Ten people are usual here, ten vehicles are not."""
    baseline = learnt(10)
    for counted in learnt(0, label=Label.VEHICLE)._counts.items():
        place, counts = counted
        for begins_at, count in counts.items():
            baseline.learn(WindowCount(place=place, begins_at=begins_at, count=count))
    vehicles = [replace(one, label=Label.TRUCK) for one in visits(12, 1, first=50)]

    events = play(rule(baseline, classes=["person", "vehicle"]), film(*visits(12), *vehicles, until_s=65))

    assert [(one.phase.value, one.detail["class"]) for one in events] == [("raised", "vehicle")]


def test_the_alert_explains_itself() -> None:
    """What was counted when, what is usual then, and how much is known of that."""
    (raised,) = play(rule(learnt(0)), film(*visits(12), until_s=30))

    assert raised.detail == {
        "class": "person",
        "count": 10,
        "unlike": "many",
        "usual": 0,
        "usual_least": 0,
        "usual_most": 9,
        "window": "08:00",
        "window_s": 60.0,
        "weeks": 4,
        "samples": 32,
    }


def test_a_cleared_event_tells_the_whole_count() -> None:
    """Of the newest window that was unusual."""
    *_, cleared = play(rule(learnt(0)), film(*visits(25), until_s=130))

    assert (cleared.phase.value, cleared.detail["count"]) == ("cleared", 25)


def test_every_whole_window_is_learnt() -> None:
    """Once each, when it is over."""
    baseline = learnt(0)

    told(rule(baseline), [*visits(3), *visits(5, 60, first=50), *visits(2, 120, first=90)], 150)

    assert [(one.begins_at, one.count) for one in baseline.learnt] == [(at(0), 3), (at(60), 5)]


def blinded(scenes: Iterable[Scene], begin_s: float, end_s: float) -> Iterator[Scene]:
    """`scenes`, those from `begin_s` to `end_s` of a covered camera."""
    for one in scenes:
        covered = at(begin_s) <= one.captured_at < at(end_s)
        yield replace(one, blind="covered", tracks=(), occupancy={}) if covered else one


def without(scenes: Iterable[Scene], begin_s: float, end_s: float) -> Iterator[Scene]:
    """`scenes`, without those from `begin_s` to `end_s`."""
    return (one for one in scenes if not at(begin_s) <= one.captured_at < at(end_s))


@pytest.mark.parametrize("lose", [blinded, without])
@pytest.mark.parametrize(("begin_s", "end_s"), [(10, 20), (0, 10), (50, 70), (50, 60)])
def test_a_window_that_was_not_watched_is_thrown_away(lose: object, begin_s: float, end_s: float) -> None:
    """It is not learnt, and does not say that there were few."""
    baseline = learnt(20)
    seen = film(nobody(61), until_s=61)

    events = play(rule(baseline), lose(seen, begin_s, end_s))  # type: ignore[operator]

    assert events == []
    assert baseline.learnt == []


def test_a_moment_without_a_picture_costs_no_window() -> None:
    """A reconnect of two seconds in a minute."""
    baseline = learnt(20)

    events = play(rule(baseline), blinded(film(nobody(61), until_s=61), 10, 12))

    assert short(events) == [("raised", 60.0)]
    assert len(baseline.learnt) == 1


def test_more_than_usual_is_so_however_little_was_seen() -> None:
    """Half of the minute is blind; ten have come in the other half."""
    events = play(rule(learnt(0)), blinded(film(*visits(12), until_s=50), 30, 50))

    assert short(events) == [("raised", 18.0)]


def test_blindness_never_clears() -> None:
    """What was open stays open until a whole window was usual."""
    events = play(rule(learnt(0)), blinded(film(*visits(12), nobody(260), until_s=260), 61, 150))

    assert short(events) == [("raised", 18.0), ("cleared", 240.0)]


def test_a_window_that_began_before_the_rules_hours_is_not_whole() -> None:
    """They begin at half past the minute, which nobody would write; the first whole window counts."""
    baseline = learnt(20)
    late = without(film(nobody(125), until_s=125), 0, 30)

    assert short(play(rule(baseline), late)) == [("raised", 120.0)]


class Slow:
    """A baseline whose answer takes a while: a database."""

    def __init__(self, behind: Remembered, answers_after: int) -> None:
        self._behind = behind
        self._left = answers_after

    def weeks(self, place: Place, spans: Spans) -> Weeks | None:
        self._left -= 1
        return self._behind.weeks(place, spans) if self._left < 0 else None

    def learn(self, counted: WindowCount) -> None:
        self._behind.learn(counted)


def test_a_slow_answer_is_waited_for() -> None:
    """It is asked for again with every look; what has come until then counts."""
    assert told(rule(Slow(learnt(0), 40)), visits(12), 65) == [("raised", 18.0)]


def test_without_an_answer_nothing_is_said() -> None:
    """The database is away for the whole window."""
    slow = Slow(learnt(20), 10**6)

    assert told(rule(slow), [nobody(65)], 65) == []


def test_the_window_goes_on_in_another_process() -> None:
    """Who was counted before is not counted again."""
    scenes = list(film(*visits(12), until_s=130))
    whole, first, second = (rule(learnt(0)) for _ in range(3))

    before = play(first, scenes[:30])
    second.restore(json.loads(json.dumps(first.snapshot())))

    assert [*before, *play(second, scenes[30:])] == play(whole, scenes)


def test_outside_its_hours_it_says_nothing_and_learns_nothing() -> None:
    """It is eight in the morning."""
    baseline = learnt(0)

    assert told(rule(baseline, hours="09:00-17:00"), visits(20), 65) == []
    assert baseline.learnt == []
