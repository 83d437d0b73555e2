"""Times of labels as people write them: seconds of the clip, a clock's minutes and seconds, durations, moments."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from config.durations import PATTERN, parse_duration
from ringwatch.moments import read_moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

TOLERANCE_S = 3.0  # of a label that gives none
INSTEAD = "write seconds, as 64.5, or minutes and seconds, as 1:04.5"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
_BY_COLONS = re.compile(r"(?:(\d{1,6}):(?=\d+:))?(\d{1,6}):(\d{1,2}(?:\.\d+)?)")


def seconds_of(value: object) -> object:
    """`value` in seconds where it is text: `4.5`, `4s`, `0:04.5`, `1:00:04`. Else as it is, to be a number or refused.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, bool):  # which is a number to pydantic
        raise ValueError(f"{str(value).lower()} is not a time of the clip: {INSTEAD}")  # noqa: TRY004
    return _read(value.strip()) if isinstance(value, str) else value


def _read(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    if re.match(PATTERN, text):
        return parse_duration(text).total_seconds()
    if (found := _BY_COLONS.fullmatch(text)) is None:
        raise ValueError(f"{text!r} is not a time of the clip: {INSTEAD}")
    hours, minutes, seconds = int(found[1] or 0), int(found[2]), float(found[3])
    if seconds >= 60 or (found[1] and minutes >= 60):
        raise ValueError(f"{text!r} is not a time of the clip: after a colon comes 59 at most")
    return 3600 * hours + 60 * minutes + seconds


def moment_of(value: object) -> datetime:
    """The moment that `value` says; one that says no offset from UTC has none yet: `in_utc`.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, str):
        with suppress(ValueError):
            return read_moment(value)
    raise ValueError(f"{value!r} is not a time: write for example 2026-01-01T22:00:00+08:00")


def in_utc(moment: datetime, zone_info: ZoneInfo) -> datetime:
    """`moment` in UTC; without an offset it is one of `zone_info`."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone_info)).astimezone(UTC)


Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(seconds_of)]  # from the clip's start
Start = Annotated[datetime, BeforeValidator(moment_of)]
