"""What a simulated camera is: an address, a clip, and who may watch it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sample_streams.faults import Fault

TRACK = "trackID=0"  # the one track that every mount has


class Scheme(StrEnum):
    """How a client proves that it knows the password."""

    DIGEST = "Digest"
    BASIC = "Basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One stream of a simulated camera. Without a `user` anybody may watch."""

    path: str  # as in the URL, from its first slash, with the query if it has one
    clip: Path
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    faults: tuple[Fault, ...] = ()
    offset_s: float = 0.0  # how far into its clip the camera is when the server starts
    schemes: tuple[Scheme, ...] = (Scheme.DIGEST, Scheme.BASIC)  # offered in this order


def resource(url: str) -> str:
    """The mount that `url`, or a path, names: no percent signs, no track, no slash at its end.

    Raises:
        ValueError: it is not a URL.
    """
    parts = urlsplit(url)
    whole = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
    return whole.rstrip("/").removesuffix(f"/{TRACK}").rstrip("/")
