"""What pydantic finds, in words that say what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from config.durations import format_duration
from config.redact import holds_url, quoted

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KINDS: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of names",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}
PLAIN: Mapping[str, str] = {"：": ":", "，": ","}  # what YAML takes for a letter, and what was meant
FULL_WIDTH = re.compile("[：，]")


def in_words(error: ErrorDetails, known_keys: Iterable[str]) -> str:
    """The mistake in one sentence; `known_keys` are those the mapping could have."""
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        return f"unknown key {quoted(key)}: {suggestion(key, known_keys)}"
    if kind == "missing" and key.isdigit():
        return "a point is two numbers, [x, y], as fractions of the picture"
    if kind == "missing":
        return f"{key!r} is missing: add it"
    if kind in _KINDS:
        return f"expected {_KINDS[kind]}, found {shown(given)}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{shown(given)} is out of range: it must be {words} {_bound(context[name])}"
    return _in_special_words(kind, context, given, error["msg"])


def _bound(bound: Any) -> str:
    """A limit as it is written; a time's is given in words."""
    if not isinstance(bound, str):
        return shown(bound)
    number, _, unit = bound.partition(" ")
    return f"{int(number) / 1000:g}ms" if unit == "microseconds" and number.isdigit() else bound


def _in_special_words(kind: str, context: Mapping[str, Any], given: Any, message: str) -> str:
    said = _SPECIAL.get(kind)
    return said(context, given) if said else message[:1].lower() + message[1:]


def _choice(context: Mapping[str, Any], given: Any) -> str:
    choices = [choice.strip(" '") for choice in str(context["expected"]).replace(" or ", ",").split(",")]
    return f"{shown(given)} is not known: {suggestion(str(given), choices)}"


def _unknown_rule(context: Mapping[str, Any], _given: Any) -> str:
    if str(context["tag"]).startswith("post."):  # the name an alert has; what it is told by stands elsewhere
        instead = "posts: [{zone: ZONE, absent_after: 60s}]"
        return f"{context['tag']!r} is not written here: it belongs to the posts, as {instead}"
    choices = [choice.strip(" '") for choice in str(context["expected_tags"]).split(",")]
    return f"{quoted(context['tag'])} is not a rule: {suggestion(str(context['tag']), choices)}"


def _too_short(context: Mapping[str, Any], _given: Any) -> str:
    return f"needs at least {context.get('min_length', 2)} of them, found {context.get('actual_length', 0)}"


_SPECIAL: Mapping[str, Callable[[Mapping[str, Any], Any], str]] = {
    "enum": _choice,
    "literal_error": _choice,
    "union_tag_invalid": _unknown_rule,
    "union_tag_not_found": lambda _context, _given: "'rule' is missing: say which rule this is, as in rule: intrusion",
    "string_pattern_mismatch": lambda _context, given: (
        f"{shown(given)} cannot be an id: use small letters, digits and dashes, for example inner-01"
    ),
    "string_too_short": lambda _context, _given: "must not be empty",
    "too_short": _too_short,
    "missing_argument": _too_short,
    "too_long": lambda context, _given: f"takes at most {context['max_length']}, found {context['actual_length']}",
    "value_error": lambda context, _given: str(context["error"]),
}


def suggestion(word: str, choices: Iterable[str]) -> str:
    """The nearest of `choices`, else all of them; or which sign of a Chinese keyboard stands in `word`."""
    if (sign := FULL_WIDTH.search(word)) is not None:
        return f"it holds a full-width {sign[0]}: write {PLAIN[sign[0]]} and a space"
    known = list(choices)
    near = get_close_matches(word, known, 1, 0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}" if known else "remove it"


def shown(value: Any) -> str:
    """A value as the engineer wrote it, short enough for a line, and without the password of a URL."""
    if isinstance(value, timedelta):
        return format_duration(value)
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping of keys"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return quoted(text if holds_url(text) else text[:60]) if isinstance(value, str) else text
