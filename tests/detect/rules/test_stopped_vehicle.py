"""`stopped_vehicle`: a vehicle that stands is told when its time is up; one that moves, however slowly, is not.

`after` is 10 s.
"""

from __future__ import annotations

import pytest

from config.model import Label
from detect.rules import Rule
from tests.detect.rules.film import Mover, film, one_rule, standing, told
from tests.detect.rules.timeline import play

SIZE = (0.2, 0.15)


def rule(**parts: object) -> Rule:
    """The rule of the right half of the picture."""
    return one_rule(**{"rule": "stopped_vehicle", "zone": "lane", "after": "10s", **parts})


def car(*path: tuple[float, float, float], **parts: object) -> Mover:
    """A car on its way."""
    return Mover(**{"path": path, "label": Label.CAR, "size": SIZE, **parts})  # type: ignore[arg-type]


STOPS = ((0, 0.55, 0.8), (3, 0.7, 0.8), (25, 0.7, 0.8))  # comes in, stops at 3
CASES: dict[str, tuple[tuple[Mover, ...], list[tuple[str, float]]]] = {
    "drives in and stops": ((car(*STOPS),), [("raised", 13.0)]),
    "stops for too short a time": ((car((0, 0.55, 0.8), (3, 0.7, 0.8), (11, 0.7, 0.8), (13, 0.9, 0.8)),), []),
    "creeps through": ((car((0, 0.55, 0.8), (25, 0.95, 0.8)),), []),
    "stands, as a trembling detector sees it": ((car(*STOPS, jitter=0.05),), [("raised", 13.0)]),
    "stands, and people walk past it": (
        (car(*STOPS), Mover(path=((5, 0.6, 0.9), (9, 0.9, 0.9)), number=2)),
        [("raised", 13.0)],
    ),
    "half of it is hidden for a while": (
        (car(*STOPS, sizes=((0, *SIZE), (6, *SIZE), (6.1, 0.11, 0.15), (9, 0.11, 0.15), (9.1, *SIZE), (25, *SIZE))),),
        [("raised", 13.0)],
    ),
    "hidden by a lorry that passes, then under another number": (
        (car((0, 0.7, 0.8), (6, 0.7, 0.8)), car((10, 0.7, 0.8), (25, 0.7, 0.8), number=2)),
        [("raised", 10.0)],
    ),
    "another stops in its place when it has driven off": (
        (
            car((0, 0.7, 0.8), (6, 0.7, 0.8), (8, 0.97, 0.8)),
            car((10, 0.55, 0.8), (12, 0.7, 0.8), (20, 0.7, 0.8), number=2),
        ),
        [],
    ),
    "a person stands": ((Mover(path=standing(0.7, 0.8, 0, 25)),), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("step_s", [1 / 3, 1.0])
def test_what_stands_too_long_is_told(name: str, step_s: float) -> None:
    """From the moment it came to rest, to within a few looks."""
    movers, expected = CASES[name]

    said = [one for one in told(rule(), *movers, until_s=25, step_s=step_s) if one[0] == "raised"]

    assert len(said) == len(expected)
    assert all(-1.0 <= second - due <= 2 * step_s for (_, second), (_, due) in zip(said, expected, strict=True))


def test_it_clears_when_it_drives_off() -> None:
    """One event, from standing to driving."""
    away = car((0, 0.7, 0.8), (15, 0.7, 0.8), (17, 0.95, 0.8), (18, 1.05, 0.8))

    raised, cleared = told(rule(), away, until_s=30)

    assert raised == ("raised", 10.0)
    assert cleared[0] == "cleared"
    assert 15.0 <= cleared[1] <= 16.5


def test_the_detail_says_how_many_stand_and_how_long() -> None:
    """A second one is counted when its own time is up."""
    movers = (car((0, 0.6, 0.8), (30, 0.6, 0.8)), car((5, 0.85, 0.8), (30, 0.85, 0.8), number=2))

    raised, updated = play(rule(realert_every="10s"), film(*movers, until_s=25))

    assert raised.detail == {"stopped": 1, "longest_s": 10.0, "classes": "car"}
    assert updated.detail == {"stopped": 2, "longest_s": 20.0, "classes": "car"}
