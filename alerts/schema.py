"""The body of an alert entry, as published to those who read the stream."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from config.model import Ring, Severity
from detect.messages import DetailValue, Phase

GREATEST = 2**53 - 1  # the greatest whole number that every JSON reader keeps exactly
Number = Annotated[int, Field(ge=1, le=GREATEST)]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]  # PostgreSQL stores no NUL
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
# Parts never begin with a dot, so a folder can never lead out of the evidence root.
Folder = Annotated[str, Field(max_length=500, pattern=r"^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/|$))*$")]


class PositionBody(BaseModel):
    """Where a moving camera was."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lat: float = Field(ge=-90, le=90, description="degrees north, WGS 84")
    lon: float = Field(ge=-180, le=180, description="degrees east, WGS 84")
    speed_m_s: float | None = Field(default=None, ge=0, description="metres a second; null where it is not told")
    at: AwareDatetime = Field(description="when it was there")


class Body(BaseModel):
    """One revision of one alert. Later versions may add fields: ignore the ones you do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", title="ringwatch alert, body of one stream entry, version 1")

    id: Word = Field(description="the alert; all its revisions carry the same id")
    rev: Number = Field(description="1 when raised, then one more for every later revision; the highest one holds")
    camera: Word = Field(description="the camera's id in the configuration")
    camera_name: Text = Field(description="what people call the camera")
    ring: Ring = Field(description="the ring of checkpoints it stands in; `vehicle` is a mounted feed")
    cell: Text = Field(description="small grid cell; empty when the camera has none")
    rule: Word = Field(description="the rule that found it, for example post.absent")
    zone: Text = Field(description="the zone it is about; empty when it is about the whole picture")
    phase: Phase = Field(description="raised, updated or cleared")
    severity: Severity = Field(description="maps to GB/T 28181 priorities 1 to 4 in this order")
    started_at: AwareDatetime = Field(description="when the cause began")
    captured_at: AwareDatetime = Field(description="when this phase became true: start plus the rule's own time")
    raised_at: AwareDatetime = Field(description="when the node made this revision, by its own clock")
    detail: dict[Word, DetailValue] = Field(default_factory=dict, description="what the rule adds")
    evidence: Folder = Field(default="", description="folder of snapshot and clip, relative to the evidence root")
    position: PositionBody | None = Field(default=None, description="where the camera was; null unless it moves")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `body`, as it stands in `docs/alert.schema.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Body.model_json_schema()
