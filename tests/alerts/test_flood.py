"""How fast alerts come, and when that is a flood: by tables, to the second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.flood import Period, floods, percentile, rate
from tests.alerts.loads import HOUR, NOON, after, alone


def every(seconds: float, count: int, first_minute: float = 0.0) -> list[datetime]:
    """`count` raises, so many seconds apart."""
    return [after(first_minute, seconds=number * seconds) for number in range(count)]


def spells(raised: Sequence[datetime], operators: Callable[[datetime], int] = alone) -> list[tuple[float, float]]:
    """Beginning and end of each flood, in seconds after noon."""
    return [
        ((one.begin - NOON).total_seconds(), (one.end - NOON).total_seconds())
        for one in floods(raised, HOUR, operators)
    ]


@pytest.mark.parametrize(
    ("raised", "found"),
    [
        pytest.param([], [], id="quiet"),
        pytest.param(every(1, 10), [], id="ten at once are no flood yet"),
        # The eleventh comes at 10 s. The first leaves at 600; four are left when the seventh has gone.
        pytest.param(every(1, 11), [(10, 606)], id="eleven are, until only four are left"),
        pytest.param(every(60, 11), [], id="one a minute is none: the first leaves as the eleventh comes"),
        pytest.param(every(59, 11), [(590, 954)], id="a little faster is"),
        pytest.param(
            [*every(1, 11), *every(20, 6, first_minute=8.5)], [(10, 1130)], id="it goes on while five are in the window"
        ),
        pytest.param(
            [*every(1, 11), *every(1, 11, first_minute=30)],
            [(10, 606), (1810, 2406)],
            id="two floods with a lull between",
        ),
        pytest.param(every(1, 11, first_minute=-1), [(0, 546)], id="one that began before the period"),
        pytest.param(every(1, 11, first_minute=-30), [], id="one that was over before it"),
        pytest.param(every(1, 11, first_minute=55), [(3310, 3600)], id="one that goes on after it"),
        pytest.param(every(1, 11, first_minute=60), [], id="one that begins after it"),
    ],
)
def test_a_flood_begins_above_ten_and_ends_under_five(raised: list[datetime], found: list[tuple[float, float]]) -> None:
    """Alerts per operator in the ten minutes that end now."""
    assert spells(raised) == found


def test_the_order_in_which_they_are_read_does_not_matter() -> None:
    """A record may give them in any."""
    assert spells(every(1, 11)[::-1]) == spells(every(1, 11))


def test_two_operators_bear_twice_as_much() -> None:
    """Twenty are no flood for two; with twenty-one it begins, and it is over under ten."""
    assert spells(every(1, 20), lambda _at: 2) == []
    assert spells(every(1, 21), lambda _at: 2) == [(20, 611)]


def test_an_empty_duty_room_counts_as_one_operator() -> None:
    """Nobody on duty makes alerts no lighter."""
    assert spells(every(1, 11), lambda _at: 0) == spells(every(1, 11))


def test_a_flood_says_how_many_alerts_it_had_and_whether_it_is_over() -> None:
    """Raised between its beginning and its end, both within the period."""
    (lasting,) = floods([*every(1, 11, first_minute=50), *every(60, 3, first_minute=57)], HOUR, alone)

    assert (lasting.alerts, lasting.over) == (4, False)
    assert lasting.span == timedelta(minutes=9, seconds=50)


@given(st.lists(st.integers(-7200, 3599), max_size=60), st.integers(1, 3))
def test_floods_are_apart_and_within_the_period(seconds: list[int], people: int) -> None:
    """Whatever comes, and in every flood there are alerts enough."""
    raised = [after(seconds=one) for one in seconds]

    found = floods(raised, HOUR, lambda _at: people)

    edges = [edge for one in found for edge in (one.begin, one.end)]
    assert edges == sorted(edges)
    assert all(HOUR.begin <= edge <= HOUR.end for edge in edges)
    assert all(one.over for one in found[:-1])
    for one in found:
        before = [at for at in raised if one.begin - timedelta(minutes=10) < at <= one.begin]
        assert one.begin == HOUR.begin or len(before) > 10 * people


def test_the_rate_is_for_each_operator_and_ten_minutes() -> None:
    """Twelve alerts in an hour: four in the first ten minutes, eight in the last."""
    found = rate([*every(10, 4), *every(10, 8, first_minute=51)], HOUR, alone)

    assert (found.last, found.mean, found.per_hour) == (8, 2, 12)
    assert (found.most, found.most_at) == (8, after(50))
    assert found.p95 == 8


def test_two_operators_share_the_rate() -> None:
    """Those who are there when the ten minutes begin."""
    found = rate(every(10, 12), HOUR, lambda at: 2 if at < after(10) else 1)

    assert (found.most, found.per_hour) == (6, 6)


def test_a_quiet_period_has_a_rate_too() -> None:
    """Nothing, and no busiest moment."""
    found = rate([], HOUR, alone)

    assert (found.last, found.mean, found.p95, found.most, found.most_at, found.per_hour) == (0, 0, 0, 0, None, 0)


def test_the_last_ten_minutes_may_begin_before_a_short_period() -> None:
    """A minute's period still knows how it is now."""
    found = rate(every(60, 5, first_minute=-5), Period(begin=NOON, end=after(1)), alone)

    assert (found.last, found.most) == (5, 0)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.51, 3), (0.75, 3), (0.95, 4), (1.0, 4)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    """The smallest that so many do not exceed."""
    assert percentile([1, 2, 3, 4], share) == value
