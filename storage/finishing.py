"""The last steps of a clip: from the part that grew to the file that is shown, also after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import structlog

from storage.errors import EvidenceError, UnreadableClipError
from storage.files import fingerprint
from storage.manifest import CLIP, PART, WEBM_CLIP, ClipEntry, ClipState, FileEntry, Manifest
from storage.manifest import read as read_manifest
from storage.manifest import write as write_manifest
from storage.muxer import claimed, finish, is_webm

log = structlog.get_logger()


def finish_clip(folder: Path, manifest: Manifest, words: ClipEntry) -> ClipEntry:
    """Make the clip of the part, write the manifest with `words` on the clip, and remove the part, in this order.

    Raises:
        EvidenceError: the part cannot be read or the disk refuses; the part is still there.
    """
    name = WEBM_CLIP if is_webm(folder / PART) else CLIP
    done = finish(folder / PART, folder / name)
    entry = replace(words, **asdict(done))
    try:
        clip = FileEntry(sha256=fingerprint(folder / name), bytes=(folder / name).stat().st_size)
        write_manifest(folder, replace(manifest, clip=entry, files={**manifest.files, name: clip}))
        (folder / PART).unlink(missing_ok=True)
    except OSError as error:
        raise EvidenceError(f"{folder / name} cannot be put on record: {error}") from error
    return entry


def abandon_clip(folder: Path, manifest: Manifest, words: ClipEntry) -> ClipEntry:
    """Say in the manifest why there is no clip, and remove the part.

    Raises:
        EvidenceError: the disk refuses.
    """
    write_manifest(folder, replace(manifest, clip=words))
    try:
        (folder / PART).unlink(missing_ok=True)
    except OSError as error:
        raise EvidenceError(f"{folder / PART} cannot be removed: {error}") from error
    return words


def recover(root: Path) -> Iterator[bool]:
    """Finish every part whose writer is gone; for each, whether that worked. Other processes may do the same."""
    for part in sorted(root.glob(f"*/*/{PART}")):
        try:
            with claimed(part) as ours:
                if not ours:
                    continue
                entry = _recover_one(part.parent)
        except EvidenceError as error:
            log.error("a clip cannot be recovered", folder=part.parent.name, error=str(error))
            yield False
        else:
            log.info("clip recovered", folder=part.parent.name, seconds=entry.duration_s)
            yield True


def _recover_one(folder: Path) -> ClipEntry:
    manifest = read_manifest(folder)
    words = ClipEntry(state=ClipState.CUT, reason="the process ended while it was recorded")
    try:
        return finish_clip(folder, manifest, words)
    except UnreadableClipError as error:
        return abandon_clip(folder, manifest, ClipEntry(state=ClipState.MISSING, reason=str(error)))
