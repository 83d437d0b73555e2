"""From which files a configuration was read, so that somebody can see that they have changed."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Sources:
    """Every file that was looked at, there or not, and where more would be taken in. Names, never open files.

    Editors put another file in the place of the one they show, so what a name leads to is looked up anew each time.
    """

    files: dict[Path, None] = field(default_factory=dict)
    patterns: dict[tuple[Path, str], None] = field(default_factory=dict)  # of includes: folder and pattern

    def add(self, file: Path) -> None:
        """Note a file."""
        self.files[file] = None

    def add_pattern(self, folder: Path, pattern: str) -> None:
        """Note what is included: a file that comes to match it is one of them."""
        self.patterns[folder, pattern] = None

    def fingerprint(self) -> str:
        """Of all that stands in the files now; another one where anything is not as it was. Reads every file."""
        digest = hashlib.sha256()
        for file in sorted({*self.files, *self._included()}):
            digest.update(f"{file}\0".encode())
            digest.update(_state(file))
        return digest.hexdigest()

    def _included(self) -> Iterator[Path]:
        for folder, pattern in self.patterns:
            yield from matching(folder, pattern)


def matching(folder: Path, pattern: str) -> list[Path]:
    """The files that an include's `pattern` means in `folder`, in order of name."""
    try:
        if Path(pattern).is_absolute():
            return sorted(Path("/").glob(pattern.lstrip("/")))
        return sorted(folder.glob(pattern))
    except (ValueError, NotImplementedError, OSError):
        return []


def _state(file: Path) -> bytes:
    """What of a file is read: its content, and its mode, by which a secrets file is refused."""
    try:
        mode = file.stat().st_mode
        content = file.read_bytes() if stat.S_ISREG(mode) else b""  # a pipe would give it once, or make us wait for it
        return hashlib.sha256(content).digest() + str(mode).encode()
    except OSError as error:
        return str(error.errno).encode()
