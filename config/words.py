"""What pydantic finds, in words that say what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from config.durations import format_duration

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


def in_words(error: ErrorDetails, known_keys: Iterable[str]) -> str:
    """The mistake in one sentence; `known_keys` are those the mapping could have."""
    kind, context, given = error["type"], error.get("ctx", {}), error["input"]
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        return f"unknown key {key!r}: {suggestion(key, known_keys)}"
    if kind == "missing" and key.isdigit():
        return "a point is two numbers, [x, y], as fractions of the picture"
    if kind == "missing":
        return f"{key!r} is missing: add it"
    if kind in _KINDS:
        return f"expected {_KINDS[kind]}, found {shown(given)}"
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return f"{shown(given)} is out of range: it must be {words} {shown(context[name])}"
    return _in_special_words(kind, context, given, error["msg"])


def _in_special_words(kind: str, context: Mapping[str, Any], given: Any, message: str) -> str:
    if kind in {"enum", "literal_error"}:
        choices = [choice.strip(" '") for choice in str(context["expected"]).replace(" or ", ",").split(",")]
        return f"{shown(given)} is not known: {suggestion(str(given), choices)}"
    if kind == "union_tag_invalid":
        choices = [choice.strip(" '") for choice in str(context["expected_tags"]).split(",")]
        return f"{context['tag']!r} is not a rule: {suggestion(str(context['tag']), choices)}"
    if kind == "union_tag_not_found":
        return "'rule' is missing: say which rule this is, for example rule: intrusion"
    if kind == "string_pattern_mismatch":
        return f"{shown(given)} cannot be an id: use small letters, digits and dashes, for example inner-01"
    if kind == "string_too_short":
        return "must not be empty"
    if kind in {"too_short", "missing_argument"}:
        return f"needs at least {context.get('min_length', 2)} of them, found {context.get('actual_length', 0)}"
    if kind == "too_long":
        return f"takes at most {context['max_length']}, found {context.get('actual_length', 'more')}"
    if kind == "value_error":
        return str(context["error"])
    return message[:1].lower() + message[1:]


def suggestion(word: str, choices: Iterable[str]) -> str:
    """The nearest of `choices`, else all of them."""
    known = list(choices)
    near = get_close_matches(word, known, 1, 0.6)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}" if known else "remove it"


def shown(value: Any) -> str:
    """A value as the engineer wrote it, short enough for a line."""
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
    return f"{text[:60]!r}" if isinstance(value, str) else text
