"""Cameras that are out of service for a while: their alerts go on record and call nobody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema

from config.marked import Marked, Problems
from config.redact import quoted
from config.words import suggestion

SHOW = "write for example 2026-12-01 08:00"
_TIMED = re.compile(r"[0-9W-]+[Tt ][0-9:]*:")
EVERY = ".*"  # ends a group of rules: camera.*


def parse_instant(value: object) -> datetime:
    """`value`, a date and a time, as it is written: without an offset it is meant in the network's time zone.

    Raises:
        ValueError: with what to write instead.
    """
    if isinstance(value, datetime):
        return value
    try:
        # Python takes any character between date and time: 2026-12-01+08:00 would be eight in the morning.
        if isinstance(value, str) and _TIMED.match(text := value.strip()):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{quoted(value)} is not a date and a time: {SHOW}")


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-12-01 08:00", "2026-12-01T08:00:00+08:00"]}),
]


class OutOfService(BaseModel):
    """Some cameras, or all behind an uplink, from one moment until another."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    cameras: tuple[str, ...] = ()
    uplink: str = ""
    rules: tuple[str, ...] = ()  # none: every rule
    begins: Instant = Field(alias="from")
    until: Instant
    reason: str = Field(min_length=1)

    def in_zone(self, zone: ZoneInfo) -> OutOfService:
        """With times that say their offset."""
        times = {name: _aware(getattr(self, name), zone) for name in ("begins", "until")}
        return self.model_copy(update=times)


class OutOfServiceList(RootModel[tuple[OutOfService, ...]]):
    """All of them, as they were listed."""

    def __iter__(self) -> Iterator[OutOfService]:  # type: ignore[override]  # a list is gone through by its items
        return iter(self.root)


def _aware(at: datetime, zone: ZoneInfo) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def check_out_of_service(
    tree: Marked, listed: OutOfServiceList | None, cameras: Sequence[Any], rules: Collection[str], problems: Problems
) -> None:
    """Names are known, and each ends after it begins."""
    ids = [camera.id for camera in cameras]
    uplinks = sorted({camera.uplink for camera in cameras if camera.uplink})
    for index, one in enumerate(listed.root if listed else ()):
        here = ("out_of_service", index)
        if bool(one.cameras) == bool(one.uplink):
            problems.add(tree.at(here), "say cameras: [...] or uplink: NAME, one of them")
        for number, name in enumerate(one.cameras):
            if name not in ids:
                problems.add(tree.at((*here, "cameras", number)), f"no camera {quoted(name)}: {_near(name, ids)}")
        if one.uplink and one.uplink not in uplinks:
            place = tree.at((*here, "uplink"))
            problems.add(place, f"no camera has the uplink {quoted(one.uplink)}: {_near(one.uplink, uplinks)}")
        for number, rule in enumerate(one.rules):
            if (wrong := wrong_rule(rule, rules)) is not None:
                problems.add(tree.at((*here, "rules", number)), wrong)
        if _order(one.begins) >= _order(one.until):
            problems.add(tree.at((*here, "until")), "it must end after it begins")
        elif _order(one.until) - _order(one.begins) > timedelta(days=366):
            problems.add(tree.at((*here, "until")), "nothing is out of service for more than a year: remove the camera")


def wrong_rule(rule: str, rules: Collection[str]) -> str | None:
    """What is wrong with `rule`, one of `rules` or a group of them; None when nothing is."""
    return None if _is_rule(rule, rules) else f"no rule {quoted(rule)}: {_near(rule, sorted(rules))}"


def _is_rule(rule: str, rules: Collection[str]) -> bool:
    if rule.endswith(EVERY):
        return any(name.startswith(rule[: -len(EVERY)] + ".") for name in rules)
    return rule in rules


def _order(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


def _near(word: str, known: list[str]) -> str:
    found = suggestion(word, known) if known else ""
    return found if found.startswith("did you") or 0 < len(known) < 20 else "check the name"
