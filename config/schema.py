"""The configuration's JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field, create_model
from pydantic.json_schema import GenerateJsonSchema

from config.durations import format_duration
from config.holidays import Holidays
from config.hours import Hours
from config.incidents import Incidents
from config.model import Camera, DetectorChoice, Duty, Grid, NetworkInfo, Notify, Queue, Roster, Storage, Whip
from config.out_of_service import OutOfServiceList
from config.watching import Watching

DRAFT = "https://json-schema.org/draft/2020-12/schema"
IDENTITY = ("id", "name")  # of one camera alone: neither defaults nor a template have them


class _AsWritten(GenerateJsonSchema):
    """Shows a default as an engineer would write it."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, timedelta):
            return format_duration(dft)
        return dft.text if isinstance(dft, Hours) else super().encode_default(dft)


class _File(BaseModel):
    """A configuration file. Any part may stand in a file named under `include`."""

    network: NetworkInfo | None = Field(default=None, description="what the network is called, where it is, its size")
    include: list[str] | str | None = Field(default=None, description="more files, by name or pattern")
    secrets: str | None = Field(default=None, description="file of name: user:password (or token) lines, mode 600")
    detector: DetectorChoice | None = Field(default=None, description="which model finds things")
    queue: Queue | None = Field(default=None, description="where alerts are queued")
    storage: Storage | None = Field(default=None, description="where alerts are recorded, when footage expires")
    whip: Whip | None = Field(default=None, description="where vehicles call to send their cameras")
    grid: Grid | None = Field(default=None, description="cells of responsibility")
    roster: Roster | None = Field(default=None, description="seats and shifts of the duty room")
    duty: Duty | None = Field(default=None, description="within what time an alert is answered for")
    notify: Notify | None = Field(default=None, description="who is told of alerts besides the page")
    watching: Watching | None = Field(default=None, description="who watches the watchers")
    holidays: Holidays | None = Field(default=None, description="dates, or spans of dates, that hours may speak of")
    incidents: Incidents | None = Field(default=None, description="when alerts of several cameras are one matter")
    out_of_service: OutOfServiceList | None = Field(default=None, description="cameras that call nobody for a while")


def json_schema() -> dict[str, Any]:
    """The schema of one configuration file, in draft 2020-12; a required key may come from a template."""
    part = _partial("Settings", Camera, without=IDENTITY)
    listed = create_model("ListedCamera", __base__=_partial("Listed", Camera), like=(str | None, None))
    template = create_model("Template", __base__=part, like=(str | None, None))
    fields: dict[str, Any] = {
        "defaults": (part | None, None),
        "templates": (dict[str, template] | None, None),
        "cameras": (list[listed] | None, None),
    }
    whole = create_model("Configuration", __base__=_File, **fields)
    schema = whole.model_json_schema(schema_generator=_AsWritten)
    _close(schema)
    return {"$schema": DRAFT, **schema, "title": "ringwatch configuration"}


def _partial(name: str, kind: type[BaseModel], without: tuple[str, ...] = ()) -> type[BaseModel]:
    """`kind` with every field optional: a template or the defaults may give the rest."""
    fields: dict[str, Any] = {
        key: (field.rebuild_annotation() | None, None) for key, field in kind.model_fields.items() if key not in without
    }
    return create_model(name, **fields)


def _close(node: Any) -> None:
    """Refuse unknown keys in every object with named keys, as `check` does; drop titles that only repeat the key."""
    if isinstance(node, list):
        for item in node:
            _close(item)
    if isinstance(node, dict):
        if "properties" in node:
            node["additionalProperties"] = False
            for value in node["properties"].values():
                value.pop("title", None)
        for value in node.values():
            _close(value)
