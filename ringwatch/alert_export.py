"""`ringwatch alerts export`: a period of the record as a table, or as JSON lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import click
from pydantic import TypeAdapter

from ringwatch.moments import read_moment
from ringwatch.record import Place, record_options

if TYPE_CHECKING:
    from storage.messages import AlertRecord

TIMES = (
    "started_at", "raised_at", "cleared_at", "recorded_at", "last_raised_at", "claimed_at", "acknowledged_at",
    "resolved_at", "shelved_until",
)  # fmt: skip
COLUMNS = (
    "id", "raised_at", "severity", "rule", "camera", "camera_name", "ring", "cell", "zone", "condition", "handling",
    "handler", "disposition", "action", "claimed_at", "acknowledged_at", "resolved_at", "seconds_to_claim",
    "seconds_to_acknowledge", "seconds_to_resolve", "escalation", "repeats", "late", "incident", "suppressed",
    "started_at", "cleared_at", "last_raised_at", "recorded_at", "shelved_until", "evidence", "detail",
)  # fmt: skip
# Spreadsheets read the full-width signs of a Chinese keyboard as the others.
MEANT_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PLAIN: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
SHOW = "write for example 2026-11-24, or 2026-11-24 08:00"


@click.command
@click.option("--from", "begin", required=True, metavar="TIME", help="raised from then on; a date is its first moment")
@click.option("--to", "end", metavar="TIME", help="until before then; a date is its last moment  [default: now]")
@click.option("--csv", "as_csv", is_flag=True, help="a table with a heading, instead of one JSON object a line")
@click.option("--excel", is_flag=True, help="with --csv: mark it as UTF-8, which spreadsheets want for Chinese")
@record_options
def export(place: Place, begin: str, end: str | None, as_csv: bool, excel: bool) -> None:
    """Write every alert that was raised in a period. Times are in the network's time zone."""
    if excel and not as_csv:
        raise click.UsageError("--excel marks a table: say --csv too")
    begins = parse_time(begin, place.zone, last=False, name="--from")
    ends = parse_time(end, place.zone, last=True, name="--to") if end else datetime.now(UTC)
    if ends <= begins and end is None:
        raise click.BadParameter("it is still to come", param_hint="--from")
    if ends <= begins:
        raise click.BadParameter("it must end after it begins", param_hint="--to")
    with place.open() as database:
        alerts = database.raised_between(begins, ends)
        if as_csv:
            write_table(alerts, sys.stdout, place.zone, marked=excel)
            return
        for alert in alerts:
            click.echo(json.dumps(as_body(alert, place.zone), ensure_ascii=False))


def parse_time(text: str, zone: ZoneInfo, *, last: bool, name: str) -> datetime:
    """`text` as an instant; without an offset in `zone`. A date alone is its first moment, or the `last`.

    Raises:
        click.BadParameter: with what to write.
    """
    try:
        at = read_moment(text)
        if last and _is_date(text.strip()):
            at = datetime.combine(at, time.max)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date or a time: {SHOW}", param_hint=name) from None


def _is_date(text: str) -> bool:
    """Whether `text` is a date alone, in any form that is read: 2026-11-24, 20261124."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def write_table(alerts: Iterable[AlertRecord], stream: TextIO, zone: ZoneInfo, *, marked: bool = False) -> None:
    """`alerts` as comma-separated values with a heading."""
    if marked:
        stream.write("\ufeff")
    table = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    table.writeheader()
    for alert in alerts:
        table.writerow({name: _cell(value) for name, value in _row(alert, zone).items()})


def as_body(alert: AlertRecord, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """`alert` as JSON has it; times in `zone`, else in UTC."""
    body = {one.name: getattr(alert, one.name) for one in fields(alert)}
    if zone is not None:
        body |= {name: body[name].astimezone(zone) for name in TIMES if body[name] is not None}
    plain: dict[str, Any] = _PLAIN.dump_python(body, mode="json")
    return plain


def _row(alert: AlertRecord, zone: ZoneInfo) -> dict[str, object]:
    row: dict[str, object] = as_body(alert, zone)
    row |= {name: at.astimezone(zone).isoformat(sep=" ", timespec="seconds") for name, at in _times(alert)}
    row["detail"] = json.dumps(row["detail"], ensure_ascii=False)
    row["seconds_to_claim"] = _seconds(alert, alert.claimed_at)
    row["seconds_to_acknowledge"] = _seconds(alert, alert.acknowledged_at)
    row["seconds_to_resolve"] = _seconds(alert, alert.resolved_at)
    return {name: row[name] for name in COLUMNS}


def _times(alert: AlertRecord) -> list[tuple[str, datetime]]:
    return [(name, at) for name in TIMES if (at := getattr(alert, name)) is not None]


def _seconds(alert: AlertRecord, at: datetime | None) -> float | None:
    """Since it was raised; a clock that jumped back makes nothing negative."""
    return None if at is None else max(0.0, round((at - alert.raised_at).total_seconds(), 1))


def _cell(value: object) -> object:
    """`value`, never to be taken for a formula: names come from configurations and queues."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else None
    return f"'{text}" if text is not None and text.startswith(MEANT_AS_FORMULA) else value
