"""Footage expires: folders of evidence older than they may be are deleted, and nothing else is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import structlog

log = structlog.get_logger()
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EVENT = re.compile(r"ev-[A-Za-z0-9._-]+")


def expire(root: Path, keep: timedelta, now: datetime) -> int:
    """Delete the events under `root` that are older than `keep` at `now` (aware); how many they were.

    Only `<day>/<event id>` folders are touched, no link is ever followed, and what cannot be deleted is left for the
    next time and logged.
    """
    oldest = now - keep
    return sum(_expire_day(Path(entry.path), oldest) for entry in _folders(root, _DAY))


def _expire_day(day: Path, oldest: datetime) -> int:
    ends_at = _end_of(day.name)
    if ends_at is None or ends_at - timedelta(days=1) > oldest:
        return 0
    whole = ends_at <= oldest
    deleted = sum(_delete(Path(entry.path)) for entry in _folders(day, _EVENT) if whole or _untouched(entry, oldest))
    if whole:
        _remove_if_empty(day)
    return deleted


def _end_of(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=1)
    except ValueError:
        return None  # 2026-13-99


def _untouched(entry: os.DirEntry[str], oldest: datetime) -> bool:
    """Whether nothing was put into the event's folder after `oldest`: its day is not over yet, but its time is."""
    try:
        return datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC) <= oldest
    except FileNotFoundError:
        return False


def _folders(parent: Path, pattern: re.Pattern[str]) -> Iterator[os.DirEntry[str]]:
    """The real folders in `parent` whose names fit; links to folders are not among them."""
    try:
        entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        log.error("expired footage cannot be listed", folder=str(parent), error=str(error))
        return
    for entry in entries:
        if pattern.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            yield entry


def _delete(event: Path) -> bool:
    try:
        shutil.rmtree(event)
    except OSError as error:
        log.error("expired footage cannot be deleted", folder=str(event), error=str(error))
        return False
    return True


def _remove_if_empty(day: Path) -> None:
    try:
        if not any(day.iterdir()):
            day.rmdir()
    except OSError as error:
        log.error("an empty folder cannot be deleted", folder=str(day), error=str(error))
