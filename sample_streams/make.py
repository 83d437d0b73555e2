"""`python -m sample_streams.make [FOLDER]`: make the sample clips, or do nothing when they are there."""

from __future__ import annotations

import sys
from pathlib import Path

from sample_streams.catalogue import Catalogue, default_folder
from sample_streams.photographs import SampleError


def main(arguments: list[str]) -> int:
    """Exit status: 0 made or there, 1 not possible, 2 wrong arguments."""
    if len(arguments) > 1 or any(word.startswith("-") for word in arguments):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    folder = Path(arguments[0]) if arguments else default_folder()
    try:
        Catalogue(folder).ensure(_say)
    except SampleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
