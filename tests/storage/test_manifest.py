from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import EvidenceError
from storage.manifest import MANIFEST, ClipEntry, ClipState, FileEntry, Manifest, decode, encode, read, write

instants = st.datetimes(timezones=st.just(UTC))
clips = st.builds(
    ClipEntry,
    state=st.sampled_from(ClipState),
    reason=st.text(),
    codec=st.text(),
    width=st.integers(0, 9999),
    height=st.integers(0, 9999),
    begins_at=st.none() | instants,
    ends_at=st.none() | instants,
    duration_s=st.floats(0, 1e6),
    packets=st.integers(0, 10**6),
)
manifests = st.builds(
    Manifest,
    event=st.text(),
    camera=st.text(),
    rule=st.text(),
    zone=st.text(),
    severity=st.text(),
    started_at=instants,
    raised_at=instants,
    clip=clips,
    files=st.dictionaries(st.text(), st.builds(FileEntry, sha256=st.text(), bytes=st.integers(0))),
)


@given(manifests)
def test_what_is_written_is_what_is_read(manifest: Manifest) -> None:
    """Every field comes back, whatever stands in it."""
    assert decode(encode(manifest)) == manifest


def example() -> Manifest:
    """An ordinary manifest."""
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    clip = ClipEntry(state=ClipState.RECORDING)
    return Manifest(
        event="ev-1",
        camera="gate",
        rule="intrusion",
        zone="岗亭",
        severity="high",
        started_at=at,
        raised_at=at,
        clip=clip,
    )


def test_chinese_stays_readable(tmp_path: Path) -> None:
    """A person may open the file."""
    write(tmp_path, example())

    assert "岗亭" in (tmp_path / MANIFEST).read_text()
    assert read(tmp_path) == example()


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"v": 1}', b"\xff\xfe", encode(example()).replace(b'"v": 1', b'"v": 2')]
)
def test_what_is_not_a_manifest_of_this_version_is_refused(text: bytes) -> None:
    """A newer one is not read as if it were ours."""
    with pytest.raises(EvidenceError, match="not a manifest"):
        decode(text)


def test_a_missing_manifest_is_an_error_of_ours(tmp_path: Path) -> None:
    """With the path in it."""
    with pytest.raises(EvidenceError, match=r"manifest\.json cannot be read"):
        read(tmp_path)


def test_a_manifest_is_replaced_in_one_step(tmp_path: Path) -> None:
    """A disk that refuses leaves the old one whole."""
    write(tmp_path, example())
    (tmp_path / (MANIFEST + ".tmp")).mkdir()

    with pytest.raises(EvidenceError, match="cannot be written"):
        write(tmp_path, example())

    assert json.loads((tmp_path / MANIFEST).read_text())["event"] == "ev-1"
