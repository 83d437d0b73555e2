"""The windows in which `unusual` counts: they follow one another from every full hour on."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from config.durations import SHAPE, WRITTEN, format_duration

HOUR = timedelta(hours=1)


def _divides_an_hour(window: timedelta) -> timedelta:
    if HOUR % window:
        shown = format_duration(window)
        raise ValueError(f"{shown} does not divide an hour evenly: write 5m, 10m, 15m, 20m, 30m or 1h")
    return window


Window = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=HOUR), AfterValidator(_divides_an_hour), WRITTEN, SHAPE]
