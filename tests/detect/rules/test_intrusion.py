"""`intrusion`: who stays where nobody should be is told when his time is up, and once.

One character is half a second; `dwell` is 2 s, four characters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from config.model import Label
from detect.rules import Rule
from tests.detect.given import BEGIN, scene, track
from tests.detect.rules.film import Mover, standing, told
from tests.detect.rules.timeline import play, rules, said, scenes


def zone_rule(**parts: object) -> Rule:
    """The rule of the zone `lane`, with `parts` of its settings."""
    (rule,) = rules(rules=({"rule": "intrusion", "zone": "lane", "dwell": "2s", **parts},))[1]
    return rule


TIMELINES = {
    "nobody": ("..........", []),
    "passes through": ("..111.......", []),
    "stays": ("..11111111", [("raised", 3.0)]),
    "stays and leaves": ("..1111111.......", [("raised", 3.0), ("cleared", 4.0)]),
    "one who passes after another is two who pass": ("..111.....222.....", []),
    "missed for a frame": ("..11.1111", [("raised", 3.0)]),
    "missed for a second": ("..11..11111", [("raised", 3.0)]),
    "gone just before his time is up": ("..1111......", []),
    "another comes while the first is there": ("..111111222222........", [("raised", 3.0), ("cleared", 6.5)]),
    "covered: he is neither accused nor cleared": ("..11111111????????", [("raised", 3.0)]),
    "covered before his time is up": ("..11????......", []),
    "hidden for three seconds: he has not left": ("..111111......111111", [("raised", 3.0)]),
    "comes back after he left: told again": (
        "..111111........111111",
        [("raised", 3.0), ("cleared", 3.5), ("raised", 10.0)],
    ),
}


@pytest.mark.parametrize("name", TIMELINES)
def test_a_timeline_gives_these_events(name: str) -> None:
    """Raised at entry plus `dwell`, cleared when last seen."""
    text, events = TIMELINES[name]

    assert said(zone_rule(), text, zone="lane") == events


def there(x: float, begin_s: float, end_s: float, number: int) -> Mover:
    """Somebody who stands at `x` for a while."""
    return Mover(path=standing(x, 0.8, begin_s, end_s), number=number)


ONE_AFTER_ANOTHER: dict[str, tuple[tuple[Mover, ...], list[tuple[str, float]]]] = {
    "another steps in as the first has gone": ((there(0.6, 1, 2, 1), there(0.9, 3, 4.5, 2)), []),
    "a third after the second": ((there(0.6, 1, 2, 1), there(0.9, 2.5, 4, 2), there(0.7, 4.5, 6, 3)), []),
    "together for less than the time": ((there(0.6, 1, 2.5, 1), there(0.9, 1.5, 3.2, 2)), []),
    "the second stays": (
        (there(0.6, 1, 2, 1), there(0.9, 3, 6, 2)),
        [("raised", 5.0), ("cleared", 6.0)],
    ),
    "the first is told, and it lasts as long as the second": (
        (there(0.6, 1, 3.5, 1), there(0.9, 4, 5, 2)),
        [("raised", 3.0), ("cleared", 5.0)],
    ),
    "the second is told while the first is missed": (
        (there(0.6, 1, 2.5, 1), there(0.9, 1, 3.5, 2)),
        [("raised", 3.0), ("cleared", 3.5)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_AFTER_ANOTHER)
def test_nobody_is_told_who_was_not_there_long_enough_himself(name: str) -> None:
    """The stays of several are not added up; what has been told goes on while anybody stays."""
    movers, events = ONE_AFTER_ANOTHER[name]

    assert told(zone_rule(), *movers, until_s=10, step_s=0.25) == events


def hidden_for(begin_s: float, seconds: float, **parts: Any) -> Mover:
    """Somebody who stands there from 1 to 14 and is not seen for a while, as when a car passes before him."""
    path = parts.pop("path", standing(0.7, 0.8, 1, 14))
    return Mover(path=path, hidden=((begin_s, begin_s + seconds),), **parts)


AT_THE_EDGE = standing(0.97, 0.8, 1, 14)  # the picture cuts him off
OUT_OF_THE_ZONE = (
    (1.0, 0.7, 0.8),
    (6.0, 0.7, 0.8),
    (7.0, 0.4, 0.8),
    (10.0, 0.4, 0.8),
    (10.5, 0.7, 0.8),
    (14.0, 0.7, 0.8),
)
ONE, TWO = [("raised", 3.0), ("cleared", 14.0)], [("raised", 3.0), ("cleared", 7.7)]
HIDDEN: dict[str, tuple[tuple[Mover, ...], list[tuple[str, float]]]] = {
    **{f"for {gap} s": ((hidden_for(8, gap),), ONE) for gap in (1.0, 1.3, 1.7, 2.3, 2.9)},
    **{f"for {gap} s, before his time is up": ((hidden_for(2.2, gap),), ONE) for gap in (1.3, 2.3)},
    "for 3 s, twice": ((Mover(path=standing(0.7, 0.8, 1, 14), hidden=((5, 7.5), (8.5, 11))),), ONE),
    "for 5 s: he has left": ((hidden_for(8, 5),), TWO),
    "and has another number then": (
        (Mover(path=standing(0.7, 0.8, 1, 7.7)), Mover(path=standing(0.7, 0.8, 10.3, 14), number=2)),
        ONE,
    ),
    "at the picture's edge: he may have gone over it": (
        (hidden_for(8, 2.3, path=AT_THE_EDGE),),
        [*TWO, ("raised", 12.3), ("cleared", 14.0)],
    ),
    "having walked out of the zone": (
        (Mover(path=OUT_OF_THE_ZONE, hidden=((7.5, 10.4),)),),
        [("raised", 3.0), ("cleared", 6.7), ("raised", 12.7), ("cleared", 14.0)],
    ),
    "and walks: who comes from there a moment later is another": (
        (
            Mover(path=((1.0, 0.55, 0.8), (2.0, 0.75, 0.8))),
            Mover(path=((3.4, 0.75, 0.8), (4.6, 0.55, 0.8)), number=2),
        ),
        [],
    ),
    "and walks, and another comes from there and stays": (
        (
            Mover(path=((1.0, 0.55, 0.8), (2.0, 0.75, 0.8))),
            Mover(path=((4.0, 0.75, 0.8), (5.0, 0.6, 0.8), (14.0, 0.6, 0.8)), number=2),
        ),
        [("raised", 6.0), ("cleared", 14.0)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("rule", [{"rule": "intrusion"}, {"rule": "guard_gap", "dwell": "2s"}])
def test_who_is_hidden_for_a_moment_has_not_left(name: str, rule: dict[str, str]) -> None:
    """One stay is one event, begun when it began; who has gone is told as gone when he was last seen."""
    movers, events = HIDDEN[name]

    assert told(zone_rule(**rule), *movers, until_s=20) == events


def test_who_stands_still_is_seen_by_the_heartbeat_and_is_one_event() -> None:
    """A frame every two seconds, one of them missed: he has not left."""
    rule = zone_rule()
    timeline = [scene(2.0 * i, track(seen=2.0 * i), zone="lane") for i in range(10) if i != 5]
    timeline.insert(5, scene(10.0, zone="lane"))

    assert [event.phase.value for event in play(rule, timeline)] == ["raised"]


@pytest.mark.parametrize(
    ("asked", "there", "told"),
    [
        ("person", Label.CAR, False),
        ("vehicle", Label.CAR, True),
        ("vehicle", Label.VEHICLE, True),
        ("car", Label.TRUCK, False),
        ("bike", Label.BICYCLE, True),
    ],
)
def test_only_the_classes_that_are_asked_for_count(asked: str, there: Label, told: bool) -> None:
    """Who asks for vehicles means cars too; who asks for cars does not mean trucks."""
    rule = zone_rule(classes=[asked])

    assert bool(said(rule, "11111111", zone="lane", label=there)) is told


def test_somebody_in_another_zone_is_none_of_its_business() -> None:
    """The post is not the lane."""
    assert said(zone_rule(), "11111111", zone="post") == []


def test_two_at_once_are_one_event_with_their_number() -> None:
    """The detail says how many and what."""
    rule = zone_rule(classes=["person", "vehicle"])
    timeline = [
        scene(i / 2, track(1, seen=i / 2), track(2, seen=i / 2, label=Label.CAR), zone="lane") for i in range(6)
    ]

    (event,) = play(rule, timeline)

    assert event.detail == {"inside_s": 2.0, "count": 2, "classes": "car,person"}


def test_a_cleared_event_still_says_who_was_there() -> None:
    """The operator reads it afterwards."""
    rule = zone_rule(classes=["person"])

    _, cleared = play(rule, scenes("1111111........", zone="lane"))

    assert (cleared.detail["count"], cleared.detail["classes"]) == (1, "person")


def test_one_who_was_there_when_the_stream_began_counts_from_then() -> None:
    """The timer runs from the first analysed frame."""
    (event,) = play(zone_rule(), scenes("11111", zone="lane"))

    assert event.started_at == next(iter(scenes("1"))).captured_at


DOUBTED: dict[str, tuple[str, list[tuple[str, float]]]] = {
    "for two seconds, and then no longer": ("..111111cccc111111", [("raised", 3.0)]),
    "... who was seen to leave": ("..111111oooo111111", [("raised", 3.0), ("cleared", 3.5), ("raised", 8.0)]),
    "for good": ("..111111cccccccccccc", [("raised", 3.0), ("cleared", 3.5)]),
    "from the first": ("..cccccccccccc", []),
}


@pytest.mark.parametrize("name", DOUBTED)
def test_who_is_found_in_the_zone_and_is_not_borne_out_for_a_while_is_hidden(name: str) -> None:
    """In the dark he differs now and then: `c` is his claim in the zone, `o` one outside it."""
    text, events = DOUBTED[name]
    played = []
    for second, mark in zip(np.arange(len(text)) / 2, text, strict=True):
        one = replace(track(1, first=1.0, seen=second), borne_out=mark == "1")
        instant = scene(second, one, zone="lane") if mark != "." else scene(second, zone="lane")
        played.append(replace(instant, occupancy={"lane": ()}) if mark == "o" else instant)

    assert [
        (said.phase.value, (said.captured_at - BEGIN).total_seconds()) for said in play(zone_rule(), played)
    ] == events
