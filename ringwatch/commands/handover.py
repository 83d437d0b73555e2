"""`ringwatch handover CONFIG`: who is on duty, whether the open list was accepted, and the shift's report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import CONFIG, DATA, JSON, read_network
from ringwatch.record import Place
from ringwatch.written import writing

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.handover import Handovers, Standing
    from config.model import Network


@click.command
@CONFIG
@DATA
@click.option("--accept", is_flag=True, help="accept the open list for the shift that is on, as the seat --by")
@click.option("--by", metavar="SEAT", help="a seat of the roster that is on duty, for example desk-1")
@click.option("--note", default="", help="words that go with the acceptance")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="write the shift's report, HTML to print"
)
@click.option(
    "--shift",
    type=click.Choice(["last", "current"]),
    default="last",
    show_default=True,
    help="which shift to report on: the one that handed over, or the one that is on",
)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="the report's language")
@JSON
def command(
    config: Path,
    data: Path,
    accept: bool,
    by: str | None,
    note: str,
    report: Path | None,
    shift: str,
    lang: str,
    as_json: bool,
) -> None:
    """Show the handover from one shift to the next, accept the open list, or print the shift's report."""
    if accept and not by:
        raise click.UsageError("say who accepts: --accept --by desk-1")
    if not accept and (by or note):
        raise click.UsageError("--by and --note go with --accept: without it nothing is accepted")
    network = read_network(config)
    with _handovers(network, data) as handovers:
        if accept and by:
            handovers.accept(by, note)
        if report is not None:
            _write_report(network, handovers, report, last=shift == "last", language="en" if lang == "en" else "zh")
        standing = handovers.standing()
        count = len(handovers.open_alerts())
        click.echo(_json(standing, count) if as_json else _words(network, handovers, standing, count))


@contextmanager
def _handovers(network: Network, data: Path) -> Iterator[Handovers]:
    from alerts.handover import Handovers
    from storage.handovers import HandoverBook

    place = Place(data=data, network=network)
    with place.open() as database, closing(HandoverBook(place.url())) as book:
        yield Handovers(network, database, book)


def _write_report(network: Network, handovers: Handovers, file: Path, *, last: bool, language: str) -> None:
    from alerts.report_page import Manner, report_page

    manner = Manner(
        network=network.network.name,
        zone=network.zone_info,
        roster=handovers.roster,
        language="en" if language == "en" else "zh",
    )
    page = report_page(handovers.report(last=last), manner)
    with writing(file):
        file.write_text(page, encoding="utf-8")
    click.echo(f"wrote {file}", err=True)


def _json(standing: Standing, count: int) -> str:
    accepted, change = standing.accepted, standing.change
    return json.dumps(
        {
            "shifts": [turn.shift for turn in standing.turns],
            "seats": list(standing.seats),
            "since": change.at.isoformat() if change else None,
            "next_change": standing.next_change.isoformat() if standing.next_change else None,
            "open": count,
            "pending": standing.pending,
            "overdue_s": round(standing.overdue.total_seconds()),
            "accepted_by": accepted.accepted_by if accepted else None,
            "accepted_at": accepted.accepted_at.isoformat() if accepted else None,
        },
        ensure_ascii=False,
    )


def _words(network: Network, handovers: Handovers, standing: Standing, count: int) -> str:
    def time(at: datetime) -> str:
        return f"{at.astimezone(network.zone_info):%m-%d %H:%M}"

    names = [f"{handovers.roster.name_of(seat)} ({seat})" for seat in standing.seats]
    on = ", ".join(turn.shift for turn in standing.turns)
    lines = [f"on duty: {on}: {', '.join(names)}" if on else "on duty: nobody"]
    if standing.next_change is not None:
        lines.append(f"until {time(standing.next_change)}")
    lines.append(f"open alerts: {count}")
    if standing.accepted is not None:
        lines.append(f"accepted by {standing.accepted.accepted_by} at {time(standing.accepted.accepted_at)}")
    elif standing.pending:
        overdue = f", overdue for {round(standing.overdue.total_seconds() // 60)} min" if standing.overdue else ""
        lines.append(f"not accepted yet{overdue}: ringwatch handover CONFIG --accept --by SEAT")
    return "\n".join(lines)
