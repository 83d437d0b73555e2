"""What is usual at an hour of the week, by the counts of the weeks before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.model import Label
from detect.baseline import (
    LEAST_COUNTS,
    LEAST_WEEKS,
    WEEKS_KEPT,
    Remembered,
    Usual,
    same_hours,
    usual,
    window_begin,
)
from detect.messages import Place, WindowCount

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
PLACE = Place(camera="gate", zone="lane", label=Label.PERSON, window=timedelta(minutes=15))
MONDAY = datetime(2026, 3, 30, 8, 0, tzinfo=BERLIN)  # the day after clocks were set forward


def counts(*weeks: int, each: int = 9) -> list[list[int]]:
    """Weeks in which every window had the same count."""
    return [[count] * each for count in weeks]


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        (counts(0, 0, 0), (0, 0, 9)),  # ten in a quarter of an hour where nobody ever comes
        (counts(2, 2, 2), (2, 0, 15)),
        (counts(10, 10, 10), (10, 1, 32)),  # nobody at all is unusual where ten are usual
        (counts(50, 50, 50), (50, 21, 91)),
        (counts(400, 400, 400), (400, 307, 506)),
        ([[10, 14, 6, 9, 11, 22, 3, 10, 12]] * 3, (10, 1, 32)),  # within what chance explains: no wider
        ([[10, 40, 2, 90, 11, 60, 3, 10, 35]] * 3, (11, 0, 286)),  # a place that scatters is given room
        ([*counts(10, 10, 10), [500] * 9], (10, 1, 32)),  # one week of four in which a fair was held
    ],
)
def test_what_is_usual_follows_from_the_counts(weeks: list[list[int]], expected: tuple[int, int, int]) -> None:
    """The median, and from how few to how many is no news."""
    found = usual(weeks)

    assert found is not None
    assert (found.middle, found.least, found.most) == expected


@pytest.mark.parametrize(
    "weeks",
    [[], counts(5), counts(5, 5), [[5] * 40, [], [5] * 40], counts(5, 5, 5, each=3)],
    ids=["nothing", "a week", "two weeks", "two weeks and a gap", "three weeks with few windows"],
)
def test_nothing_is_usual_before_enough_is_known(weeks: list[list[int]]) -> None:
    """Three weeks and twelve windows."""
    assert usual(weeks) is None


def test_how_much_is_known_is_told_with_it() -> None:
    """For the alert's detail."""
    assert usual(counts(1, 1, 1, each=4)) == Usual(middle=1, least=0, most=13, weeks=LEAST_WEEKS, counts=LEAST_COUNTS)


@pytest.mark.parametrize(
    ("at", "minutes", "expected"),
    [
        ("2026-01-01T08:00:00+08:00", 15, "2026-01-01T08:00:00+08:00"),
        ("2026-01-01T08:14:59.999+08:00", 15, "2026-01-01T08:00:00+08:00"),
        ("2026-01-01T08:47:00+08:00", 20, "2026-01-01T08:40:00+08:00"),
        ("2026-01-01T08:47:00+08:00", 60, "2026-01-01T08:00:00+08:00"),
    ],
)
def test_windows_follow_one_another_from_the_full_hour(at: str, minutes: int, expected: str) -> None:
    """Of local time."""
    found = window_begin(datetime.fromisoformat(at), timedelta(minutes=minutes), SHANGHAI)

    assert found == datetime.fromisoformat(expected)


def test_half_hour_time_zones_have_their_own_full_hours() -> None:
    """In Kolkata the hour begins at half past, as Greenwich sees it."""
    at = datetime(2026, 1, 1, 8, 50, tzinfo=UTC)

    assert window_begin(at, timedelta(hours=1), ZoneInfo("Asia/Kolkata")) == datetime(2026, 1, 1, 8, 30, tzinfo=UTC)


def test_eight_oclock_stays_eight_oclock_where_clocks_are_changed() -> None:
    """The week before, it was an hour later in UTC."""
    first, last = same_hours(MONDAY, BERLIN)[0]

    assert (first, last) == (
        datetime(2026, 3, 23, 6, 0, tzinfo=UTC),
        datetime(2026, 3, 23, 8, 0, tzinfo=UTC),
    )
    assert MONDAY.astimezone(UTC).hour == 6


def test_only_the_same_hour_of_the_weeks_before_is_compared() -> None:
    """Not today, not yesterday, not what is older than what is kept."""
    inside = [
        *(MONDAY - timedelta(days=7) + timedelta(minutes=15 * step) for step in range(-4, 5)),
        MONDAY - timedelta(days=7 * WEEKS_KEPT),
    ]
    outside = [
        MONDAY - timedelta(minutes=15),
        MONDAY - timedelta(days=1),
        MONDAY - timedelta(days=7, minutes=75),
        MONDAY - timedelta(days=7 * (WEEKS_KEPT + 1)),
    ]
    known = [
        WindowCount(place=PLACE, begins_at=at.replace(tzinfo=None).replace(tzinfo=BERLIN).astimezone(UTC), count=count)
        for count, begins in ((1, inside), (100, outside))
        for at in begins
    ]

    weeks = Remembered(known).weeks(PLACE, same_hours(MONDAY.astimezone(UTC), BERLIN))

    assert weeks == ((1,) * 9, *((),) * (WEEKS_KEPT - 2), (1,))


def test_another_place_is_another_baseline() -> None:
    """Camera, zone, class and length of the windows."""
    baseline = Remembered()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    baseline.learn(WindowCount(place=PLACE, begins_at=at, count=3))
    other = Place(camera="gate", zone="lane", label=Label.VEHICLE, window=PLACE.window)

    assert baseline.weeks(PLACE, same_hours(at + timedelta(days=7), SHANGHAI))[0] == (3,)
    assert baseline.weeks(other, same_hours(at + timedelta(days=7), SHANGHAI))[0] == ()


def test_a_window_that_is_counted_again_is_replaced() -> None:
    """A recording that is replayed twice counts once."""
    baseline = Remembered()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for count in (3, 4):
        baseline.learn(WindowCount(place=PLACE, begins_at=at, count=count))

    assert baseline.weeks(PLACE, same_hours(at + timedelta(days=7), SHANGHAI))[0] == (4,)
