"""YAML with the place of every value kept, for files that are not the network's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.errors import ConfigError, Problem

Path = tuple[str | int, ...]  # keys and indices from the document's top to a value
Place = tuple[int, int]  # line and column, from 1
TOP: Place = (1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's content as plain values, and where each stands."""

    file: File
    content: Any
    places: Mapping[Path, Place]

    def problem(self, path: Path, message: str) -> Problem:
        """A mistake at `path`, or at the nearest place above it that is in the file."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, TOP)
        return Problem(file=self.file, line=line, column=column, message=message)


def read_marked(file: File) -> Document:
    """What `file` says. Times and dates stay text.

    Raises:
        ConfigError: it cannot be read, is not YAML, or gives a key twice.
    """
    try:
        node = YAML(typ="safe", pure=True).compose(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, TOP, f"cannot be read: {error}") from None
    except MarkedYAMLError as error:
        place = _place(error.problem_mark) if error.problem_mark else TOP
        raise _refused(file, place, f"is not YAML: {error.problem}") from None
    except YAMLError as error:
        raise _refused(file, TOP, f"is not YAML: {error}") from None
    reader = _Reader(file)
    return Document(file=file, content=reader.value(node, ()), places=reader.places)


class _Reader:
    """Turns nodes into plain values, and notes where they are."""

    def __init__(self, file: File) -> None:
        self._file = file
        self.places: dict[Path, Place] = {}

    def value(self, node: Node | None, path: Path) -> Any:
        if node is None:
            return None
        self.places.setdefault(path, _place(node.start_mark))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in content:
                raise _refused(self._file, _place(key_node.start_mark), f"{key} is given twice")
            self.places[*path, key] = _place(key_node.start_mark)
            content[key] = self.value(value_node, (*path, key))
        return content


def _scalar(node: ScalarNode) -> str | int | float | bool | None:
    """The node's value by its YAML 1.2 tag; whatever else the tag says, its text."""
    kind = str(node.tag).rpartition(":")[2]
    if kind in {"int", "float"}:
        return _number(str(node.value))
    if kind == "bool":
        return str(node.value).lower() == "true"
    return None if kind == "null" else str(node.value)


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text.replace("_", ""))
        except ValueError:
            continue
    return text


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


def _refused(file: File, place: Place, message: str) -> ConfigError:
    return ConfigError((Problem(file=file, line=place[0], column=place[1], message=message),))
