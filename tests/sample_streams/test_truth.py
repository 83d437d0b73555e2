"""What is true of a scene, from where its actors were sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sample_streams.actors import Actor, Waypoint
from sample_streams.drawing import Brush
from sample_streams.scenes import Scene
from sample_streams.truth import Span, truth_of

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def nothing(_brush: Brush) -> None:
    """An empty place."""


def walker(*points: tuple[float, float]) -> Actor:
    """Somebody who is at each x at each moment."""
    return Actor(cutout="light-coat", path=tuple(Waypoint(at_s, x, 200) for at_s, x in points))


EMPTY = Scene(name="test", seed=1, draw=nothing, actors=(), zones={"half": LEFT_HALF}, length_s=20.0)
THERE_AND_BACK = walker((0, 160), (5, 160), (10, 480), (15, 480), (20, 160))  # crosses the middle at 7.5 and 17.5
BUS = Actor(cutout="bus", stature=1.6, breadth=2.8, path=(Waypoint(2, -400, 200), Waypoint(12, 1000, 200)))


def test_a_post_is_left_from_the_moment_its_guard_steps_out() -> None:
    """Until they step in again."""
    scene = replace(EMPTY, posts=("half",), actors=(THERE_AND_BACK,))
    assert truth_of(scene) == (Span(rule="post.absent", zone="half", from_s=7.6, to_s=17.5),)


def test_a_post_with_nobody_is_left_all_the_time() -> None:
    """From the first frame to the last."""
    assert truth_of(replace(EMPTY, posts=("half",))) == (Span(rule="post.absent", zone="half", from_s=0, to_s=20),)


def test_a_post_is_kept_while_one_of_two_is_there() -> None:
    """It is left only when the second goes as well."""
    second = walker((0, 160), (12, 160), (12.5, 480), (14, 480), (14.5, 160), (20, 160))
    scene = replace(EMPTY, posts=("half",), actors=(THERE_AND_BACK, second))
    (span,) = truth_of(scene)
    assert span.from_s == pytest.approx(12.3)
    assert span.to_s == pytest.approx(14.3)


def test_a_bus_keeps_no_post() -> None:
    """Only people stand guard."""
    assert truth_of(replace(EMPTY, posts=("half",), actors=(BUS,)))[0].to_s == 20


def test_whoever_is_where_nobody_should_be_is_an_intrusion() -> None:
    """Each stay is one."""
    spans = truth_of(replace(EMPTY, forbidden=("half",), actors=(THERE_AND_BACK,)))
    assert [(span.rule, span.from_s, span.to_s) for span in spans] == [
        ("intrusion", 0.0, 7.6),
        ("intrusion", 17.5, 20.0),
    ]


def test_a_zone_closed_to_vehicles_is_open_to_people_and_the_other_way_round() -> None:
    """Each rule asks for its own."""
    assert truth_of(replace(EMPTY, closed=("half",), actors=(THERE_AND_BACK,))) == ()
    assert truth_of(replace(EMPTY, forbidden=("half",), actors=(BUS,))) == ()


def test_a_vehicle_is_where_its_visible_part_is() -> None:
    """Half in the picture, the middle of what can be seen counts: no camera knows of the rest."""
    (span,) = truth_of(replace(EMPTY, closed=("half",), actors=(BUS,)))
    half_length = 2.8 * 1.6 * EMPTY.person_height(200) / 2
    appears = 2 + (400 - half_length) / 140
    assert span.from_s == pytest.approx(appears, abs=0.11)
    assert span.to_s > 2 + (400 + 320) / 140 - 0.2


def test_causes_come_in_the_order_of_their_beginning() -> None:
    """Whichever rule they belong to."""
    scene = replace(EMPTY, posts=("half",), forbidden=("half",), actors=(THERE_AND_BACK,))
    assert [span.from_s for span in truth_of(scene)] == [0.0, 7.6, 17.5]
