"""`loitering`: each one's own time counts, and one event is open while anybody is over it. `after` is 10 s."""

from __future__ import annotations

import pytest

from detect.messages import Phase
from detect.rules import Rule
from tests.detect.rules.film import Mover, film, one_rule, standing, told
from tests.detect.rules.timeline import play


def rule(**parts: object) -> Rule:
    """The rule of the right half of the picture."""
    return one_rule(**{"rule": "loitering", "zone": "lane", "after": "10s", **parts})


STROLL = tuple((2.0 * n, 0.6 + 0.2 * (n % 2), 0.8) for n in range(12))  # up and down within the zone, for 22 s
AWAY = ((0, 0.6, 0.8), (11, 0.6, 0.8), (13, 0.3, 0.8), (30, 0.3, 0.8))
OUT_AND_IN = ((0, 0.6, 0.8), (5, 0.6, 0.8), (5.5, 0.4, 0.8), (8, 0.4, 0.8), (8.5, 0.6, 0.8), (15, 0.6, 0.8))

CASES: dict[str, tuple[tuple[Mover, ...], list[tuple[str, float]]]] = {
    "stands there": ((Mover(path=standing(0.7, 0.8, 0, 20)),), [("raised", 10.0)]),
    "leaves before": ((Mover(path=standing(0.7, 0.8, 0, 9.5)),), []),
    "strolls up and down": ((Mover(path=STROLL),), [("raised", 10.0)]),
    "steps out for a moment": ((Mover(path=OUT_AND_IN),), [("raised", 10.0)]),
    "is hidden for a while under the same number": (
        (Mover(path=standing(0.7, 0.8, 0, 20), hidden=((4, 9),)),),
        [("raised", 10.0)],
    ),
    "is hidden, and comes back under another number": (
        (Mover(path=standing(0.7, 0.8, 0, 5)), Mover(path=standing(0.71, 0.8, 9, 20), number=2)),
        [("raised", 10.0)],
    ),
    "goes in by a door, and another comes out of it": (
        (
            Mover(path=((0, 0.55, 0.8), (4, 0.9, 0.8))),
            Mover(path=((7, 0.9, 0.8), (13, 0.55, 0.8)), number=2),
        ),
        [],
    ),
    "walks, and has another number after a moment": (
        (
            Mover(path=((0, 0.6, 0.8), (6, 0.9, 0.8))),
            Mover(path=((7.5, 0.9, 0.8), (14, 0.6, 0.8)), number=2),
        ),
        [("raised", 10.0)],
    ),
    "another comes to another place when he has gone": (
        (Mover(path=standing(0.7, 0.8, 0, 8)), Mover(path=standing(0.9, 0.8, 9, 18), number=2)),
        [],
    ),
    "people who pass one after another": (
        tuple(
            Mover(path=((6.0 * n, 0.55, 0.8), (6.0 * n + 5.0, 0.95, 0.8)), number=n + 1) for n in range(5)
        ),
        [],
    ),
    "one goes, the other has not been there as long": (
        (Mover(path=AWAY), Mover(path=standing(0.9, 0.8, 10, 30), number=2)),
        [("raised", 10.0), ("raised", 20.0)],
    ),
    "is outside": ((Mover(path=standing(0.3, 0.8, 0, 20)),), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("step_s", [1 / 3, 1.0])
def test_who_stays_too_long_is_told(name: str, step_s: float) -> None:
    """Ten seconds after he came, however often one looks."""
    movers, expected = CASES[name]

    said = [one for one in told(rule(), *movers, until_s=29, step_s=step_s) if one[0] == "raised"]

    assert [phase for phase, _ in said] == [phase for phase, _ in expected]
    assert all(abs(second - due) <= step_s + 0.05 for (_, second), (_, due) in zip(said, expected, strict=True))


def test_while_anybody_loiters_it_is_one_event() -> None:
    """The second is over his time before the first has gone: it clears when the last was last seen."""
    movers = (Mover(path=standing(0.7, 0.8, 0, 20)), Mover(path=standing(0.9, 0.8, 5, 25), number=2))

    assert told(rule(), *movers, until_s=40) == [("raised", 10.0), ("cleared", 25.0)]


def test_the_detail_says_how_many_and_the_longest() -> None:
    """Of those who are over the time, not of everybody there."""
    movers = (
        Mover(path=standing(0.7, 0.8, 0, 20)),
        Mover(path=standing(0.9, 0.8, 3, 20), number=2),
        Mover(path=standing(0.6, 0.8, 15, 20), number=3),
    )

    raised, updated, cleared = play(rule(realert_every="5s"), film(*movers, until_s=35))[:3]

    assert raised.detail == {"loiterers": 1, "longest_s": 10.0, "classes": "person"}
    assert updated.detail == {"loiterers": 2, "longest_s": 15.0, "classes": "person"}
    assert cleared.phase in {Phase.UPDATED, Phase.CLEARED}


def test_only_the_classes_that_are_asked_for_count() -> None:
    """A dog may."""
    assert told(rule(classes=["animal"]), Mover(path=standing(0.7, 0.8, 0, 20)), until_s=20) == []
