"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ringwatch.moments import read_moment
from ringwatch.replay import parse_start

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01", datetime(2026, 1, 1)),  # noqa: DTZ001 - it says no offset
        ("20260101", datetime(2026, 1, 1)),  # noqa: DTZ001 - as above
        (" 2026-01-01 22:00 ", datetime(2026, 1, 1, 22)),  # noqa: DTZ001 - as above
        ("2026-01-01T22:00:00+08:00", datetime(2026, 1, 1, 22, tzinfo=CHINA)),
        ("2026-01-01  22:00:00 +08:00", datetime(2026, 1, 1, 22, tzinfo=CHINA)),
        ("2026-01-01t22:00 Z", datetime(2026, 1, 1, 22, tzinfo=UTC)),
    ],
)
def test_a_moment_is_what_is_written(text: str, moment: datetime) -> None:
    """With the offset that is said, or none."""
    assert read_moment(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01+08:00", "2026-01-01 +08:00", "2026-01-01-08:00", "2026-01-01-08", "2026-01-01x08:00", "2026-01-01Z",
        "2026-01-01T", "08:00", "", "0001-01-01T00:00+08:00", "9999-12-31",
    ],
)  # fmt: skip
def test_no_offset_is_read_as_a_time(text: str) -> None:
    """A date with an offset is no moment, and neither is half of one."""
    with pytest.raises(ValueError, match=r".+"):
        read_moment(text)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("2026-01-01", "2026-01-01T00:00:00"),
        ("2026-01-01 22:00", "2026-01-01T22:00:00"),
        ("2026-01-01T22:00:30", "2026-01-01T22:00:30"),
    ],
)
def test_what_is_to_be_written_for_a_start_without_an_offset_is_one(text: str, instead: str) -> None:
    """Whoever follows the advice has the time that was meant."""
    with pytest.raises(ValueError, match="does not say its offset") as error:
        parse_start(text)

    assert str(error.value).endswith(f"write for example {instead}+08:00, or {instead}Z")
    assert parse_start(f"{instead}+08:00") == read_moment(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize("text", ["2026-01-01+08:00", "0001-01-01T00:00+08:00"])
def test_a_start_that_is_none_is_told_with_what_to_write(text: str) -> None:
    """And never read as another."""
    with pytest.raises(ValueError, match="is not a time: write for example 2026-01-01T22:00:00"):
        parse_start(text)
