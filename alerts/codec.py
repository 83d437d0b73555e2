"""Occurrences as fields of a Redis stream entry, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC

from pydantic import TypeAdapter, ValidationError

from alerts.errors import DecodeError
from alerts.messages import Occurrence, Origin
from alerts.schema import GREATEST, Body, PositionBody
from detect.messages import Position

VERSION = 1
_OCCURRENCE = TypeAdapter(Occurrence)
_TIMES = ("started_at", "captured_at", "raised_at")
_ORIGIN = re.compile(r"(?P<outbox>[0-9a-f-]{1,64}):(?P<seq>[1-9][0-9]{0,15})(?::(?P<settled>[0-9]{1,16}))?")


def encode(occurrence: Occurrence, origin: Origin | None = None) -> dict[str, str]:
    """The fields of one stream entry. Never refuses: a number JSON has no word for becomes null."""
    fields = {
        "v": str(VERSION),
        "id": occurrence.id,
        "rev": str(occurrence.rev),
        "body": _OCCURRENCE.dump_json(occurrence).decode(),
    }
    return fields if origin is None else fields | {"origin": f"{origin.outbox}:{origin.seq}:{origin.settled}"}


def decode(fields: Mapping[str, str]) -> tuple[Occurrence, Origin | None]:
    """What `encode` wrote down, or what another system wrote by the published schema.

    Raises:
        DecodeError: with the origin, where that much can be read.
    """
    origin = _origin(fields.get("origin"))
    try:
        _check_version(fields)
        return _occurrence(fields), origin
    except DecodeError as error:
        error.origin = origin
        raise


def _check_version(fields: Mapping[str, str]) -> None:
    version = fields.get("v")
    if version is None:
        raise DecodeError("the entry has no field v")
    if version != str(VERSION):
        raise DecodeError(f"the entry has schema version {version[:20]!r}, this ringwatch reads {VERSION}")


def _occurrence(fields: Mapping[str, str]) -> Occurrence:
    if "body" not in fields:
        raise DecodeError("the entry has no field body")
    try:
        body = Body.model_validate_json(fields["body"])
    except ValidationError as error:
        raise DecodeError(f"the body breaks the schema: {_first(error)}") from error
    except UnicodeEncodeError as error:
        raise DecodeError("the body is not UTF-8") from error
    if (fields.get("id"), fields.get("rev")) != (body.id, str(body.rev)):
        raise DecodeError("the fields id and rev are not those of the body")
    times = {name: getattr(body, name).astimezone(UTC) for name in _TIMES}
    return Occurrence(**dict(body) | times | {"position": _position(body.position)})


def _position(body: PositionBody | None) -> Position | None:
    return None if body is None else Position(**dict(body) | {"at": body.at.astimezone(UTC)})


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    where = ".".join(str(part) for part in found[0]["loc"]) or "body"
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{where}: {found[0]['msg']}{more}"


def _origin(text: str | None) -> Origin | None:
    found = _ORIGIN.fullmatch(text or "")
    if found is None:
        return None
    seq, settled = int(found["seq"]), int(found["settled"] or 0)
    return Origin(outbox=found["outbox"], seq=seq, settled=settled) if settled < seq <= GREATEST else None
