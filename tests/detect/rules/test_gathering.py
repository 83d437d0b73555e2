"""`crowd` and `queue`: enough of them, for long enough, told once."""

from __future__ import annotations

import pytest

from config.model import Label
from detect.rules import Rule
from tests.detect.rules.film import Mover, film, one_rule, standing, told
from tests.detect.rules.timeline import play

CAR = (0.06, 0.1)


def crowd(**parts: object) -> Rule:
    """Three people for five seconds in the right half."""
    return one_rule(**{"rule": "crowd", "zone": "lane", "count": 3, "after": "5s", **parts})


def queue(**parts: object) -> Rule:
    """Three vehicles for ten seconds in the right half."""
    return one_rule(**{"rule": "queue", "zone": "lane", "vehicles": 3, "after": "10s", **parts})


def people(*spans: tuple[float, float], hidden: tuple[tuple[float, float], ...] = ()) -> tuple[Mover, ...]:
    """Somebody for each (from, to), side by side."""
    return tuple(
        Mover(path=standing(0.55 + 0.1 * n, 0.8, *span), number=n + 1, hidden=hidden if n == 0 else ())
        for n, span in enumerate(spans)
    )


def cars(*paths: tuple[tuple[float, float, float], ...]) -> tuple[Mover, ...]:
    """A car on each path."""
    return tuple(Mover(path=path, number=n + 1, label=Label.CAR, size=CAR) for n, path in enumerate(paths))


CROWDS: dict[str, tuple[tuple[Mover, ...], list[tuple[str, float]]]] = {
    "two are none": (people((0, 20), (0, 20)), []),
    "three are one, from the third on": (people((0, 30), (0, 30), (4, 30)), [("raised", 9.0)]),
    "it clears when one of three leaves": (
        people((0, 30), (0, 30), (4, 15)),
        [("raised", 9.0), ("cleared", 15.0)],
    ),
    "not when one of four does": (people((0, 30), (0, 30), (4, 30), (0, 15)), [("raised", 5.0)]),
    "one is hidden now and then": (people((0, 30), (0, 30), (0, 30), hidden=((2, 3.5), (7, 8.5))), [("raised", 5.0)]),
    "for too short a time": (people((0, 30), (0, 30), (4, 8)), []),
    "one comes as another goes": (people((0, 30), (0, 30), (0, 4), (4, 30)), [("raised", 5.0)]),
}


@pytest.mark.parametrize("name", CROWDS)
def test_a_crowd_is_told(name: str) -> None:
    """From the moment there were enough of them."""
    movers, expected = CROWDS[name]

    assert told(crowd(), *movers, until_s=25) == expected


def test_a_crowd_says_how_many_now_and_at_most() -> None:
    """And from how many on it is one."""
    movers = people((0, 30), (0, 30), (0, 30), (2, 8))

    raised, updated = play(crowd(realert_every="10s"), film(*movers, until_s=16))

    assert raised.detail == {"count": 4, "peak": 4, "limit": 3, "crowded_s": 5.0}
    assert updated.detail == {"count": 3, "peak": 4, "limit": 3, "crowded_s": 15.0}


WAITING = tuple(((0.0, 0.55 + 0.12 * n, 0.8), (40.0, 0.55 + 0.12 * n, 0.8)) for n in range(3))
UP = tuple(((0.0, 0.58 + 0.12 * n, 0.8), (6.0, 0.58 + 0.12 * n, 0.8), (8.0, 0.55 + 0.12 * n, 0.8),
            (40.0, 0.55 + 0.12 * n, 0.8)) for n in range(3))  # fmt: skip
FLOWING = tuple(((4.0 * n, 0.52, 0.8), (4.0 * n + 12, 0.98, 0.8)) for n in range(8))
QUEUES: dict[str, tuple[tuple[Mover, ...], list[str]]] = {
    "three that stand": (cars(*WAITING), ["raised"]),
    "two that stand": (cars(*WAITING[:2]), []),
    "three that move up now and then": (cars(*UP), ["raised"]),
    "traffic that flows": (cars(*FLOWING), []),
    "two that stand while others flow past": (cars(*WAITING[:2], *FLOWING), []),
}


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_told(name: str) -> None:
    """Standing vehicles, not passing ones."""
    movers, expected = QUEUES[name]

    assert [phase for phase, _ in told(queue(), *movers, until_s=25)] == expected


def test_a_queue_is_due_its_own_time_after_the_last_of_them_stood() -> None:
    """And says how many, and how long the first has stood."""
    (raised,) = play(
        queue(), film(*cars(*WAITING[:2], ((0.0, 0.97, 0.8), (5.0, 0.79, 0.8), (40.0, 0.79, 0.8))), until_s=20)
    )

    assert 14.0 <= (raised.captured_at - raised.started_at).total_seconds() + 5.0 <= 15.7
    assert raised.detail["vehicles"] == 3
    assert raised.detail["limit"] == 3


def test_a_queue_clears_when_it_dissolves() -> None:
    """When the third has driven off."""
    off = (*WAITING[:2], ((0.0, 0.79, 0.8), (20.0, 0.79, 0.8), (22.0, 0.95, 0.8), (23.0, 1.1, 0.8)))

    assert [phase for phase, _ in told(queue(), *cars(*off), until_s=38)] == ["raised", "cleared"]
