"""`ringwatch alerts load`: what the duty room had to bear, and how fast it answered."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from alerts.load_book import PeriodError
from config.errors import BackendUnavailable
from config.model import NetworkInfo
from ringwatch.arguments import DATA, JSON, config_file
from ringwatch.layout import Layout
from ringwatch.moments import read_moment

if TYPE_CHECKING:
    from alerts.load import Load
    from config.model import Network


def parse_moment(text: str, zone: ZoneInfo, name: str) -> datetime:
    """`text`, ISO 8601, as an instant; without an offset it is in `zone`.

    Raises:
        click.BadParameter: of the option `name`, with what to write instead.
    """
    try:
        at = read_moment(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        words = f"{text!r} is not a time: write for example 2026-03-01 or 2026-03-01T08:00+08:00"
        raise click.BadParameter(words, param_hint=name) from None


@click.command("load")
@DATA
@click.option(
    "--config",
    type=click.Path(exists=True, path_type=Path),
    help="the node's configuration: its database, time zone, grid and roster",
)
@click.option("--from", "begin", metavar="TIME", help="its beginning  [default: a day before its end]")
@click.option("--to", "end", metavar="TIME", help="its end  [default: now]")
@JSON
def command(data: Path, config: Path | None, begin: str | None, end: str | None, *, as_json: bool) -> None:
    """Show the alarm load of a period: rate, floods, standing and chattering alerts, response times (ISA-18.2).

    Times are in the network's time zone.
    """
    network = _network(config)
    zone = network.zone_info if network is not None else ZoneInfo(NetworkInfo().timezone)
    begins = parse_moment(begin, zone, "--from") if begin else None
    ends = parse_moment(end, zone, "--to") if end else None
    try:
        load = _load(Layout(data), network, begins, ends)
    except PeriodError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        from watchroom.load_views import load_view

        click.echo(load_view(load).model_dump_json())
    else:
        from ringwatch.load_lines import print_load

        print_load(load, sys.stdout, zone)


def _network(config: Path | None) -> Network | None:
    from config.load import load

    return None if config is None else load(config_file(config), os.environ)


def _load(layout: Layout, network: Network | None, begin: datetime | None, end: datetime | None) -> Load:
    from alerts.load_book import LoadBook
    from ringwatch.loads import load_book
    from storage.load_records import LoadRecords

    url = network.storage.database if network is not None else None
    if url is None and not layout.record.exists():
        raise BackendUnavailable(f"there is no record in {layout.data}: name the node's data folder with --data")
    with closing(LoadRecords(url or layout.record_url)) as records:
        book = LoadBook(records, lambda: datetime.now(UTC)) if network is None else load_book(records, network)
        return book.between(begin, end)
