"""What every section of the configuration is made of."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that is checked once and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Ring(StrEnum):
    """Which ring of checkpoints a camera stands in; `vehicle` is a mounted feed."""

    INNER = "inner"
    MIDDLE = "middle"
    OUTER = "outer"
    VEHICLE = "vehicle"


class Severity(StrEnum):
    """How urgent an alert is; maps to GB/T 28181 priorities 1 to 4 in this order."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
