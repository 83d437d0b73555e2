"""What a camera is laid over: the templates and the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.changes import Changes
from config.marked import Entry, Marked, Problems
from config.model import Camera
from config.redact import quoted
from config.validate import check_keys
from config.words import shown, suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rest of the configuration lends to a camera."""

    defaults: Marked | None
    templates: Mapping[str, Entry]
    secrets: Mapping[str, str] | None
    changes: Changes | None = None  # to be tried on one camera


def read_surroundings(
    tree: Marked, secrets: Mapping[str, str] | None, problems: Problems, changes: Changes | None
) -> Surroundings:
    """The templates and the defaults of the configuration `tree`, also those that no camera uses checked."""
    templates = tree.get("templates")
    around = Surroundings(
        defaults=tree.get("defaults"),
        templates=templates.entries if templates else {},
        secrets=secrets,
        changes=changes,
    )
    _check_kind(around.defaults, "a mapping of keys", problems)
    _check_kind(templates, "a mapping of names", problems)
    for entry in around.templates.values():
        _check_kind(entry.value, "a mapping of keys", problems)
        _named(entry.value.get("like"), around, problems)
        check_keys(Camera, entry.value.without("like"), problems)
    return around


def _check_kind(found: Marked | None, wanted: str, problems: Problems) -> None:
    if found is not None and found.value is not None and not isinstance(found.value, dict):
        problems.add(found.place, f"expected {wanted}, found {shown(found.plain())}")


def laid_over(tree: Marked, around: Surroundings, problems: Problems, above: tuple[str, ...] = ()) -> Marked:
    """`tree` over the template that it is `like`, and that over its own, below those named `above`."""
    like = tree.get("like")
    tree = tree.without("like")
    name = _named(like, around, problems)
    if like is None or name is None:
        return tree
    if name in above:
        problems.add(like.place, f"template {name!r} is like itself: remove one `like`")
        return tree
    return tree.over(laid_over(around.templates[name].value, around, problems, (*above, name)))


def _named(like: Marked | None, around: Surroundings, problems: Problems) -> str | None:
    """The template that `like` names; None where there is none."""
    if like is None:
        return None
    name = like.value
    if isinstance(name, str) and name in around.templates:
        return name
    problems.add(like.place, f"no template is called {quoted(name)}: {suggestion(str(name), around.templates)}")
    return None
