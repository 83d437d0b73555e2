"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

from ringwatch.layout import default_data

CONFIG = click.argument("config", type=click.Path(exists=True, path_type=Path))
DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_data,
    help="folder for everything this node keeps  [default: $RINGWATCH_DATA, else ./data]",
)


def config_file(path: Path) -> Path:
    """The configuration's file: `path` itself, or `network.yaml` in the folder `path`."""
    return path / "network.yaml" if path.is_dir() else path
