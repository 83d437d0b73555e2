"""`ringwatch tune CONFIG`: what a camera's recordings would have raised with other settings."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from ringwatch.arguments import BASELINE, CONFIG, JSON, MODEL, Models, camera_of, config_file, read_network, starting
from ringwatch.written import require_writable, writing

if TYPE_CHECKING:
    from rich.table import Table

    from ringwatch.tuning.trials import Alert, ClipTrials
    from ringwatch.tuning.variants import Variant

log = structlog.get_logger()
WIDEST = 140  # columns, where no terminal says how many there are
SIDE_BY_SIDE = 8  # variants whose times are shown beside each other


@click.command
@CONFIG
@click.option("--camera", "camera_id", required=True, help="whose recordings they are")
@click.option(
    "--clip",
    "clips",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a recording; several may be given",
)
@click.option(
    "--set",
    "texts",
    multiple=True,
    metavar="PATH=VALUE|...",
    help="what to try, as posts.0.absent_after=30s or rules.intrusion.dwell=1s|5s; several are combined",
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="page to be made, with timelines and thumbnails"
)
@starting("which moment each clip begins at, for rules with hours")
@MODEL
@BASELINE
@JSON
def command(
    config: Path,
    camera_id: str,
    clips: tuple[Path, ...],
    texts: tuple[str, ...],
    html: Path | None,
    begins: datetime,
    model: str | None,
    baseline: Path | None,
    as_json: bool,
) -> None:
    """Replay a camera's recordings with its present settings and with others, and show what each would have raised.

    A setting is named by its way through the camera's configuration: posts and rules by number, zone or rule, and then
    the key. Values are written as in the file; several values, separated by |, are tried one after another, and several
    --set in every combination. Each picture is inferred once, however many settings are tried.
    """
    from config.changes import parse_changes
    from ringwatch.tuning.page import Report, page
    from ringwatch.tuning.trials import Recordings, try_out
    from ringwatch.tuning.variants import variants
    from ringwatch.unknown_classes import UnknownClasses

    network = read_network(config)
    camera = camera_of(network, camera_id)
    tried = variants(config_file(config), os.environ, camera_id, parse_changes(texts))
    if html is not None:
        require_writable(html, "--html", (*clips, config_file(config), *([baseline] if baseline else [])))
    recordings = Recordings(clips=clips, start=begins, zone_info=network.zone_info, baseline=baseline)
    with closing(Models(override=model).load(network, config_file(config))) as detector:
        UnknownClasses().warn_of((variant.camera for variant in tried), detector)
        log.info("trying", settings=len(tried), clips=len(clips), camera=camera.id)
        done = tuple(try_out(tried, recordings, detector))
        report = Report(camera=camera, model=detector.name, variants=tried, clips=done)
    _tell(tried, done, as_json=as_json)
    if html is not None:
        with writing(html):
            html.write_text(page(report), "utf-8")


def _tell(tried: Sequence[Variant], done: Sequence[ClipTrials], *, as_json: bool) -> None:
    if not as_json:
        _print_tables(tried, done)
        return
    for row in _rows(done):
        click.echo(json.dumps(row, ensure_ascii=False))


def _rows(done: Sequence[ClipTrials]) -> Iterator[dict[str, object]]:
    """A row an alert."""
    for clip in done:
        for trial in clip.trials:
            for alert in trial.alerts:
                yield {
                    "variant": trial.variant.number,
                    "set": list(trial.variant.changes),
                    "clip": clip.clip.name,
                    "event": alert.id,
                    "rule": alert.rule,
                    "zone": alert.zone,
                    "severity": alert.severity,
                    "began": alert.began_s,
                    "raised": alert.raised_s,
                    "cleared": alert.cleared_s,
                    "detail": dict(alert.detail),
                }


def _print_tables(tried: Sequence[Variant], done: Sequence[ClipTrials]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDEST, highlight=False)
    console.print(_summary(tried, done))
    if len(tried) <= SIDE_BY_SIDE:
        for clip in done:
            console.print(_alerts(tried, clip))


def _summary(tried: Sequence[Variant], done: Sequence[ClipTrials]) -> Table:
    from ringwatch.tuning.trials import counts, rules_of

    rules = rules_of(done)
    table = _table(("", "settings"), (*rules, "in all"))
    for variant in tried:
        now = counts(done, variant.number)
        cells = [str(now[rule]) for rule in rules]
        settings = "\n".join(variant.changes) or "as configured"
        table.add_row(str(variant.number), settings, *cells, str(sum(now.values())))
    return table


def _alerts(tried: Sequence[Variant], clip: ClipTrials) -> Table:
    """When each cause was told, by the number of the settings."""
    from ringwatch.tuning.trials import causes

    table = _table(("rule", "zone"), ("began", *(f"raised {variant.number}" for variant in tried)))
    table.title = f"{clip.clip.name}, {clip.duration_s:g} s"
    for first, said in causes(clip):
        table.add_row(first.rule, first.zone, f"{first.began_s:.1f}", *map(_raised, said))
    return table


def _raised(alert: Alert | None) -> str:
    return "–" if alert is None else f"{alert.raised_s:.1f}"


def _table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1), title_justify="left")
    for heading in texts:
        table.add_column(heading)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
