"""`ringwatch evaluate SET.yaml`: how good the rules are on labelled clips."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import JSON, MODEL, Models, read_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringwatch.evaluation import Figures

HEADINGS = ("rule", "true", "false", "missed", "precision", "recall", "F1", "delay p50", "p95", "false/h")
WIDEST = 120  # columns, where no terminal says how many there are


@click.command
@click.argument("labelled", metavar="SET", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@MODEL
@JSON
def command(labelled: Path, model: str | None, as_json: bool) -> None:
    """Replay every clip of SET and count what its labels say of each rule.

    A match is an event of the same rule and zone raised within the label's tolerance of its moment. Rules that a
    camera has and the set does not list must stay silent.
    """
    from ringwatch.evaluation import figures
    from ringwatch.labelled import read_set
    from ringwatch.watching import watch

    clips = read_set(labelled, read_network)
    rows = figures([watch(clip, Models(override=model)) for clip in clips])
    if as_json:
        for row in rows:
            click.echo(json.dumps(asdict(row), ensure_ascii=False))
        return
    _print_table(rows, len(clips))


def _print_table(rows: Sequence[Figures], clips: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(
        box=SIMPLE_HEAD, padding=(0, 1), caption=f"{clips} clips; delays in seconds; false alerts per camera-hour"
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "rule" else "right", no_wrap=True)
    for row in rows:
        shares = [_number(share) for share in (row.precision, row.recall, row.f1)]
        delays = [_number(delay) for delay in (row.delay_s_p50, row.delay_s_p95)]
        counts = [str(row.true), str(row.false), str(row.missed)]
        table.add_row(row.rule, *counts, *shares, *delays, _number(row.false_per_camera_hour))
    Console(width=None if sys.stdout.isatty() else WIDEST).print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
