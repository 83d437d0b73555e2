"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("1.5s", 1.5), ("30d", 2_592_000)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    """Parts add up."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [60, 1.5, "60", "s", "1 m", "-5s", "", None, True, [], "5m "])
def test_what_is_no_duration_is_refused_with_an_example(value: object) -> None:
    """A bare number too: nobody guesses its unit."""
    with pytest.raises(ValueError, match="write"):
        parse_duration(value)


@pytest.mark.parametrize("text", ["36501d", "999999999999d", f"{'9' * 400}s"])
def test_what_no_calendar_holds_is_refused(text: str) -> None:
    """A slip of the hand is no error of the program."""
    with pytest.raises(ValueError, match="longer than a hundred years"):
        parse_duration(text)


@given(st.integers(0, 10**10))
def test_what_is_written_is_read_back(milliseconds: int) -> None:
    """`format_duration` and `parse_duration` are each other's inverse."""
    span = timedelta(milliseconds=milliseconds)

    assert parse_duration(format_duration(span)) == span
