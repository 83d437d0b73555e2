"""Who moves while others pass: not he who shows again as he was; and traffic hides nobody who is awake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from detect.messages import Box
from tests.detect.guard_film import (
    GUARD,
    HEIGHT,
    WIDTH,
    Film,
    Picture,
    Pose,
    behind_a_passer_by,
    is_watched,
    known_since_s,
    moved_s,
)

PASSER: Box = (150 / WIDTH, 100 / HEIGHT, 230 / WIDTH, 340 / HEIGHT)


@pytest.mark.parametrize(("unclear", "since"), [(1, 2.0), (4, 2.0), (9, None)], ids=["1 s", "3 s", "over 6 s"])
def test_who_shows_again_as_he_was_has_not_moved_meanwhile(unclear: int, since: float | None) -> None:
    """While others passed, for a moment; of longer nothing is known."""
    film = Film()
    for _ in range(5):
        film.look()
    for _ in range(unclear):
        film.look(spoil=behind_a_passer_by, passer=PASSER, step_s=0.7)

    told = [film.look(step_s=0.7) for _ in range(3)][-1]

    assert is_watched(told)
    assert known_since_s(told) == since if since else known_since_s(told) > 10.0


def test_who_does_not_show_again_as_he_was_has_moved() -> None:
    """While others passed: that he keeps his new pose does not hide it."""
    film = Film()
    for _ in range(5):
        film.look()
    for _ in range(2):
        film.look(Pose(arm=10.0), spoil=behind_a_passer_by, passer=PASSER)

    told = film.look(Pose(arm=10.0))

    assert (moved_s(told), is_watched(told)) == (16.0, True)


def test_who_moves_so_far_that_his_surroundings_change_has_moved() -> None:
    """Nobody passes: that he stands then as he stood before does not excuse him."""
    x0, y0, x1, y1 = GUARD
    narrow = (x0 + 0.1 * (x1 - x0), y0, x1 - 0.1 * (x1 - x0), y1)
    film = Film()
    for _ in range(5):
        film.look(box=narrow)
    film.look(Pose(sway=15.0, arm=20.0), box=narrow)

    assert moved_s(film.look(box=narrow)) >= 12.0


def car(left: float) -> tuple[Callable[[Picture], Picture], Box]:
    """A car behind him, smaller than he and at the height of his head, and its box."""
    x0, x1 = (max(0, min(WIDTH, round(x))) for x in (left, left + 55))

    def behind(picture: Picture) -> Picture:
        picture[112:137, x0:x1] = 210
        picture[116:124, x0 + 12 : max(x0 + 12, x1 - 12)] = 60
        return picture

    return behind, (x0 / WIDTH, 112 / HEIGHT, max(x1, x0 + 1) / WIDTH, 137 / HEIGHT)


def test_what_passes_behind_somebody_is_not_he() -> None:
    """Seen beside his head, within his box: he has not moved, and when it has passed that is known of all the time."""
    film = Film()
    film.look(step_s=1 / 3)
    begun = film.seconds
    looks = [film.look(step_s=1 / 3, behind=(one := car(20 * step))[0], passer=one[1]) for step in range(20)]

    told = film.look(step_s=1 / 3)

    assert [moved_s(one) for one in (*looks, told)] == pytest.approx([begun] * 21)
    assert not all(is_watched(one) for one in looks)
    assert is_watched(told)
    assert known_since_s(told) == pytest.approx(begun)


@pytest.mark.parametrize("pose", [Pose(arm=10.0), Pose(sway=10.0)], ids=["arm", "body"])
@pytest.mark.parametrize("kept", [1, 20], ids=["for a moment", "for good"])
def test_who_moves_while_others_pass_behind_him_moves(pose: Pose, kept: int) -> None:
    """Traffic hides nobody who is awake."""
    film = Film()
    film.look(step_s=1 / 3)
    for step in range(6, 20):
        behind, passer = car(20 * step)
        own = pose if 10 <= step < 10 + kept else Pose()
        film.look(own, step_s=1 / 3, behind=behind, passer=passer)
    last = pose if kept > 1 else Pose()

    assert moved_s(film.look(last, step_s=1 / 3)) > 1.5


def walker(left: int) -> tuple[Callable[[Picture], Picture], Box]:
    """Somebody who walks close by him, whose head, trunk and legs differ apart from each other, and his box."""

    def beside(picture: Picture) -> Picture:
        for top, bottom in ((110, 135), (150, 190), (205, 245), (260, 300)):
            picture[top:bottom, left : left + 10] = 230
        return picture

    return beside, ((left - 4) / WIDTH, 100 / HEIGHT, (left + 16) / WIDTH, 310 / HEIGHT)


def test_who_walks_past_beside_him_is_no_rain_that_hides_his_movement() -> None:
    """Patches beside somebody are drops, and what is little larger on him is one too; not where somebody passes."""
    right = round(GUARD[2] * WIDTH)
    film = Film()
    for _ in range(5):
        film.look(step_s=1.0)
    for away in (30, 5, 30, 5, 30):
        beside, box = walker(right + away)
        film.look(step_s=1.0, spoil=beside, passer=box)

    told = film.look(Pose(arm=10.0), step_s=1.0)

    assert (moved_s(told), is_watched(told)) == (11.0, True)


def test_what_comes_and_stays_beside_him_is_taken_for_his_movement() -> None:
    """A car that parks: it moves no more, and what differs beside his head is he, for all that is known."""
    film = Film()
    film.look(step_s=1 / 3)
    for step in range(40):
        behind, passer = car(20 * min(step, 4) + 20)
        told = film.look(step_s=1 / 3, behind=behind, passer=passer)

    assert 2.0 < moved_s(told) < 6.0
    assert is_watched(told)


def test_who_does_not_show_again_within_seconds_has_moved() -> None:
    """Others pass beside his head all the while: in doubt he is awake."""
    film = Film()
    film.look(step_s=1.0)
    cars = [car(180.0 if step % 2 else 100.0) for step in range(7)]

    looks = [film.look(step_s=1.0, behind=behind, passer=passer) for behind, passer in cars]

    assert [moved_s(told) for told in looks] == [1.0] * 6 + [8.0]
