"""Composed clips of the rules about zones, lines and the ground, each with what must not be taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bench.accuracy.cast import CAR_WIDE, VAN_WIDE, Cast, Player, person, thing, vehicle
from bench.accuracy.clips import Composed, Due, people, spans, told, vehicles
from bench.accuracy.places import FENCE, LANE, STREET, YARD
from bench.accuracy.weather import CLOUDS, DAY, EVERY, NIGHT, RAIN, Weather
from sample_streams.scenes import Polygon, Scene

STRIP: Polygon = ((0.06, 0.50), (0.94, 0.50), (0.94, 0.74), (0.06, 0.74))
CLOSED: Polygon = ((0.10, 0.46), (0.90, 0.46), (0.90, 0.76), (0.10, 0.76))
ROAD: Polygon = ((0.0, 0.53), (1.0, 0.53), (1.0, 0.80), (0.0, 0.80))
SQUARE: Polygon = ((0.15, 0.50), (0.95, 0.50), (0.95, 0.97), (0.15, 0.97))
MIDDLE = [[0.5, 0.45], [0.5, 0.98]]
INTO_THE_ROAD = [{"rule": "wrong_way", "line": [[0.02, 0.82], [0.98, 0.82]], "forbidden": "left_to_right"}]
OTHERS = [  # of a yard in which somebody stands for eleven seconds
    {"rule": "loitering", "zone": "square", "after": "30s"},
    {"rule": "crowd", "zone": "square", "count": 2, "after": "3s"},
    {"rule": "left_object", "zone": "square", "after": "4s"},
    {"rule": "removed_object", "zone": "square", "after": "4s"},
    {"rule": "guard_gap", "zone": "square", "hours": "22:00-06:00"},
    {"rule": "line_cross", "line": [[0.1, 0.5], [0.9, 0.5]]},
    {"rule": "intrusion", "zone": "square", "classes": ["vehicle"], "dwell": "1s"},
]
BLUE, YELLOW, RED, GREY = (1.0, 1.0, 1.0), (0.5, 0.95, 1.0), (0.5, 0.5, 1.0), (0.8, 0.8, 0.8)


def zones() -> Iterator[Composed]:
    """Every one of them."""
    for weather in (DAY, NIGHT):
        yield from _counts(weather)
    for weather in EVERY:
        yield from _intrusions(weather)
        yield from _vehicles(weather)
        yield from _yards(weather)
        yield from _grounds(weather)


def watched(zone: str, polygon: Polygon, rule: str, **settings: Any) -> Mapping[str, Any]:
    """A camera with one rule on one zone."""
    return {"zones": {zone: {"polygon": polygon}}, "rules": [{"rule": rule, "zone": zone, **settings}]}


def _clip(
    name: str, place: Scene, weather: Weather, players: tuple[Player, ...], length_s: float, camera: Mapping[str, Any]
) -> Composed:
    return Composed(
        name=f"{name}-{weather.name}",
        place=place,
        weather=weather,
        cast=Cast(players=players),
        length_s=length_s,
        camera=camera,
    )


def _intrusions(weather: Weather) -> Iterator[Composed]:
    camera = watched("strip", STRIP, "intrusion", dwell="2s")
    there = person((7, -40, 238), (15, 330, 240), (20, 330, 240), (28, 690, 238), cutout="dark-coat")
    clip = _clip("intrusion", FENCE, weather, (there,), 30, camera)
    causes = spans(clip.cast, FENCE, STRIP, 30, people(1))
    yield replace(clip, due=told("intrusion", "strip", causes, 2), in_ci=weather is NIGHT)
    yield _clip("no-intrusion", FENCE, weather, (person((5, -60, 330), (18, 700, 330)),), 22, camera)
    closed = watched("lane", CLOSED, "intrusion", classes=["vehicle"], dwell="1s")
    clip = _clip("vehicle-intrusion", LANE, weather, (vehicle((6, -220, 236), (15, 860, 236)),), 20, closed)
    causes = spans(clip.cast, LANE, CLOSED, 20, vehicles)
    yield replace(clip, due=told("intrusion", "lane", causes, 1))


def _vehicles(weather: Weather) -> Iterator[Composed]:
    stopped = watched("road", ROAD, "stopped_vehicle", after="8s")
    stops = vehicle((2, -120, 244), (7, 320, 244), (25, 320, 244), (30, 780, 244), wide=VAN_WIDE)
    clip = _clip("stopped", STREET, weather, (stops,), 34, stopped)
    yield replace(clip, due=(Due(rule="stopped_vehicle", zone="road", at_s=15.0),), in_ci=weather is DAY)
    pauses = vehicle((2, -120, 244), (7, 320, 244), (11, 320, 244), (16, 780, 244), wide=VAN_WIDE)
    follows = vehicle((12, 780, 232), (24, -140, 232), wide=CAR_WIDE, tint=YELLOW)
    beside = [{"rule": "queue", "zone": "road", "vehicles": 3, "after": "5s"}, *INTO_THE_ROAD]
    many = {**stopped, "rules": [*stopped["rules"], *beside]}
    yield replace(_clip("not-stopped", STREET, weather, (pauses, follows), 27, many), in_ci=weather is RAIN)
    yield from _ways(weather)
    yield from _queues(weather)


def _ways(weather: Weather) -> Iterator[Composed]:
    """Along the line from its first point, which is the upper one, the picture's right is the left."""
    camera = {"rules": [{"rule": "wrong_way", "line": MIDDLE, "forbidden": "left_to_right"}]}
    wrong = vehicle((4, 780, 244), (13, -140, 244), wide=VAN_WIDE, tint=RED)
    clip = _clip("wrong-way", STREET, weather, (wrong,), 17, camera)
    yield replace(clip, due=(Due(rule="wrong_way", zone="", at_s=8.5),), in_ci=weather is NIGHT)
    right = vehicle((4, -140, 244), (13, 780, 244), wide=VAN_WIDE, tint=RED)
    yield _clip("right-way", STREET, weather, (right,), 17, camera)


