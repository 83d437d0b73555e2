"""`ringwatch demo`: the sample network, a node and the console, in one command."""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import click

from ringwatch.arguments import MODEL, duration


@click.command
@click.option("--for", "span", type=duration(), metavar="60s", help="stop by itself after this long")
@click.option("--no-browser", is_flag=True, help="do not open the console in a browser")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="port of the console")
@MODEL
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="keep the demo's data in this folder")
def command(span: timedelta | None, no_browser: bool, port: int, model: str | None, data: Path | None) -> None:
    """Serve the sample cameras, run a node on them and show the alerts.

    Exits 0 if cameras went live and at least one alert reached the desk, else 1.
    """
    from ringwatch.demo import DemoOptions, run_demo

    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ringwatch-demo-")))
        options = DemoOptions(data=folder, span=span, browser=not no_browser, port=port, model=model)
        outcome = run_demo(options)
        click.echo(outcome.summary)
        stack.close()
        sys.exit(0 if outcome.good else 1)
