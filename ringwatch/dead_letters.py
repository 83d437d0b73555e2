"""`ringwatch alerts dead-letters`: what was set aside, why, and how it is put back after an update."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import BackendUnavailable
from config.queue import wrong_url
from ringwatch.arguments import DATA, JSON
from ringwatch.layout import Layout

if TYPE_CHECKING:
    from alerts.queue import AlertQueue, Entry

FIELD = "field:"
URL = click.option("--url", metavar="URL", help="the queue: redis://…, rediss://…, unix://…  [default: the node's own]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead letter."""

    id: str  # in the stream of dead letters; "<milliseconds>-<number>"
    entry: str  # the entry it was
    error: str
    fields: Mapping[str, str]  # as they were

    @classmethod
    def of(cls, letter: Entry) -> Letter:
        """What the desk set aside."""
        fields = {name.removeprefix(FIELD): text for name, text in letter.fields.items() if name.startswith(FIELD)}
        return cls(
            id=letter.id, entry=letter.fields.get("entry", ""), error=letter.fields.get("error", ""), fields=fields
        )

    @property
    def still_wrong(self) -> str:
        """Why this ringwatch cannot read it either; "" when it can."""
        from alerts.codec import decode
        from alerts.errors import DecodeError

        try:
            decode(self.fields)
        except DecodeError as error:
            return str(error)
        return ""


@click.command("dead-letters")
@DATA
@URL
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="how many, the newest")
@click.option("--requeue", is_flag=True, help="put back those that this ringwatch can read; the others stay")
@JSON
def dead_letters(data: Path, url: str | None, limit: int, requeue: bool, as_json: bool) -> None:
    """List entries that the desk could not read or record, oldest first, with the reason.

    After an update, or when the record has room again, --requeue gives them to the desk once more. Whatever is on
    record already stays there once.
    """
    with closing(open_queue(data, url)) as queue:
        with saying_where():
            letters = [Letter.of(letter) for letter in queue.dead_letters(limit)]
        for letter in letters:
            _show(letter, _put_back(queue, letter) if requeue else "", as_json=as_json)


@contextmanager
def saying_where() -> Iterator[None]:
    """A queue that does not answer is told with what to look at."""
    try:
        yield
    except BackendUnavailable as error:
        raise BackendUnavailable(
            f"{error}\nIs the node running? Name its data folder with --data, or the queue with --url."
        ) from None


def open_queue(data: Path, url: str | None) -> AlertQueue:
    """The queue at `url`, else that of the node in `data`.

    Raises:
        click.BadParameter: `url` is not one of a queue.
    """
    from alerts.local_redis import RedisServer
    from alerts.queue import AlertQueue

    if url and (wrong := wrong_url(url)) is not None:
        raise click.BadParameter(wrong, param_hint="--url")
    return AlertQueue(url or RedisServer(Layout(data).redis).url)


def _put_back(queue: AlertQueue, letter: Letter) -> str:
    """What was done: `requeued`, or why it stays."""
    if wrong := letter.still_wrong:
        return f"stays: {wrong}"
    queue.requeue(letter.id, letter.fields)
    return "requeued"


def _show(letter: Letter, done: str, *, as_json: bool) -> None:
    if as_json:
        row = {"letter": letter.id, "entry": letter.entry, "error": letter.error, "fields": dict(letter.fields)}
        click.echo(json.dumps(row | ({"done": done} if done else {})))  # ASCII: it may hold bytes that are no text
        return
    name = letter.fields.get("id", "?").encode("ascii", "backslashreplace").decode()
    click.echo(f"{letter.id}  {name}  {letter.error}{f'  → {done}' if done else ''}")
