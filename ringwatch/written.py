"""Files that a command is asked to write: what is looked at before the work, and what is said when it fails after."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from config.errors import RingwatchError


class UnwrittenError(RingwatchError):
    """A file that was asked for could not be written: which, and why."""


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


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Where `file` is written.

    Raises:
        UnwrittenError: it cannot be; the system names no file where a disk is full.
    """
    try:
        yield
    except OSError as error:
        raise UnwrittenError(f"{file} cannot be written: {error.strerror or error}") from error
