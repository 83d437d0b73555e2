"""A marked tree against pydantic's model: every mistake at its own place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, RootModel, ValidationError

from config.marked import Marked, Place, Problems
from config.model import AnyRule
from config.words import in_words

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
RULES: dict[str, type[BaseModel]] = {
    name: rule for rule in get_args(get_args(AnyRule)[0]) for name in get_args(rule.model_fields["rule"].annotation)
}

EVERY_RULE = frozenset({*RULES, "post.absent", "post.asleep", "post.understaffed"})  # as alerts name them


def validated(kind: type[Model], tree: Marked, problems: Problems) -> Model | None:
    """`tree` as a `kind`; None, with every mistake noted, when it is none."""
    try:
        return kind.model_validate(tree.plain())
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            if detail["type"] == "too_short" and any(_within(other["loc"], detail["loc"]) for other in details):
                continue  # short only because elements were refused, which is told where they stand
            _note(detail, kind, tree, problems)
        return None


def check_keys(kind: type[BaseModel], tree: Marked, problems: Problems) -> None:
    """Note the unknown keys of `tree`, a part of a `kind`, and nothing else: what it lacks stands elsewhere."""
    try:
        kind.model_validate(tree.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["type"] == "extra_forbidden":
                _note(detail, kind, tree, problems)


def _note(detail: ErrorDetails, kind: type[BaseModel], tree: Marked, problems: Problems) -> None:
    path = detail["loc"]
    problems.add(_place(detail["type"], tree, path), in_words(detail, _keys(kind, path[:-1])))


def _place(kind: str, tree: Marked, path: tuple[str | int, ...]) -> Place:
    if kind == "missing":
        return tree.at(path[:-1])
    if path and path[-1] == "[key]":  # the name itself is wrong, not what stands under it
        return tree.key_at(path[:-1])
    return tree.key_at(path) if kind == "extra_forbidden" else tree.at(path)


def _within(path: tuple[str | int, ...], outer: tuple[str | int, ...]) -> bool:
    return len(path) > len(outer) and path[: len(outer)] == outer


def _keys(kind: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that the mapping at `path` could have."""
    here: Any = _model_in(kind.model_fields["root"].annotation) if issubclass(kind, RootModel) else kind
    for step in path:
        if isinstance(step, str) and step in RULES:
            here = RULES[step]
        elif isinstance(step, str) and isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(step)
            here = _model_in(field.annotation) if field else here
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    return [field.alias or name for name, field in here.model_fields.items()]


def _model_in(annotation: Any) -> Any:
    """The model that `annotation` holds, however deep in lists and options."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation
    models = [_model_in(part) for part in get_args(annotation)]
    return next((one for one in models if isinstance(one, type) and issubclass(one, BaseModel)), None)
