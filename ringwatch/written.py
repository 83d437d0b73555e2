"""Files that a command is asked to write: what is looked at before the work, and what is said when it fails after."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import click


def require_writable(file: Path, option: str, read: Iterable[Path]) -> None:
    """Before an hour's work: `file` may be written, and is none of those that the command reads.

    Raises:
        click.BadParameter: of `option`, with the reason.
    """
    if file.exists():
        for own in read:
            if file.samefile(own):
                raise click.BadParameter(f"that is {own} itself: name another file", param_hint=option)
    if not os.access(file.parent, os.W_OK):
        raise click.BadParameter(f"the folder {file.parent} cannot be written to", param_hint=option)
