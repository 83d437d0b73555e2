"""YAML as a tree whose every value knows its file, line and column, and survives merging with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from config.composing import UnreadableError, composed
from config.errors import Problem
from config.redact import quoted
from config.sources import Sources
from config.words import FULL_WIDTH, PLAIN

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a value stands; line and column count from 1, columns in characters."""

    file: Path
    line: int = 1
    column: int = 1

    def problem(self, message: str) -> Problem:
        """A mistake at this place."""
        return Problem(file=self.file, line=self.line, column=self.column, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key of a mapping and its value."""

    key_place: Place
    value: Marked


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One value: a scalar, a list, or a mapping."""

    place: Place
    value: Scalar | tuple[Marked, ...] | dict[str, Entry]

    @property
    def entries(self) -> dict[str, Entry]:
        """The keys of a mapping; none when it is something else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> tuple[Marked, ...]:
        """The elements of a list; none when it is something else."""
        return self.value if isinstance(self.value, tuple) else ()

    def get(self, key: str) -> Marked | None:
        """The value of `key` in a mapping."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def text(self, key: str) -> str | None:
        """The value of `key`, if it is text."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else None

    def plain(self) -> Any:
        """The value without its places, as pydantic reads it."""
        if isinstance(self.value, dict):
            return {key: entry.value.plain() for key, entry in self.value.items()}
        if isinstance(self.value, tuple):
            return [item.plain() for item in self.value]
        return self.value

    def at(self, path: tuple[str | int, ...]) -> Place:
        """The place of the value that `path` leads to, or of the nearest on the way that is in the file."""
        return self._down(path).place

    def key_at(self, path: tuple[str | int, ...]) -> Place:
        """The place of the last key of `path`."""
        here = self._down(path[:-1])
        entry = here.entries.get(str(path[-1])) if path else None
        return entry.key_place if entry else here.place

    def _down(self, path: tuple[str | int, ...]) -> Marked:
        """What `path` leads to; names that stand for no key (a union's tag, say) are passed over."""
        here = self
        for step in path:
            if isinstance(step, str) and step in here.entries:
                here = here.entries[step].value
            elif isinstance(step, int) and step < len(here.items):
                here = here.items[step]
        return here

    def without(self, *keys: str) -> Marked:
        """The mapping without `keys`."""
        return replace(self, value={key: entry for key, entry in self.entries.items() if key not in keys})

    def over(self, base: Marked) -> Marked:
        """This mapping laid over `base`: mappings are merged key by key, anything else replaces what was there."""
        if not isinstance(self.value, dict) or not isinstance(base.value, dict):
            return self
        merged = dict(base.value)
        for key, entry in self.value.items():
            under = merged.get(key)
            merged[key] = replace(entry, value=entry.value.over(under.value)) if under else entry
        return replace(self, value=merged)


@dataclass(slots=True)
class Problems:
    """The mistakes found so far; one and the same mistake counts once, however many cameras inherit it.

    Beside them stands from which files all of it was read.
    """

    found: dict[Problem, None] = field(default_factory=dict)
    settled: set[Place] = field(default_factory=set)
    sources: Sources = field(default_factory=Sources)

    def add(self, place: Place, message: str) -> None:
        """Note a mistake."""
        if place not in self.settled:
            self.found[place.problem(message)] = None

    def settle(self, place: Place, message: str) -> None:
        """Note a mistake that explains whatever else will be found wrong at `place`."""
        self.add(place, message)
        self.settled.add(place)

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.found))

    def __bool__(self) -> bool:
        return bool(self.found)


