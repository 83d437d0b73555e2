"""`left_object` and `removed_object`: a thing that lies unattended, a thing that is gone. `after` is 10 s."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from config.model import Label
from detect.messages import Box, Change, Scene
from detect.rules import Rule
from tests.detect.given import at
from tests.detect.rules.film import Mover, film, one_rule, short, standing
from tests.detect.rules.timeline import play

BAG: Box = (0.68, 0.7, 0.72, 0.8)
WAVERING: Box = (0.67, 0.71, 0.71, 0.8)
MAN: Box = (0.6, 0.4, 0.68, 0.8)
Changes = Callable[[float], tuple[Change, ...] | None]


def change(box: Box, since_s: float, *, appeared: bool = True) -> Change:
    """A region that is not as it was, as one clear look shows it."""
    return Change(box=box, lies=1.0 if appeared else -1.0, since=at(since_s), looked_at=at(since_s))


def shown(changes: Changes, *movers: Mover, until_s: float) -> Iterator[Scene]:
    """A film with what changed on the ground; somebody was there before, unless others are."""
    for one in film(*(movers or (PORTER,)), until_s=until_s):
        yield replace(one, changes=changes((one.captured_at - at(0)).total_seconds()))


def from_to(begin_s: float, end_s: float, *, appeared: bool = True, box: Box = BAG) -> Changes:
    """One region from one second to another."""
    return lambda at_s: (change(box, begin_s, appeared=appeared),) if begin_s <= at_s < end_s else ()


def left(**parts: object) -> Rule:
    """In the right half."""
    return one_rule(**{"rule": "left_object", "zone": "lane", "after": "10s", **parts})


def gone(**parts: object) -> Rule:
    """In the right half."""
    return one_rule(**{"rule": "removed_object", "zone": "lane", "after": "10s", **parts})


NOBODY = Mover(path=standing(0.1, 0.3, 0, 40), number=99, label=Label.ANIMAL)
PORTER = Mover(path=((0, 0.7, 0.8), (1.2, 0.7, 0.8), (1.8, 0.4, 0.8)), number=98)  # leaves at once
OWNER = Mover(path=((0, 0.7, 0.8), (8, 0.7, 0.8), (10, 0.4, 0.8), (40, 0.4, 0.8)))  # leaves at 8
GUARD = Mover(path=standing(0.72, 0.82, 0, 40))
PASSER = Mover(path=((12, 0.55, 0.8), (16, 0.95, 0.8)), number=2)
TINY: Box = (0.69, 0.77, 0.71, 0.8)
PARKED = Mover(path=standing(0.7, 0.85, 0, 40), number=3, label=Label.CAR, size=(0.2, 0.2))
CASES: dict[str, tuple[Callable[[], Rule], Changes, tuple[Mover, ...], list[tuple[str, float]]]] = {
    "left there": (left, from_to(5, 40), (), [("raised", 15.0)]),
    "taken away in time": (left, from_to(5, 14), (), []),
    "taken away afterwards": (left, from_to(5, 20), (), [("raised", 15.0), ("cleared", 19.7)]),
    "its owner stands by": (left, from_to(5, 40), (GUARD,), []),
    "its owner leaves it": (left, from_to(2, 40), (OWNER,), [("raised", 18.6)]),
    "somebody passes close by": (left, from_to(5, 40), (PORTER, PASSER), [("raised", 25.0)]),
    "nobody has been there: the light, or the picture's coding": (left, from_to(5, 40), (NOBODY,), []),
    "somebody comes only later": (left, from_to(5, 40), (PASSER,), []),
    "much smaller than who was there could carry": (left, from_to(5, 40, box=TINY), (), []),
    "beside a car that has not moved": (left, from_to(5, 40), (PARKED,), []),
    "on the other side": (left, from_to(5, 40, box=(0.2, 0.7, 0.25, 0.8)), (), []),
    "it is gone, which is another rule": (left, from_to(5, 40, appeared=False), (), []),
    "gone": (gone, from_to(5, 40, appeared=False), (), [("raised", 15.0)]),
    "gone and brought back": (gone, from_to(5, 12, appeared=False), (), []),
    "gone while somebody stands before it: told when he has left": (
        gone,
        from_to(2, 40, appeared=False),
        (Mover(path=((0, 0.7, 0.8), (20, 0.7, 0.8), (22, 0.4, 0.8), (40, 0.4, 0.8))),),
        [("raised", 12.0)],
    ),
    "it lies there, which is another rule": (gone, from_to(5, 40), (), []),
    "its outline wavers": (
        left,
        lambda at_s: (change(BAG if round(at_s * 3) % 2 else WAVERING, 5),) if at_s >= 5 else (),
        (),
        [("raised", 15.0)],
    ),
    "it is missed now and then": (
        left,
        lambda at_s: (change(BAG, 5),) if at_s >= 5 and round(at_s) % 3 else (),
        (),
        [("raised", 15.0)],
    ),
    "nothing can be said for a while": (
        left,
        lambda at_s: None if 8 <= at_s < 12 else (change(BAG, 5),) if at_s >= 5 else (),
        (),
        [("raised", 19.3)],
    ),
    "a man who stands so still that nothing finds him": (
        left,
        from_to(9, 40, box=MAN),
        (Mover(path=standing(0.64, 0.8, 0, 8)),),
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_lies_or_is_gone_is_told(name: str) -> None:
    """When it has been alone, or gone, for as long."""
    rule, changes, movers, expected = CASES[name]

    said = short(play(rule(), shown(changes, *movers, until_s=30)))

    assert [phase for phase, _ in said] == [phase for phase, _ in expected]
    assert [second for _, second in said] == pytest.approx([second for _, second in expected], abs=0.8)


def looks(*lies: float) -> Changes:
    """From 5 on a look a second that says one of `lies` after the other, and the last one for ever."""

    def seen(at_s: float) -> tuple[Change, ...]:
        number = int(at_s + 0.01) - 5
        if number < 0:
            return ()
        return (Change(box=BAG, lies=lies[min(number, len(lies) - 1)], since=at(5), looked_at=at(5 + number)),)

    return seen


@pytest.mark.parametrize(
    ("seen", "left_is_told", "gone_is_told"),
    [
        (looks(0.1, -0.1, 0.1, -0.1, 0.0), False, False),  # no telling
        (looks(0.1), True, False),  # a look says little, many say it
        (looks(0.3, -0.2), False, True),  # the first was a mistake
        (looks(1.0, 1.0, 1.0, -0.2, 0.3, -0.2, -0.2, 0.2), True, False),  # what was clear stays so
        (looks(-1.0, 0.3, -1.0, 0.3, -1.0, 0.3, -0.1), False, True),
    ],
)
def test_the_looks_at_a_thing_say_together_whether_it_lies_there(
    seen: Changes, left_is_told: bool, gone_is_told: bool
) -> None:
    """Each as much as it shows; nothing is said until that is enough."""
    said = [short(play(rule(), shown(seen, until_s=20))) for rule in (left, gone)]

    assert [[phase for phase, _ in one] for one in said] == [
        ["raised"] if told else [] for told in (left_is_told, gone_is_told)
    ]


def test_a_look_that_is_told_in_many_frames_counts_once() -> None:
    """One that shows little is not believed for being repeated."""
    once = Change(box=BAG, lies=0.3, since=at(5), looked_at=at(5))

    assert short(play(left(), shown(lambda at_s: (once,) if at_s >= 5 else (), until_s=20))) == []


def test_a_bag_that_the_detector_knows_is_one_too() -> None:
    """Put down at 4 by somebody who leaves at 8."""
    bag = Mover(path=standing(0.7, 0.8, 4, 40), number=2, label=Label.BAG, size=(0.04, 0.08))

    said = short(play(left(), film(OWNER, bag, until_s=30)))

    assert [phase for phase, _ in said] == ["raised"]
    assert said[0][1] == pytest.approx(18.6, abs=0.8)


def bag(*path: tuple[float, float, float], **parts: Any) -> Mover:
    """One that the detector knows."""
    return Mover(path=path, number=2, label=Label.BAG, size=(0.04, 0.08), **parts)


BESIDE = Mover(path=((0, 0.72, 0.82), (7, 0.72, 0.82), (9, 0.3, 0.82), (40, 0.3, 0.82)))  # is there at first, and goes
LATER = Mover(path=((12, 0.55, 0.8), (16, 0.95, 0.8)), number=3)
TAKES = Mover(path=((10, 0.3, 0.8), (14, 0.7, 0.8), (18, 0.9, 0.8), (22, 0.3, 0.8), (40, 0.3, 0.8)), number=3)
CARRIED = ((0, 0.7, 0.8), (14, 0.7, 0.8), (18, 0.9, 0.8), (40, 0.9, 0.8))
SLOWLY = ((0, 0.7, 0.8), (12, 0.7, 0.8), (20, 0.86, 0.8), (40, 0.86, 0.8))
SLOW = Mover(path=((10, 0.7, 0.8), (12, 0.7, 0.8), (20, 0.86, 0.8), (22, 0.3, 0.8), (40, 0.3, 0.8)), number=3)
KNOWN_BAGS: dict[str, tuple[tuple[Mover, ...], list[float]]] = {
    "always lay there, and somebody passes": ((bag(*standing(0.7, 0.8, 0, 60)), LATER), []),
    "always lay there, and wavers": ((bag(*standing(0.7, 0.8, 0, 60), jitter=0.05), LATER), []),
    "is found in the third look, and somebody passes": ((bag(*standing(0.7, 0.8, 0.6, 60)), LATER), []),
    "always lay there, beside somebody who goes": ((bag(*standing(0.7, 0.8, 0, 60)), BESIDE, LATER), []),
    "always lay there, and is missed for long until somebody passes": (
        (bag(*standing(0.7, 0.8, 0, 60), hidden=((4, 13),)), LATER),
        [],
    ),
    "is found when nobody is there, and somebody passes": ((bag(*standing(0.7, 0.8, 5, 60)), LATER), []),
    "is found then, and is missed for long until somebody passes": (
        (bag(*standing(0.7, 0.8, 5, 60), hidden=((7, 13),)), LATER),
        [],
    ),
    "is carried elsewhere and left there": ((bag(*CARRIED), TAKES), [29.0]),
    "is pushed elsewhere slowly and left there": ((bag(*SLOWLY), SLOW), [31.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWN_BAGS)
def test_a_known_bag_is_left_by_who_was_there_when_it_came_to_rest(name: str) -> None:
    """Not by who passes later; and what lay there from the first looks on belongs to the picture."""
    movers, expected = KNOWN_BAGS[name]

    said = short(play(left(), film(*movers, until_s=40)))

    assert [phase for phase, _ in said] == ["raised"] * len(expected)
    assert [second for _, second in said] == pytest.approx(expected, abs=0.8)


def test_two_are_one_event_with_their_number() -> None:
    """And the time of the first."""
    other: Box = (0.6, 0.7, 0.64, 0.8)

    def both(at_s: float) -> tuple[Change, ...]:
        return tuple(change(box, begin_s) for box, begin_s in ((BAG, 2.0), (other, 4.0)) if at_s >= begin_s)

    (raised,) = play(left(), shown(both, until_s=13))

    assert raised.detail == {"objects": 2, "unattended_s": 10.0}


def test_a_removed_one_says_for_how_long_it_is_gone() -> None:
    """In its own words."""
    (raised,) = play(gone(), shown(from_to(5, 40, appeared=False), until_s=18))

    assert raised.detail == {"objects": 1, "gone_s": 10.0}
