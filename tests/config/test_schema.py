"""The JSON Schema says what `check` says, so far as a schema can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from config.schema import json_schema
from tests.config.test_mistakes import MISTAKES
from tests.config.written import MARK
from tests.services import REPOSITORY

EXAMPLE = sorted((REPOSITORY / "config" / "example").rglob("*.yaml"))
SEEN_BY_A_SCHEMA = {
    "an unknown key",
    "an unknown key at the top",
    "an id in capitals",
    "a ring that is none",
    "a transport that is none",
    "a time without a unit",
    "a time that is none",
    "a rule that is none",
    "a rule without its name",
    "a class that is none",
    "no class at all",
    "no guard at all",
    "a polygon of two points",
    "a polygon in pixels",
    "a point of one number",
    "a list where a mapping should be",
    "a word where a list should be",
    "a threshold that is none",
    "guards that are none",
    "more guards than a post holds",
    "a scale of nothing",
}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """A validator of the schema that `ringwatch check --schema` prints."""
    return Draft202012Validator(json_schema())


def plain(text: str) -> Any:
    """`text` as an editor reads it."""
    return YAML(typ="safe", pure=True).load(text)


def test_the_schema_is_one(schema: Draft202012Validator) -> None:
    """By the rules of its own draft."""
    Draft202012Validator.check_schema(dict(schema.schema))


@pytest.mark.parametrize("file", EXAMPLE, ids=lambda file: file.name)
def test_every_file_of_the_example_satisfies_it(file: Path, schema: Draft202012Validator) -> None:
    """An editor underlines nothing that `check` accepts."""
    assert list(schema.iter_errors(plain(file.read_text("utf-8")))) == []


@pytest.mark.parametrize("name", sorted(SEEN_BY_A_SCHEMA))
def test_an_editor_sees_the_mistake(name: str, schema: Draft202012Validator) -> None:
    """What needs no other file to be seen."""
    text, _ = MISTAKES[name]

    assert list(schema.iter_errors(plain(text.replace(MARK, ""))))


def test_defaults_are_shown_as_they_are_written(schema: Draft202012Validator) -> None:
    """`60s`, not PT60S."""
    post = json_schema()["$defs"]["Post"]["properties"]

    assert (post["absent_after"]["default"], post["hours"]["default"]) == ("1m", "always")
