"""What an event's folder holds, and how it came to be: `manifest.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.errors import EvidenceError
from storage.files import write_whole

VERSION = 1
MANIFEST, SNAPSHOT, PART = "manifest.json", "snapshot.jpg", "clip.part"
CLIP, WEBM_CLIP = "clip.mp4", "clip.webm"  # the containers that browsers play: WebM holds what MP4 cannot
IN_WEBM = frozenset({"vp8"})


class ClipState(StrEnum):
    """What has become of an event's clip."""

    RECORDING = "recording"
    COMPLETE = "complete"
    CUT = "cut"  # plays, but ends early; `reason` says why
    MISSING = "missing"  # there is none; `reason` says why


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEntry:
    """The clip of one event."""

    state: ClipState
    reason: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    begins_at: datetime | None = None  # UTC, captured_at of the first packet
    ends_at: datetime | None = None  # UTC, captured_at of the last packet
    duration_s: float = 0.0
    packets: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file, as it was when it was written."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The evidence of one event."""

    event: str
    camera: str
    rule: str
    zone: str
    severity: str
    started_at: datetime  # UTC
    raised_at: datetime  # UTC
    clip: ClipEntry
    files: Mapping[str, FileEntry] = field(default_factory=dict)


_MANIFEST = TypeAdapter(Manifest)


def clip_name(codec: str) -> str:
    """The file that holds a clip of `codec`."""
    return WEBM_CLIP if codec in IN_WEBM else CLIP


def encode(manifest: Manifest) -> bytes:
    """`manifest` as the file's text."""
    body: dict[str, Any] = {"v": VERSION} | asdict(manifest)
    return json.dumps(body, ensure_ascii=False, indent=1, default=datetime.isoformat).encode() + b"\n"


def decode(text: bytes) -> Manifest:
    """What `encode` wrote.

    Raises:
        EvidenceError: the text is not a manifest of this version.
    """
    try:
        body = json.loads(text)
        if not isinstance(body, dict) or body.pop("v", None) != VERSION:
            raise EvidenceError(f"not a manifest of version {VERSION}")
        return _MANIFEST.validate_python(body)
    except (ValueError, ValidationError) as error:
        raise EvidenceError(f"not a manifest: {error}") from error


def write(folder: Path, manifest: Manifest) -> None:
    """Put `manifest` into the event's folder.

    Raises:
        EvidenceError: the disk refuses.
    """
    try:
        write_whole(folder / MANIFEST, encode(manifest))
    except OSError as error:
        raise EvidenceError(f"{folder / MANIFEST} cannot be written: {error}") from error


def read(folder: Path) -> Manifest:
    """The manifest in the event's folder.

    Raises:
        EvidenceError: there is none, or it cannot be read.
    """
    try:
        return decode((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise EvidenceError(f"{folder / MANIFEST} cannot be read: {error}") from error