def _queues(weather: Weather) -> Iterator[Composed]:
    camera = watched("road", ROAD, "queue", vehicles=3, after="5s")
    first = vehicle((1, -120, 244), (6, 520, 244), (30, 520, 244), (33, 780, 244), wide=CAR_WIDE)
    second = vehicle((3, -120, 244), (8, 350, 244), (31, 350, 244), (34, 780, 244), wide=CAR_WIDE, tint=YELLOW)
    third = vehicle((6, -120, 244), (10, 170, 244), (32, 170, 244), (36, 780, 244), wide=CAR_WIDE, tint=GREY)
    clip = _clip("queue", STREET, weather, (first, second, third), 38, camera)
    yield replace(clip, due=(Due(rule="queue", zone="road", at_s=15.0),), in_ci=weather is DAY)
    yield _clip("no-queue", STREET, weather, (first, second), 30, camera)


def _yards(weather: Weather) -> Iterator[Composed]:
    yield from _loitering(weather)
    yield from _crossings(weather)
    yield from _crowds(weather)
    yield from _falls(weather)
    yield from _dead_hours(weather)


def _loitering(weather: Weather) -> Iterator[Composed]:
    camera = watched("square", SQUARE, "loitering", after="10s")
    stays = person((3, 680, 260), (9, 380, 270), (24, 380, 270), (30, 680, 262))
    passes = person((5, -30, 300), (17, 680, 300), cutout="dark-coat")
    clip = _clip("loitering", YARD, weather, (stays,), 34, camera)
    causes = spans(clip.cast, YARD, SQUARE, 34, people(1))
    yield replace(clip, due=told("loitering", "square", causes, 10), in_ci=weather is DAY)
    quick = replace(passes, actor=person((5, -30, 300), (14, 680, 300), cutout="dark-coat").actor)
    yield _clip("no-loitering", YARD, weather, (quick,), 20, camera)


def _crossings(weather: Weather) -> Iterator[Composed]:
    camera = {"rules": [{"rule": "line_cross", "line": MIDDLE}]}
    crosses = person((4, -30, 290), (14, 680, 290), cutout="dark-coat")
    clip = _clip("crossing", YARD, weather, (crosses,), 18, camera)
    yield replace(clip, due=(Due(rule="line_cross", zone="", at_s=8.9),), in_ci=weather is DAY)
    turns = person((4, -30, 290), (8, 270, 290), (11, 270, 290), (15, -40, 290))
    yield _clip("no-crossing", YARD, weather, (turns,), 18, camera)


