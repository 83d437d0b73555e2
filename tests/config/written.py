"""Configurations written down in a test, with the place of the mistake marked by § where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from config.errors import ConfigError
from config.load import load
from config.model import Network

MARK = "§"


@dataclass(frozen=True, slots=True)
class Written:
    """Files in a folder, and the places that were marked in them, in order."""

    folder: Path
    marks: list[tuple[str, int, int]] = field(default_factory=list)

    def write(self, name: str, text: str) -> Path:
        """Write `text` without its marks, and remember where they were."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = dedent(text).lstrip("\n").splitlines()
        for number, line in enumerate(lines, 1):
            rest = line
            while MARK in rest:
                self.marks.append((name, number, rest.index(MARK) + 1))
                rest = rest.replace(MARK, "", 1)
            lines[number - 1] = rest
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return file

    def load(self, text: str, environ: Mapping[str, str] | None = None) -> Network:
        """The network that `text` describes as network.yaml."""
        return load(self.write("network.yaml", text), environ or {})

    def mistakes(self, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """What is said of `text` as network.yaml, each as name:line:column: message."""
        try:
            self.load(text, environ)
        except ConfigError as error:
            return [f"{Path(p.file).name}:{p.line}:{p.column}: {p.message}" for p in error.problems]
        return []

    def at_marks(self, *messages: str) -> list[str]:
        """`messages` at the marked places, one each, in the order in which they are told."""
        said = [(*mark, text) for mark, text in zip(self.marks, messages, strict=True)]
        return [f"{name}:{line}:{column}: {text}" for name, line, column, text in said]


def camera(**parts: str) -> str:
    """A network of one camera; `parts` replace or add lines of it, in YAML."""
    lines = {
        "id": "gate",
        "name": "东门",
        "ring": "inner",
        "stream": '{sub: "rtsp://192.0.2.1/sub"}',
        "zones": "{post: {polygon: [[0.1, 0.1], [0.5, 0.1], [0.5, 0.9]]}}",
        **parts,
    }
    rows = [f"{'  - ' if index == 0 else '    '}{key}: {value}" for index, (key, value) in enumerate(lines.items())]
    return "cameras:\n" + "\n".join(row for row in rows if not row.endswith(": -")) + "\n"
