"""What rules are called on the page, for whatever else people read."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def _words(language: str) -> dict[str, str]:
    text = files("watchroom").joinpath("static", "i18n", f"{language}.json").read_text("utf-8")
    words: dict[str, str] = json.loads(text)
    return words


def rule_word(rule: str, language: str) -> str:
    """The name of `rule` in `language` ("zh" or "en"), as the page has it; its own where the page has none."""
    return _words(language).get(f"rule.{rule}", rule)
