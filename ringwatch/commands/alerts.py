"""`ringwatch alerts`: the queue in a terminal, and below it the acts on alerts."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import BackendUnavailable
from ringwatch.alert_acts import ACTS
from ringwatch.alert_export import export
from ringwatch.arguments import DATA
from ringwatch.commands import alerts_load
from ringwatch.dead_letters import dead_letters, open_queue, saying_where

if TYPE_CHECKING:
    from types import FrameType

    from alerts.queue import AlertQueue, Entry

BLOCK_S = 1.0
RETRY_S = 1.0
Show = Callable[["Entry"], None]


@click.group(invoke_without_command=True)
@DATA
@click.option("--url", metavar="URL", help="the queue: redis://…, rediss://…, unix://…  [default: the node's own]")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(0, 10_000), help="how many to begin with")
@click.option("--follow", is_flag=True, help="go on as alerts come, until Ctrl-C")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.option("--schema", is_flag=True, help="print the JSON Schema of an alert's body, and end")
@click.pass_context
def command(
    context: click.Context, data: Path, url: str | None, limit: int, follow: bool, as_json: bool, schema: bool
) -> None:
    """Show the newest alerts in the queue, oldest first. Only looks: takes nothing from the desk.

    With a command: look at the record of alerts, and act on them.
    """
    if context.invoked_subcommand is not None:
        # What stands before the command holds for it too, unless it says otherwise itself.
        context.default_map = {"load": {"data": data}, "dead-letters": {"data": data, "url": url}}
        return
    if schema:
        _print_schema()
        return
    try:
        _show(open_queue(data, url), limit, follow=follow, show=_json_line if as_json else _coloured())
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        # Whoever read us has seen enough; keep the interpreter from complaining when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


command.add_command(dead_letters)
command.add_command(alerts_load.command)
for act in ACTS:
    command.add_command(act)
command.add_command(export)


def _print_schema() -> None:
    from alerts.schema import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def _show(queue: AlertQueue, limit: int, *, follow: bool, show: Show) -> None:
    entries = _first(queue, limit)
    last = entries[-1].id if entries else "0-0"
    for entry in entries[-limit:] if limit else ():
        show(entry)
    if follow:
        with _interrupts() as interrupted:
            for entry in _later(queue, last, interrupted):
                show(entry)


def _first(queue: AlertQueue, limit: int) -> tuple[Entry, ...]:
    with saying_where():
        return queue.newest(max(1, limit))


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Set by Ctrl-C, which interrupts as ever: where the interpreter is letting go of something, that alone is lost."""
    interrupted = threading.Event()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _later(queue: AlertQueue, last: str, interrupted: threading.Event) -> Iterator[Entry]:
    """What comes after `last`, until interrupted; a queue that goes away is waited for."""
    away = False
    while not interrupted.is_set():
        try:
            entries = queue.after(last, BLOCK_S)
        except BackendUnavailable as error:
            if not away:
                click.echo(f"ringwatch: {error}: trying again", err=True)
            away = True
            time.sleep(RETRY_S)
            continue
        away = False
        for entry in entries:
            last = entry.id
            yield entry


def _json_line(entry: Entry) -> None:
    """The body as it was published, and where it stands in the stream."""
    body = _readable(entry)
    if body is not None:
        click.echo(json.dumps({"entry": entry.id} | body, ensure_ascii=False))


def _readable(entry: Entry) -> dict[str, Any] | None:
    from alerts.codec import decode
    from alerts.errors import DecodeError

    try:
        decode(entry.fields)
    except DecodeError as error:
        click.echo(f"ringwatch: entry {entry.id} cannot be read: {error}", err=True)
        return None
    body: dict[str, Any] = json.loads(entry.fields["body"])
    return body


def _coloured() -> Show:
    from ringwatch.alert_lines import AlertLines

    lines = AlertLines(sys.stdout, clock=lambda: datetime.now(UTC))
    return lines.show
