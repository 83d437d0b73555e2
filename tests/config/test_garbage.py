"""Whatever is typed, a configuration is loaded or refused by line: it never crashes the reader."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.errors import ConfigError
from config.load import load
from tests.config.written import camera

WORDS = """network name timezone rings cameras id ring stream main sub zones polygon posts zone rules rule classes line
hours defaults templates like secrets include detector model grid small roster mobile heartbeat absent_after"""
KEYS = st.sampled_from(WORDS.split())
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), KEYS, st.just("${X}"), st.just("{east}")
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


def told(content: bytes) -> None:
    """Load `content`; every problem there is has a place in a file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "network.yaml"
        file.write_bytes(content)
        try:
            load(file, {})
        except ConfigError as error:
            assert error.problems
            assert all(one.line >= 1 and one.column >= 1 and one.message for one in error.problems)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_tree_of_our_keys_is_loaded_or_told(tree: dict[str, object]) -> None:
    """The right words in the wrong places."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tree.yaml"
        with file.open("w", encoding="utf-8") as out:
            YAML(typ="safe", pure=True).dump(tree, out)
        told(file.read_bytes())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_told(content: bytes) -> None:
    """A picture saved under the wrong name."""
    told(content)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_configuration_with_a_piece_torn_out_is_loaded_or_told(data: st.DataObject) -> None:
    """A slip of the keyboard: some characters gone, others in their place."""
    text = camera(posts="[{zone: post, absent_after: 60s}]", rules="[{rule: intrusion, zone: post}]")
    begin = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    instead = data.draw(st.text(alphabet=":[]{}&*!|>#%@`'\",- \n\tabc019", max_size=4))
    told((text[:begin] + instead + text[begin + length :]).encode())
