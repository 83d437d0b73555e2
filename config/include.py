"""One configuration out of its files: includes, environment, and what may stand where."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from config.marked import Entry, Marked, Place, Problems, read_marked
from config.redact import quoted
from config.sources import matching

LISTS = ("cameras",)  # what several files add to; everything else stands in one place
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def read_tree(file: Path, environ: Mapping[str, str], problems: Problems) -> Marked | None:
    """The content of `file` and all it includes, its variables filled in."""
    return _read(Path(os.path.relpath(file)) if file.is_absolute() else file, environ, problems, ())


def _read(
    file: Path, environ: Mapping[str, str], problems: Problems, above: tuple[Path, ...], asked_at: Place | None = None
) -> Marked | None:
    found = read_marked(file, problems, asked_at=asked_at)
    if found is None:
        return None
    if not isinstance(found.value, dict):
        problems.add(found.place, "expected keys such as network: and cameras:, found something else")
        return None
    tree = with_environment(found, environ, problems)
    include = tree.get("include")
    tree = tree.without("include")
    if include is None:
        return tree
    for part in _included(include, file, problems):
        tree = _with_part(tree, part, environ, problems, (*above, file))
    return tree


def _with_part(
    tree: Marked, part: tuple[Path, Place], environ: Mapping[str, str], problems: Problems, above: tuple[Path, ...]
) -> Marked:
    path, place = part
    if path.resolve() in {one.resolve() for one in above}:
        problems.add(place, f"{path.name} includes itself, directly or through others: remove one of the includes")
        return tree
    more = _read(path, environ, problems, above, place)
    return tree if more is None else _joined(tree, more, problems)


def _included(include: Marked, file: Path, problems: Problems) -> list[tuple[Path, Place]]:
    """The files that `include` names, each pattern's in order of name."""
    patterns = include.items if isinstance(include.value, tuple) else (include,)
    found: list[tuple[Path, Place]] = []
    for pattern in patterns:
        if not isinstance(pattern.value, str) or not pattern.value:
            problems.add(pattern.place, "an include is a file name or a pattern such as cameras/*.yaml")
            continue
        problems.sources.add_pattern(file.parent, pattern.value)
        files = matching(file.parent, pattern.value)
        if not files:
            problems.add(
                pattern.place, f"no file matches {quoted(pattern.value)} in {file.parent}{os.sep}: check the name"
            )
        found += [(one, pattern.place) for one in files]
    return found


def _joined(tree: Marked, part: Marked, problems: Problems) -> Marked:
    """`tree` with what an included file adds: lists are lengthened, mappings get more keys, nothing is replaced."""
    joined = dict(tree.entries)
    for key, entry in part.entries.items():
        joined[key] = _joined_entry(key, joined[key], entry, problems) if key in joined else entry
    return replace(tree, value=joined)


def _joined_entry(key: str, before: Entry, after: Entry, problems: Problems) -> Entry:
    if isinstance(before.value.value, tuple) and isinstance(after.value.value, tuple):
        return replace(before, value=replace(before.value, value=before.value.value + after.value.value))
    if isinstance(before.value.value, dict) and isinstance(after.value.value, dict):
        return replace(before, value=_joined(before.value, after.value, problems))
    first = before.key_place
    problems.add(after.key_place, f"{quoted(key)} stands already in {first.file}:{first.line}: remove one")
    return before


def with_environment(tree: Marked, environ: Mapping[str, str], problems: Problems) -> Marked:
    """Every `${NAME}` and `${NAME:-default}` in text replaced."""
    if isinstance(tree.value, dict):
        entries = {
            key: replace(entry, value=with_environment(entry.value, environ, problems))
            for key, entry in tree.value.items()
        }
        return replace(tree, value=entries)
    if isinstance(tree.value, tuple):
        return replace(tree, value=tuple(with_environment(item, environ, problems) for item in tree.value))
    if not isinstance(tree.value, str) or "${" not in tree.value:
        return tree

    def filled(found: re.Match[str]) -> str:
        name, default = found.groups()
        value = environ.get(name) or default
        if value is None:
            near = get_close_matches(name, environ, 1)
            hint = f"; did you mean {near[0]}?" if near else f": set it, or write ${{{name}:-a default}}"
            problems.settle(tree.place, f"the environment variable {name} is not set{hint}")
            return ""
        return value

    return replace(tree, value=_VARIABLE.sub(filled, tree.value))
