"""Composed clips of posts: guards who leave, doze, are relieved, and all that must not be taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle
from typing import Any

from bench.accuracy.cast import Cast, person, vehicle
from bench.accuracy.clips import Composed, Due, nobody, people, spans, told
from bench.accuracy.places import GATE, PAIR
from bench.accuracy.weather import CLOUDS, DAY, EVERY, HEADLIGHTS, NIGHT, OVERCAST, RAIN, SHAKING, Fault, Weather
from sample_streams.scenes import Polygon

ABSENT_S, ASLEEP_S, SHORT_S = 6.0, 12.0, 6.0
COATS = cycle(("light-coat", "dark-coat"))
AT_GATE: Polygon = ((0.17, 0.60), (0.47, 0.60), (0.47, 0.97), (0.17, 0.97))
AT_PAIR: Polygon = ((0.60, 0.62), (0.90, 0.62), (0.90, 0.98), (0.60, 0.98))
STATES = {
    "covered": "camera.covered",
    "dark": "camera.dark",
    "frozen": "camera.frozen",
    "blurred": "camera.defocused",
    "turned": "camera.moved",
}
SHIFTS = [{"name": "morning", "hours": "08:00-16:00"}, {"name": "evening", "hours": "16:00-24:00"}]


def post(polygon: Polygon, **settings: Any) -> Mapping[str, Any]:
    """A camera with one post."""
    usual = {"zone": "post", "absent_after": f"{ABSENT_S:g}s", "asleep_after": f"{ASLEEP_S:g}s"}
    return {"zones": {"post": {"polygon": polygon}}, "posts": [{**usual, **settings}]}


def posts() -> Iterator[Composed]:
    """Every one of them."""
    for weather in EVERY:
        yield _leaves(weather, in_ci=weather in {DAY, NIGHT})
        yield _one_of_two_leaves(weather, in_ci=weather is DAY)
        yield _both_stay(weather, in_ci=weather is DAY)
        yield _watches(weather, in_ci=weather is RAIN)
        yield _behind_a_truck(weather, in_ci=weather is DAY)
        yield _passed_by(weather)
    for weather in (DAY, OVERCAST, NIGHT, RAIN, SHAKING, CLOUDS):
        yield _sleeps(weather, in_ci=weather in {DAY, NIGHT})
    yield from _reliefs()
    yield from _lights()
    yield from _faults()
    yield from _states()


def _leaves(weather: Weather, *, in_ci: bool = False) -> Composed:
    """Out of the picture and back."""
    away = Cast(
        players=(
            person(
                (0, 196, 282), (8, 196, 282), (12, -40, 318), (28, -40, 318), (32, 196, 282), (38, 196, 282),
                cutout=next(COATS),
            ),
        )
    )  # fmt: skip
    causes = spans(away, GATE, AT_GATE, 38, nobody)
    return Composed(
        name=f"post-left-{weather.name}",
        place=GATE,
        weather=weather,
        cast=away,
        length_s=38,
        camera=post(AT_GATE),
        due=told("post.absent", "post", causes, ABSENT_S),
        in_ci=in_ci,
    )


def _sleeps(weather: Weather, *, in_ci: bool = False) -> Composed:
    """He shifts his weight for the last time at 6.8 s, and stirs again at 33 s."""
    return Composed(
        name=f"post-asleep-{weather.name}",
        place=GATE,
        weather=weather,
        cast=Cast(players=(person((0, 196, 282), (40, 196, 282), cutout=next(COATS), still=((6.8, 33.0),)),)),
        length_s=38,
        camera=post(AT_GATE),
        due=(Due(rule="post.asleep", zone="post", at_s=6.8 + ASLEEP_S),),
        in_ci=in_ci,
    )


def _watches(weather: Weather, *, in_ci: bool = False) -> Composed:
    """He shifts his weight every six seconds."""
    return Composed(
        name=f"post-watched-{weather.name}",
        place=GATE,
        weather=weather,
        cast=Cast(players=(person((0, 196, 282), (40, 196, 282), cutout=next(COATS)),)),
        length_s=36,
        camera=post(AT_GATE),
        in_ci=in_ci,
    )


def _one_of_two_leaves(weather: Weather, *, in_ci: bool = False) -> Composed:
    cast = Cast(
        players=(
            person((0, 430, 290), (40, 430, 290), cutout="dark-coat"),
            person((0, 530, 300), (8, 530, 300), (11, 700, 310), (26, 700, 310), (29, 530, 300), (40, 530, 300)),
        )
    )
    causes = spans(cast, PAIR, AT_PAIR, 36, people(1, 1))
    return Composed(
        name=f"post-short-{weather.name}",
        place=PAIR,
        weather=weather,
        cast=cast,
        length_s=36,
        camera=post(AT_PAIR, guards="double", understaffed_after=f"{SHORT_S:g}s"),
        due=told("post.understaffed", "post", causes, SHORT_S),
        in_ci=in_ci,
    )


def _both_stay(weather: Weather, *, in_ci: bool = False) -> Composed:
    """One of the two paces within the post, and shifts before the other for a while."""
    cast = Cast(
        players=(
            person((0, 430, 290), (40, 430, 290), cutout="dark-coat"),
            person((0, 530, 300), (8, 530, 300), (11, 450, 300), (13, 450, 300), (16, 530, 300), (40, 530, 300)),
        )
    )
    return Composed(
        name=f"post-both-stay-{weather.name}",
        place=PAIR,
        weather=weather,
        cast=cast,
        length_s=30,
        camera=post(AT_PAIR, guards="double", understaffed_after=f"{SHORT_S:g}s"),
        in_ci=in_ci,
    )


def _behind_a_truck(weather: Weather, *, in_ci: bool = False) -> Composed:
    """It stops before the guard for twice as long as the post may be empty."""
    passing = vehicle((5, -320, 318), (9, 200, 318), (21, 200, 318), (25, 960, 318))
    return Composed(
        name=f"post-behind-a-truck-{weather.name}",
        place=GATE,
        weather=weather,
        cast=Cast(players=(person((0, 196, 282), (40, 196, 282), cutout=next(COATS)), passing)),
        length_s=32,
        camera=post(AT_GATE),
        in_ci=in_ci,
    )


def _passed_by(weather: Weather) -> Composed:
    """Two people walk past close before the guard, one after another."""
    first = person((6, 680, 306), (16, -40, 306), cutout="dark-coat")
    second = person((18, -40, 310), (28, 680, 310), cutout="light-coat")
    return Composed(
        name=f"post-passed-by-{weather.name}",
        place=GATE,
        weather=weather,
        cast=Cast(players=(person((0, 196, 282), (40, 196, 282), cutout=next(COATS)), first, second)),
        length_s=32,
        camera=post(AT_GATE),
    )


def _reliefs() -> Iterator[Composed]:
    """The old guard leaves, the new one comes eight seconds later: at a change of shifts, and at noon."""
    cast = Cast(
        players=(
            person((0, 220, 282), (8, 220, 282), (12, -40, 318)),
            person((19, -40, 318), (23, 220, 282), (40, 220, 282), cutout="dark-coat"),
        )
    )
    causes = spans(cast, GATE, AT_GATE, 34, nobody)
    for name, start, due in (
        ("at-the-change", "2026-01-01T07:59:45Z", ()),
        ("at-noon", "2026-01-01T12:00:00Z", told("post.absent", "post", causes, ABSENT_S)),
    ):
        for weather in (DAY, OVERCAST, NIGHT):
            yield Composed(
                name=f"post-relief-{name}-{weather.name}",
                place=GATE,
                weather=weather,
                cast=cast,
                length_s=34,
                camera=post(AT_GATE, relief="30s"),
                due=due,
                start=start,
                in_ci=weather is DAY and name == "at-the-change",
            )


def _lights() -> Iterator[Composed]:
    """A lamp goes off and on again; the guard stays."""
    for weather in (DAY, NIGHT):
        switched = replace(weather, level=lambda at_s: 0.6 if 12 <= at_s < 24 else 1.0)
        yield replace(_watches(switched), name=f"post-lamp-switched-{weather.name}")


def _faults() -> Iterator[Composed]:
    """The camera fails while the guard is there, which accuses nobody, and while he is away, which clears nobody."""
    for kind in ("covered", "dark", "frozen"):
        fails = replace(DAY, faults=(Fault(kind=kind, from_s=12, to_s=26),))
        patient = post(AT_GATE, asleep_after="30s")  # a picture is known to be frozen after ten seconds
        yield replace(_watches(fails), name=f"post-watched-camera-{kind}", camera=patient, in_ci=kind == "covered")
        leaves = person((0, 196, 282), (4, 196, 282), (8, -40, 318))
        later = replace(DAY, faults=(Fault(kind=kind, from_s=18, to_s=30),))
        cast = Cast(players=(leaves,))
        yield Composed(
            name=f"post-left-camera-{kind}",
            place=GATE,
            weather=later,
            cast=cast,
            length_s=42,
            camera=post(AT_GATE),
            due=told("post.absent", "post", spans(cast, GATE, AT_GATE, 18, nobody), ABSENT_S),
        )


def _states() -> Iterator[Composed]:
    """What the camera itself is to tell: the rule's three seconds after it began, however late it is believed."""
    for kind, rule in STATES.items():
        for weather in (DAY, NIGHT):
            broken = replace(weather, faults=(Fault(kind=kind, from_s=20, to_s=60),))
            watched = {**post(AT_GATE, asleep_after=None), "rules": [{"rule": rule, "after": "3s"}]}
            yield replace(
                _watches(broken),
                name=f"camera-{kind}-{weather.name}",
                length_s=52,
                camera=watched,
                due=(Due(rule=rule, zone="", at_s=20 + 3.0),),
                in_ci=weather is DAY,
            )


__all__ = ["AT_GATE", "AT_PAIR", "HEADLIGHTS", "SHIFTS", "post", "posts"]
