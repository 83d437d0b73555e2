"""Parameters of one camera changed on a command line, to be tried: `posts.0.absent_after=30s|60s`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.errors import ConfigError
from config.marked import Entry, Marked, Place, Problems, marked_text
from config.words import suggestion

TUNABLE = ("posts", "rules", "zones", "scale", "heartbeat")  # what decides about what a camera's rules raise
SHOW = "write PATH=VALUE, for example posts.0.absent_after=30s, or PATH=VALUE|VALUE to try several"
OPTION = Path("--set")  # the "file" of a mistake; its line is the option's number, its column the place in its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that a camera has instead of its own."""

    path: tuple[tuple[str, Place], ...]  # keys, places of lists, or names for these, each with where it is written
    value: Marked
    text: str  # as it was written, "posts.0.absent_after=30s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is changed on which camera."""

    camera: str
    changes: tuple[Change, ...]


def parse_changes(texts: Sequence[str]) -> tuple[tuple[Change, ...], ...]:
    """For each of `texts` its changes, one a value.

    Raises:
        ConfigError: one of them is none, or two are about the same; each at the option and column.
    """
    problems = Problems()
    parsed = tuple(_parsed(text, Place(OPTION, number), problems) for number, text in enumerate(texts, 1))
    first: dict[str, int] = {}
    for number, text in enumerate(texts, 1):
        path = text.partition("=")[0].strip()
        if path in first:
            message = f"{path} is set twice, first by option {first[path]}: write {path}=VALUE|VALUE to try several"
            problems.add(Place(OPTION, number), message)
        first.setdefault(path, number)
    if problems:
        raise ConfigError(tuple(problems))
    return parsed


def changed(tree: Marked, changes: Iterable[Change], problems: Problems) -> Marked:
    """The camera `tree` with `changes`; what leads nowhere is noted."""
    for change in changes:
        key, place = change.path[0]
        if key in TUNABLE:
            tree = _with(tree, change.path, change.value, problems)
        else:
            problems.add(place, f"{key!r} cannot be tried: {suggestion(key, TUNABLE)}")
    return tree


def _parsed(text: str, place: Place, problems: Problems) -> tuple[Change, ...]:
    path, equals, values = text.partition("=")
    keys = _keys(path, place)
    if not equals or not all(key for key, _ in keys):
        problems.add(place, f"{text!r} says no parameter and value: {SHOW}")
        return ()
    changes, column = [], len(path) + 2
    for value in values.split("|"):
        marked = marked_text(value, replace(place, column=column), problems)
        if not value.strip():
            problems.add(replace(place, column=column), f"there is no value: {SHOW}")
        elif marked is not None:
            changes.append(Change(path=keys, value=marked, text=f"{path.strip()}={value.strip()}"))
        column += len(value) + 1
    return tuple(changes)


def _keys(path: str, place: Place) -> tuple[tuple[str, Place], ...]:
    keys, column = [], 1
    for key in path.split("."):
        keys.append((key.strip(), replace(place, column=column)))
        column += len(key) + 1
    return tuple(keys)


def _with(tree: Marked, path: tuple[tuple[str, Place], ...], value: Marked, problems: Problems) -> Marked:
    (key, place), rest = path[0], path[1:]
    if isinstance(tree.value, tuple):
        index = _index(tree, key, place, problems)
        if index is None:
            return tree
        items = list(tree.value)
        items[index] = _with(items[index], rest, value, problems) if rest else value
        return replace(tree, value=tuple(items))
    if not isinstance(tree.value, dict):
        problems.add(place, f"there is nothing called {key!r} in a single value: remove .{key}")
        return tree
    entry = tree.value.get(key)
    if rest and entry is None:
        problems.add(place, f"the camera has no {key!r} here: {suggestion(key, tree.value)}")
        return tree
    below = _with(entry.value, rest, value, problems) if rest and entry else value
    return replace(tree, value={**tree.value, key: Entry(key_place=place, value=below)})


def _index(tree: Marked, key: str, place: Place, problems: Problems) -> int | None:
    """Which element `key` means: its number, or its name where no other has it."""
    if key.isdigit() and int(key) < len(tree.items):
        return int(key)
    names = [_name(item) for item in tree.items]
    if names.count(key) == 1:
        return names.index(key)
    known = ", ".join(f"{number} ({name})" for number, name in enumerate(names)) or "none"
    if key in names:
        problems.add(place, f"several are called {key!r}: write the number of one, of {known}")
    else:
        problems.add(place, f"there is no {key!r} here: there are {known}")
    return None


def _name(item: Marked) -> str:
    """What a post or a rule is called: a post by its zone, a rule by its rule."""
    return item.text("rule") or item.text("zone") or ""