def _counts(weather: Weather) -> Iterator[Composed]:
    """Two people in a minute: few where thirty come, as usual where two do; and ten vans where there are never any."""
    camera = watched("square", SQUARE, "unusual", classes=["person"], window="1m")
    first = person((4, -30, 300), (16, 680, 300), cutout="dark-coat")
    second = person((30, 680, 284), (42, -30, 284))
    clip = _clip("unusual-few", YARD, weather, (first, second), 63, camera)
    few = (Due(rule="unusual", zone="square", at_s=60.0),)
    yield replace(clip, past=30, due=few, in_ci=weather is DAY)
    yield replace(clip, name=f"not-unusual-{weather.name}", past=2, in_ci=weather is DAY)
    road = watched("road", ROAD, "unusual", classes=["vehicle"], window="1m")
    vans = [vehicle((at_s, -150, 244), (at_s + 5, 790, 244), wide=VAN_WIDE) for at_s in range(2, 52, 5)]
    many = _clip("unusual-many", STREET, weather, tuple(vans), 56, road)
    yield replace(many, past=0, due=(Due(rule="unusual", zone="road", at_s=48.0),), in_ci=weather is DAY)


def _crowds(weather: Weather) -> Iterator[Composed]:
    camera = watched("square", SQUARE, "crowd", count=4, after="5s")
    places = ((210, 262, "light-coat"), (300, 290, "dark-coat"), (390, 262, "light-coat"), (480, 296, "dark-coat"))
    gathered = tuple(
        person((2 + number, 690, y), (8 + number, x, y), (24, x, y), (30, 700, y), cutout=cutout)
        for number, (x, y, cutout) in enumerate(places)
    )
    clip = _clip("crowd", YARD, weather, gathered, 32, camera)
    causes = spans(clip.cast, YARD, SQUARE, 32, people(4))
    yield replace(clip, due=told("crowd", "square", causes, 5), in_ci=weather is DAY)
    yield _clip("no-crowd", YARD, weather, gathered[:3], 26, camera)


def _falls(weather: Weather) -> Iterator[Composed]:
    camera = watched("square", SQUARE, "fall", after="5s")
    falls = person((2, -30, 280), (9, 300, 280), (34, 300, 280), falls_s=11.0, rises_s=28.0)
    clip = _clip("fall", YARD, weather, (falls,), 34, camera)
    yield replace(clip, due=(Due(rule="fall", zone="square", at_s=16.6),), in_ci=weather is DAY)
    stands = person((2, -30, 280), (9, 300, 280), (20, 300, 280), (27, 690, 280), cutout="dark-coat")
    many = {**camera, "rules": [*camera["rules"], *OTHERS]}
    yield replace(_clip("no-fall", YARD, weather, (stands,), 30, many), in_ci=weather in {DAY, NIGHT})


def _dead_hours(weather: Weather) -> Iterator[Composed]:
    camera = watched("square", SQUARE, "guard_gap", hours="22:00-06:00")
    comes = person((5, 690, 280), (12, 400, 280), (16, 400, 280), (23, 690, 280))
    clip = _clip("dead-hours", YARD, weather, (comes,), 26, camera)
    causes = spans(clip.cast, YARD, SQUARE, 26, people(1))
    due = told("guard_gap", "square", causes, 1)
    yield replace(clip, due=due, start="2026-01-01T23:00:00Z", in_ci=weather is NIGHT)
    yield replace(clip, name=f"live-hours-{weather.name}")


def _grounds(weather: Weather) -> Iterator[Composed]:
    camera = watched("square", SQUARE, "left_object", after="8s")
    leaves = person((2, -30, 284), (8, 300, 284), (13, 300, 284), (19, 690, 284))
    left = thing((9, 330, 290), (60, 330, 290))
    clip = _clip("left", YARD, weather, (leaves, left), 34, camera)
    yield replace(clip, due=(Due(rule="left_object", zone="square", at_s=22.0),), in_ci=weather is DAY)
    returns = person((2, -30, 284), (8, 300, 284), (13, 300, 284), (15, 400, 284), (17, 300, 284), (23, 690, 284))
    yield _clip("not-left", YARD, weather, (returns, thing((9, 330, 290), (17.4, 330, 290))), 30, camera)
    removed = watched("square", SQUARE, "removed_object", after="5s")
    takes = person((9, -30, 284), (15, 300, 284), (18, 300, 284), (24, 690, 284), cutout="dark-coat")
    clip = _clip("removed", YARD, weather, (takes, thing((0, 330, 290), (17, 330, 290))), 32, removed)
    yield replace(clip, due=(Due(rule="removed_object", zone="square", at_s=22.0),), in_ci=weather is DAY)
    yield _clip("not-removed", YARD, weather, (takes, thing((0, 330, 290), (60, 330, 290))), 32, removed)


__all__ = ["CLOUDS", "RAIN", "zones"]