def read_marked(file: Path, problems: Problems, *, asked_at: Place | None = None) -> Marked | None:
    """The content of `file`; None, with a problem noted (at `asked_at` if it cannot be read), when there is none."""
    problems.sources.add(file)
    try:
        text = file.read_text("utf-8")
        node = composed(text)
    except OSError as error:
        problems.add(asked_at or Place(file), f"{file.name} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.add(asked_at or Place(file), f"{file.name} is not UTF-8 text: save it as UTF-8")
    except MarkedYAMLError as error:
        place = _place(file, error.problem_mark or error.context_mark)
        problems.add(place, f"{_said(error)}{_full_width(text, error)}")
    except (YAMLError, ValueError) as error:
        problems.add(Place(file), f"not YAML: {_first_line(str(error))}")
    else:
        return _marked(file, node, problems) if node is not None else Marked(place=Place(file), value={})
    return None


def marked_text(text: str, place: Place, problems: Problems) -> Marked | None:
    """What `text` says as YAML, all of it at `place`; None, with a problem noted, when it is none."""
    try:
        node = composed(text)
    except (MarkedYAMLError, YAMLError, ValueError) as error:
        said = _said(error) if isinstance(error, MarkedYAMLError) else f"not YAML: {_first_line(str(error))}"
        problems.add(place, said)
        return None
    return _placed(_marked(place.file, node, problems), place) if node is not None else Marked(place=place, value=None)


def _placed(marked: Marked, place: Place) -> Marked:
    """`marked` as if all of it stood at `place`."""
    if isinstance(marked.value, dict):
        entries = {
            key: Entry(key_place=place, value=_placed(entry.value, place)) for key, entry in marked.value.items()
        }
        return Marked(place=place, value=entries)
    if isinstance(marked.value, tuple):
        return Marked(place=place, value=tuple(_placed(item, place) for item in marked.value))
    return Marked(place=place, value=marked.value)


def _marked(file: Path, node: Any, problems: Problems) -> Marked:
    place = _place(file, node.start_mark)
    if isinstance(node, MappingNode):
        return Marked(place=place, value=_entries(file, node, problems))
    if isinstance(node, SequenceNode):
        return Marked(place=place, value=tuple(_marked(file, item, problems) for item in node.value))
    return Marked(place=place, value=_scalar(node, place, problems))


def _entries(file: Path, node: Any, problems: Problems) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key_node, value_node in node.value:
        key_place = _place(file, key_node.start_mark)
        if not isinstance(key_node, ScalarNode):
            problems.add(key_place, "a key must be a word: put a list or a mapping after a key, not before the colon")
            continue
        if key_node.value in entries:
            first = entries[key_node.value].key_place
            problems.add(key_place, f"{quoted(key_node.value)} stands twice, first in line {first.line}: remove one")
            continue
        entries[key_node.value] = Entry(key_place=key_place, value=_marked(file, value_node, problems))
    return entries


def _scalar(node: ScalarNode, place: Place, problems: Problems) -> Scalar:
    """The scalar by its YAML 1.2 tag; dates and unknown tags stay text."""
    text, kind = str(node.value), str(node.tag).rpartition(":")[2]
    if kind == "bool":
        return text.lower() == "true"
    if kind == "null":
        return None
    if ":" in text:  # YAML 1.1 has numbers to the base of sixty: 1:04 is what somebody has read from a clock
        return text
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0) if not text.lstrip("+-").startswith("0") else int(text)
        if kind == "float":
            return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        problems.add(place, f"{text} is not a number: write it in decimal, or in quotes if it is text")
    return text


def _place(file: Path, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark is not None else Place(file)


def _said(error: MarkedYAMLError) -> str:
    if isinstance(error, UnreadableError):
        return str(error.problem)
    parts = [part for part in (error.context, error.problem) if part]
    return f"not YAML: {_first_line(', '.join(parts)) or 'the text cannot be read'}"


def _full_width(text: str, error: MarkedYAMLError) -> str:
    """A sign of a Chinese keyboard in the lines that cannot be read, or before them: most often that is why."""
    if isinstance(error, UnreadableError):
        return ""
    marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None]
    lines = text.splitlines()[max(0, min(marks, default=0) - 1) : max(marks, default=-1) + 1]
    for line in lines:
        if (sign := FULL_WIDTH.search(line)) is not None:
            return f"; a full-width {sign[0]} stands there: if it was meant as {PLAIN[sign[0]]}, write that and a space"
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
