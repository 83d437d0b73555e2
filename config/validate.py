"""A marked tree against pydantic's model: every mistake at its own place."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from config.marked import Marked, Problems
from config.model import AnyRule
from config.words import in_words

Model = TypeVar("Model", bound=BaseModel)
RULES: dict[str, type[BaseModel]] = {
    name: rule for rule in get_args(get_args(AnyRule)[0]) for name in get_args(rule.model_fields["rule"].annotation)
}


def validated(kind: type[Model], tree: Marked, problems: Problems) -> Model | None:
    """`tree` as a `kind`; None, with every mistake noted, when it is none."""
    try:
        return kind.model_validate(tree.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = detail["loc"]
            place = tree.at(path[:-1] if detail["type"] == "missing" else path)
            problems.add(place, in_words(detail, _keys(kind, tree, path[:-1])))
        return None


def _keys(kind: type[BaseModel], tree: Marked, path: tuple[str | int, ...]) -> list[str]:
    """The keys that the mapping at `path` could have."""
    here: Any = kind
    for step in path:
        if isinstance(step, str) and step in RULES:
            here = RULES[step]
        elif isinstance(step, str) and isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(step)
            here = _model_in(field.annotation) if field else here
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    """The model that `annotation` holds, however deep in lists and options."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation
    models = [_model_in(part) for part in get_args(annotation)]
    return next((one for one in models if isinstance(one, type) and issubclass(one, BaseModel)), None)
