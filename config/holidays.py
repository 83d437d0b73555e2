"""The network's holidays: days on which hours that speak of holidays hold others than their weekday's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from pydantic import BeforeValidator, RootModel, WithJsonSchema

from config.redact import quoted

SHOW = "write for example 2026-10-01, or 2026-10-01..2026-10-07"
LONGEST_DAYS = 366


def parse_days(value: object) -> tuple[date, ...]:
    """`value`, a date or a span of dates, as the days it means, its last included.

    Raises:
        ValueError: with what to write instead.
    """
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is not a date: {SHOW}")  # noqa: TRY004 - pydantic collects ValueError
    begin_text, dots, end_text = value.partition("..")
    begin = _day(begin_text, value)
    end = _day(end_text, value) if dots else begin
    if not begin <= end or (end - begin).days >= LONGEST_DAYS:
        raise ValueError(f"{value!r} ends before it begins, or a year later: {SHOW}")
    return tuple(begin + timedelta(days=number) for number in range((end - begin).days + 1))


def _day(text: str, whole: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{quoted(whole)} is not a date: {SHOW}") from None


HolidayDays = Annotated[
    tuple[date, ...],
    BeforeValidator(parse_days),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}(\.\.\d{4}-\d{2}-\d{2})?$",
            "examples": ["2026-10-01", "2026-10-01..2026-10-07"],
        }
    ),
]


class Holidays(RootModel[tuple[HolidayDays, ...]]):
    """The holidays as they were listed."""

    @property
    def days(self) -> frozenset[date]:
        """Every single day."""
        return frozenset(day for days in self.root for day in days)
