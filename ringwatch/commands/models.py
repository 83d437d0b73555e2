"""`ringwatch models`: the detector models that this machine may use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwatch.arguments import JSON

if TYPE_CHECKING:
    from detect.models import ModelStore


@click.group
def command() -> None:
    """List, add and remove detector models. `detector: {model: auto}` uses the newest one, else the built-in."""


@command.command("list")
@JSON
def list_models(*, as_json: bool) -> None:
    """Show the installed models and the built-in one; * marks what `auto` uses."""
    from detect.models import default_store

    store = default_store()
    for row in _rows(store):
        click.echo(json.dumps(asdict(row), ensure_ascii=False) if as_json else str(row))
    if not as_json:
        click.echo(f"installed models are kept in {store.folder}", err=True)


@command.command("add")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="what to call it  [default: the file's or folder's name]")
def add_model(file: Path, name: str | None) -> None:
    """Install the model FILE (.onnx, .xml with its .bin, .pt, .engine, or a folder with one).

    It is loaded on trial first. A model that looks at faces, plates, appearance or personal attributes is refused.
    A .pt file is a program as well as weights: add only what you trust.
    """
    from detect.models import default_store

    added = default_store().add(file, name)
    click.echo(f"added {added.name}: it tells {', '.join(_labels(added.name) or ())}")


@command.command("remove")
@click.argument("name")
def remove_model(name: str) -> None:
    """Delete the installed model NAME."""
    from detect.models import default_store

    default_store().remove(name)
    click.echo(f"removed {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A model of the list."""

    name: str
    auto: bool  # whether `model: auto` means this one
    labels: list[str] | None  # None: it cannot be loaded any more
    bytes: int
    path: str | None  # None: it is built in

    def __str__(self) -> str:
        told = click.style("cannot be loaded", fg="red") if self.labels is None else ", ".join(self.labels)
        return f"{'*' if self.auto else ' '} {self.name:44}  {self.bytes / 1e6:6.1f} MB  {told}"


def _rows(store: ModelStore) -> Iterator[Row]:
    from detect.models import AUTO, BUILT_IN, BUILT_IN_MODEL, resolve

    chosen, _ = resolve(AUTO, Path(), store)
    for one in store.installed():
        auto, labels = one.name == chosen, _labels(one.name)
        yield Row(name=one.name, auto=auto, labels=labels, bytes=one.size, path=str(one.path))
    size = BUILT_IN_MODEL.stat().st_size
    yield Row(name=BUILT_IN, auto=chosen == BUILT_IN, labels=_labels(BUILT_IN), bytes=size, path=None)


def _labels(name: str) -> list[str] | None:
    from config.model import DetectorChoice
    from detect.errors import ModelError
    from detect.models import labels_of

    try:
        labels = labels_of(DetectorChoice(model=name), base=Path())
    except ModelError:
        return None
    return sorted(label.value for label in labels)
