"""Durations as people write them: `90s`, `5m`, `1h30m`, `500ms`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from config.redact import quoted

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
LONGEST = timedelta(days=36_500)  # a moment so far from now is still a date
PATTERN = r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"


def parse_duration(value: object) -> timedelta:
    """`value` as a span of time.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str) and re.match(PATTERN, value):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))
        if seconds > LONGEST.total_seconds():
            raise ValueError(f"{value} is longer than a hundred years: check the number and its unit")
        return timedelta(seconds=seconds)
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"a duration needs its unit: write {value:g}s, or {value:g}m for minutes")  # noqa: TRY004
    raise ValueError(f"{quoted(value)} is not a duration: write for example 90s, 5m or 1h30m")


def format_duration(span: timedelta) -> str:
    """`span` in the shortest form `parse_duration` reads back: 90 s is `1m30s`."""
    milliseconds = round(span / timedelta(milliseconds=1))
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


WRITTEN = BeforeValidator(parse_duration)
SHAPE = WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["2s", "90s", "5m"]})
Duration = Annotated[timedelta, WRITTEN, SHAPE]  # a bound goes before WRITTEN: it holds for what has been read
