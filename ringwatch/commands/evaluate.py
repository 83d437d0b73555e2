"""`ringwatch evaluate SET.yaml`: how good the rules are on labelled clips."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import BASELINE, JSON, Models, read_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ringwatch.comparison import Compared
    from ringwatch.evaluation import Figures
    from ringwatch.labelled import LabelledClip
    from ringwatch.replay import ClipError

HEADINGS = ("rule", "true", "false", "missed", "precision", "recall", "F1", "delay p50", "p95", "false/h")
COMPARED = {
    "true": "true",
    "false": "false",
    "missed": "missed",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "delay_s_p95": "delay p95",
    "cpu_ms_per_inference": "CPU",
    "teacher_recall": "of teacher's",
    "teacher_precision": "teacher backs",
}
WIDEST = 140  # columns, where no terminal says how many there are


@click.command
@click.argument("labelled", metavar="SET", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--model", "models", multiple=True, help="model in place of the configurations'; given again, they are compared"
)
@click.option("--teacher", help="with models to compare: a model whose boxes they are measured against")
@BASELINE
@JSON
def command(labelled: Path, models: tuple[str, ...], teacher: str | None, baseline: Path | None, as_json: bool) -> None:
    """Replay every clip of SET and count what its labels say of each rule.

    A match is an event of the same rule and zone raised within the label's tolerance of its moment. Rules that a
    camera has and the set does not list must stay silent. With several --model, a line a model: what its alerts were
    worth, CPU per inference, and how far it agrees with the --teacher.

    A clip that cannot be read is named, the others are counted, and the exit code is 2.
    """
    from ringwatch.comparison import compare
    from ringwatch.evaluation import figures
    from ringwatch.labelled import read_set
    from ringwatch.watching import watch_each

    clips, unread = read_set(labelled, read_network), Unread()
    if len(models) > 1 or teacher:
        compared = list(compare(clips, models or ("auto",), teacher, unread, baseline))
        if compared:
            _print_compared(compared, len(clips) - unread.count, as_json=as_json)
    else:
        model = Models(override=models[0] if models else None)
        watched = [seen for _, seen in watch_each(clips, model, baseline, unread)]
        if watched:
            _print_figures(figures(watched), len(watched), as_json=as_json)
    sys.exit(unread.exit_code)


@dataclass(slots=True)
class Unread:
    """Names the clips that cannot be read, on standard error, and counts them."""

    count: int = 0
    exit_code: int = 0  # of the command: that of the clips' error, if there is one

    def __call__(self, clip: LabelledClip, error: ClipError) -> None:
        """Name one."""
        self.count += 1
        self.exit_code = error.exit_code
        click.echo(f"ringwatch: {error}; it is not counted", err=True)


def _print_compared(compared: Iterable[Compared], clips: int, *, as_json: bool) -> None:
    rows = [one.row() for one in compared]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    cells = [[str(row["model"]), *(_cell(row[key]) for key in COMPARED)] for row in rows]
    _print(("model", *COMPARED.values()), cells, f"{clips} clips; CPU in ms, of one core")


def _print_figures(rows: Sequence[Figures], clips: int, *, as_json: bool) -> None:
    if not as_json:
        _print_table(rows, clips)
        return
    for row in rows:
        click.echo(json.dumps(asdict(row), ensure_ascii=False))


def _print_table(rows: Sequence[Figures], clips: int) -> None:
    cells = []
    for row in rows:
        shares = [_cell(share) for share in (row.precision, row.recall, row.f1)]
        delays = [_cell(delay) for delay in (row.delay_s_p50, row.delay_s_p95)]
        counts = [str(row.true), str(row.false), str(row.missed)]
        cells.append([row.rule, *counts, *shares, *delays, _cell(row.false_per_camera_hour)])
    _print(HEADINGS, cells, f"{clips} clips; delays in seconds; false alerts per camera-hour")


def _print(headings: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1), caption=caption)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDEST).print(table)


def _cell(value: object) -> str:
    return "–" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
