"""Snapshots and clips over HTTP: a few known files below one folder, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from storage.manifest import CLIP, MANIFEST, SNAPSHOT, WEBM_CLIP

MEDIA = {SNAPSHOT: "image/jpeg", CLIP: "video/mp4", WEBM_CLIP: "video/webm", MANIFEST: "application/json"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EVENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")


def footage_routes(root: Path) -> APIRouter:
    """The routes that serve the evidence below `root`, with ranges, so that a player can seek."""
    router = APIRouter()

    @router.head("/evidence/{day}/{event}/{name}", include_in_schema=False)
    @router.get("/evidence/{day}/{event}/{name}", response_class=FileResponse)
    def evidence(day: str, event: str, name: str) -> FileResponse:
        path = locate(root, day, event, name)
        if path is None:
            raise HTTPException(404, "no such evidence")
        # The manifest changes when the clip is done; pictures never do, but footage must not outlive its time.
        caching = "no-store" if name == MANIFEST else "private, max-age=600"
        return FileResponse(path, media_type=MEDIA[name], headers={"cache-control": caching})

    return router


def locate(root: Path, day: str, event: str, name: str) -> Path | None:
    """The file, when it is one of ours and really below `root`; a link that leads elsewhere is not."""
    if not _DAY.fullmatch(day) or not _EVENT.fullmatch(event) or name not in MEDIA:
        return None
    path = root / day / event / name
    real = path.resolve()
    if real != root.resolve() / day / event / name or not real.is_file():
        return None
    return path
