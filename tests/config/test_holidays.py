"""Holidays as they are listed."""

from __future__ import annotations

import re
from datetime import date

import pytest

from config.holidays import Holidays, parse_days
from tests.config.written import Written, camera


def test_a_holiday_is_a_date_or_a_span_of_dates_its_last_included() -> None:
    """As the State Council's notice lists them."""
    listed = Holidays.model_validate(["2026-05-01", "2026-10-01..2026-10-03"])

    assert sorted(listed.days) == [date(2026, 5, 1), date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-13-01", "'2026-13-01' is not a date: write for example 2026-10-01, or 2026-10-01..2026-10-07"),
        ("1 May", "'1 May' is not a date"),
        ("2026-10-07..2026-10-01", "'2026-10-07..2026-10-01' ends before it begins, or a year later"),
        ("2026-10-01..2036-10-01", "ends before it begins, or a year later"),
        (20261001, "20261001 is not a date"),
    ],
)
def test_what_is_no_date_is_refused(text: object, said: str) -> None:
    """With an example."""
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_days(text)


def test_the_hours_of_posts_and_rules_know_the_networks_holidays(written: Written) -> None:
    """Those that speak of them; several files may list some."""
    written.write("more.yaml", "holidays: [2026-10-01..2026-10-02]\n")
    one = 'hours: "mon-fri 08:00-18:00, holidays off"'
    network = written.load(
        "include: more.yaml\nholidays: [2026-05-01]\n"
        + camera(posts=f"[{{zone: post, {one}}}]", rules=f"[{{rule: intrusion, zone: post, {one}}}]")
    )

    (gate,) = network.cameras
    assert gate.posts[0].hours == gate.rules[0].hours
    assert sorted(gate.posts[0].hours.holidays) == [date(2026, 5, 1), date(2026, 10, 1), date(2026, 10, 2)]
