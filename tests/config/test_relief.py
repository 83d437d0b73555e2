"""Relief: round a change of shifts no time counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.hours import parse_hours
from config.relief import Relief
from tests.config.written import Written, camera

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
THREE = ("08:00-16:00", "16:00-24:00", "00:00-08:00")


def counted(since: str, span_s: float, zone: ZoneInfo, *shifts: str) -> str:
    """When `span_s` seconds have counted since `since`, both local, with five minutes of relief."""
    relief = Relief(grace=timedelta(minutes=5), shifts=tuple(map(parse_hours, shifts)))
    began = datetime.fromisoformat(since).replace(tzinfo=zone).astimezone(UTC)
    ended = relief.counted_until(began, timedelta(seconds=span_s), zone)
    return f"{ended.astimezone(zone):%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("since", "span_s", "until"),
    [
        ("2026-01-01 12:00", 60, "01 12:01:00"),  # far from any change
        ("2026-01-01 07:54", 60, "01 07:55:00"),  # just before the window: it has counted
        ("2026-01-01 07:54:30", 60, "01 08:05:30"),  # half before it, half after
        ("2026-01-01 07:55", 60, "01 08:06:00"),  # at its begin
        ("2026-01-01 08:00", 60, "01 08:06:00"),  # within it
        ("2026-01-01 08:05", 60, "01 08:06:00"),  # at its end
        ("2026-01-01 23:54:30", 60, "02 00:05:30"),  # over midnight
        ("2026-01-02 00:01", 60, "02 00:06:00"),
        ("2026-01-01 07:50", 1800, "01 08:30:00"),  # longer than the window
        ("2026-01-01 15:30", 1800, "01 16:10:00"),
    ],
)
def test_time_stands_still_from_before_a_change_until_after_it(since: str, span_s: float, until: str) -> None:
    """Five minutes before, five after; a change that ends one shift and begins another is one change."""
    assert counted(since, span_s, SHANGHAI, *THREE) == until


def test_a_shift_over_midnight_changes_on_the_next_day() -> None:
    """Begun on Friday, ended on Saturday morning."""
    assert counted("2026-01-03 05:56", 60, SHANGHAI, "fri 22:00-06:00") == "03 06:06:00"
    assert counted("2026-01-04 05:56", 60, SHANGHAI, "fri 22:00-06:00") == "04 05:57:00"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-03-29 01:54:30", "29 03:05:30"),  # 02:00 does not happen: clocks go from 02:00 to 03:00
        ("2026-03-29 03:10", "29 03:11:00"),
        ("2026-10-25 01:54:30", "25 02:05:30"),  # 02:00 happens two times, and each is a change
    ],
)
def test_where_clocks_are_set_a_change_is_at_its_local_time(since: str, until: str) -> None:
    """On the day itself."""
    assert counted(since, 60, BERLIN, "02:00-14:00", "14:00-02:00") == until


def test_the_second_of_two_hours_that_are_the_same_has_its_change_too() -> None:
    """Where clocks are set back."""
    relief = Relief(grace=timedelta(minutes=5), shifts=(parse_hours("02:30-14:30"),))
    second = datetime(2026, 10, 25, 1, 29, tzinfo=UTC)  # 02:29 for the second time

    assert relief.counted_until(second, timedelta(seconds=60), BERLIN) == datetime(2026, 10, 25, 1, 36, tzinfo=UTC)


def test_without_changes_all_time_counts() -> None:
    """Shifts that never change."""
    assert counted("2026-01-01 08:00", 60, SHANGHAI, "always") == "01 08:01:00"


def test_a_post_knows_the_changes_of_the_roster(written: Written) -> None:
    """Whichever file the roster is in."""
    written.write("roster.yaml", 'roster: {shifts: [{name: 早班, hours: "08:00-16:00"}]}\n')
    network = written.load("include: roster.yaml\n" + camera(posts="[{zone: post, relief: 10m}]"))

    relief = network.cameras[0].posts[0].relief
    assert relief is not None
    assert (relief.grace, [hours.text for hours in relief.shifts]) == (timedelta(minutes=10), ["08:00-16:00"])
