"""YAML as nodes of which all can be read: not too deep, not too many, and none within itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

DEEPEST = 50  # a configuration needs eight
MOST = 300_000  # values, each as often as aliases repeat it: 92 cameras have some ten thousand


class UnreadableError(MarkedYAMLError):
    """It is YAML, and still nothing that can be read to its end; `problem` says why."""


def composed(text: str) -> Any:
    """The root node of `text`; None where nothing stands there.

    Raises:
        MarkedYAMLError: it is no YAML.
        UnreadableError: it is too deep or too much, or contains itself.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = DEEPEST  # what composes and what reads the nodes calls itself for each level
    try:
        node = yaml.compose(text)
    except MaxDepthExceededError as error:
        raise _deep(error.problem_mark) from None
    if node is not None:
        _Extent().of(node)
    return node


@dataclass(slots=True)
class _Extent:
    """How many values a node is, and how deep they lie, each alias counted as what it stands for."""

    known: dict[int, tuple[int, int]] = field(default_factory=dict)
    around: set[int] = field(default_factory=set)  # the nodes that are being counted

    def of(self, node: Any) -> tuple[int, int]:
        """Values and levels. Calls itself no deeper than the text goes: aliases stand for what came before."""
        if isinstance(node, ScalarNode):
            return 1, 1
        if id(node) in self.around:
            message = "this contains itself, by an alias (*) that leads back here: write what is meant in its place"
            raise UnreadableError(problem=message, problem_mark=node.start_mark)
        if id(node) not in self.known:
            self.around.add(id(node))
            self.known[id(node)] = self._counted(node)
            self.around.remove(id(node))
        return self.known[id(node)]

    def _counted(self, node: Any) -> tuple[int, int]:
        values, levels = 1, 1
        for child in _children(node):
            more, below = self.of(child)
            values, levels = values + more, max(levels, below + 1)
        if levels > DEEPEST:
            raise _deep(node.start_mark)
        if values > MOST:
            message = f"with what its aliases (*) repeat this is more than {MOST} values: repeat less"
            raise UnreadableError(problem=message, problem_mark=node.start_mark)
        return values, levels


def _children(node: Any) -> list[Any]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _deep(mark: Any) -> UnreadableError:
    message = f"more than {DEEPEST} lists or mappings lie within each other: check the brackets and the indentation"
    return UnreadableError(problem=message, problem_mark=mark)
