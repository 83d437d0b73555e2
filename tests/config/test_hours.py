"""Weekly hours, in the network's own time zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.hours import parse_hours

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("hours", "local", "on"),
    [
        ("always", "2026-01-01 03:00", True),
        ("08:00-18:00", "2026-01-01 08:00", True),
        ("08:00-18:00", "2026-01-01 18:00", False),
        ("22:00-06:00", "2026-01-01 23:00", True),
        ("22:00-06:00", "2026-01-02 05:59", True),
        ("22:00-06:00", "2026-01-02 06:00", False),
        ("00:00-24:00", "2026-01-02 23:59", True),
        ("mon-fri 08:00-18:00", "2026-01-02 09:00", True),  # a Friday
        ("mon-fri 08:00-18:00", "2026-01-03 09:00", False),
        ("fri 22:00-06:00", "2026-01-03 05:00", True),  # the night that began on Friday
        ("fri 22:00-06:00", "2026-01-02 05:00", False),
        ("sat-mon 10:00-11:00", "2026-01-05 10:30", True),  # over the end of the week
        ("weekdays 08:00-12:00, weekend 10:00-12:00", "2026-01-04 09:00", False),
        ("weekdays 08:00-12:00, weekend 10:00-12:00", "2026-01-04 11:00", True),
    ],
)
def test_hours_cover_what_they_say(hours: str, local: str, on: bool) -> None:
    """An end is outside; a span over midnight belongs to the day it begins on."""
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)

    assert parse_hours(hours).cover(at.astimezone(UTC), SHANGHAI) is on


HOLIDAYS = frozenset({date(2026, 10, 1), date(2026, 10, 2)})  # a Thursday and a Friday


@pytest.mark.parametrize(
    ("hours", "local", "on"),
    [
        ("mon-fri 08:00-18:00", "2026-10-01 09:00", True),  # hours that do not speak of holidays know none
        ("mon-fri 08:00-18:00, holidays off", "2026-09-30 09:00", True),
        ("mon-fri 08:00-18:00, holidays off", "2026-10-01 09:00", False),
        ("mon-fri 08:00-18:00, holidays off", "2026-10-05 09:00", True),
        ("mon-fri 08:00-18:00, holidays 10:00-12:00", "2026-10-02 09:00", False),
        ("mon-fri 08:00-18:00, holidays 10:00-12:00", "2026-10-02 11:00", True),
        ("mon-fri 08:00-18:00, holidays 10:00-12:00, holidays 14:00-15:00", "2026-10-02 14:30", True),
        ("22:00-06:00, holidays off", "2026-10-01 05:00", True),  # the night that began before the holidays
        ("22:00-06:00, holidays off", "2026-10-01 23:00", False),
        ("22:00-06:00, holidays off", "2026-10-03 05:00", False),  # would have begun on a holiday
        ("22:00-06:00, holidays off", "2026-10-03 22:30", True),
        ("mon 08:00-09:00, holidays 22:00-06:00", "2026-10-03 05:00", True),  # the night that began on a holiday
        ("always, holidays off", "2026-10-01 00:00", False),
        ("always, holidays off", "2026-09-30 23:59", True),
        ("always, holidays off", "2026-10-03 00:00", True),
    ],
)
def test_on_a_holiday_its_own_hours_hold_instead(hours: str, local: str, on: bool) -> None:
    """And a night belongs to the day it begins on."""
    at = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)

    assert parse_hours(hours).on(HOLIDAYS).cover(at.astimezone(UTC), SHANGHAI) is on


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("holidays off", "'holidays off' says nothing of the other days: write for example \"always, holidays off\""),
        ("always, holidays", "'holidays' is not hours: write holidays off, or for example \"holidays 10:00-14:00\""),
        ("always, holidays on", "'holidays on' is not hours: write holidays off, or"),
        ("always, holidays off, holidays 08:00-09:00", "'holidays off' is not hours"),
        ("always, mon 08:00-09:00", "'always' is not hours"),
    ],
)
def test_what_is_said_of_holidays_must_be_clear(text: str, said: str) -> None:
    """The message says what to write."""
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_hours(text)


@pytest.mark.parametrize("text", ["", "8-18", "24:01-06:00", "08:60-09:00", "fry 08:00-09:00", "08:00-08:00", "mon"])
def test_what_is_no_hours_is_refused_with_an_example(text: str) -> None:
    """The message says what to write."""
    with pytest.raises(ValueError, match=r"write|begins and ends"):
        parse_hours(text)


def test_the_hour_that_comes_twice_is_covered_twice() -> None:
    """Where clocks are set back, 02:30 happens two times, and hours that cover it cover both."""
    berlin = ZoneInfo("Europe/Berlin")
    hours = parse_hours("02:00-03:00")

    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]

    assert [hours.cover(at, berlin) for at in twice] == [True, True]


INSTANTS = st.integers(0, 366 * 86400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
MINUTES = st.integers(0, 24 * 60 - 1)


@given(MINUTES, MINUTES, INSTANTS)
def test_hours_and_the_hours_between_them_share_out_the_day(begins: int, ends: int, at: datetime) -> None:
    """A-B and B-A together cover every instant exactly once."""
    if begins == ends:
        return
    first, second = (f"{m // 60:02}:{m % 60:02}" for m in (begins, ends))

    one, other = parse_hours(f"{first}-{second}"), parse_hours(f"{second}-{first}")

    assert one.cover(at, SHANGHAI) is not other.cover(at, SHANGHAI)
