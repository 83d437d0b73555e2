"""When alerts of several cameras are taken for one matter with one cause."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from config.durations import SHAPE, WRITTEN

Window = Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=10)), WRITTEN, SHAPE]


class Incidents(BaseModel):
    """How many cameras must fail within what time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: Window = timedelta(seconds=30)
    cameras: Annotated[int, Field(strict=True, ge=2, le=1000)] = 3
