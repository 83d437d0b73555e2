"""`storage: {database: ...}`: which record alerts go on."""

from __future__ import annotations

import re

_KNOWN = re.compile(r"(sqlite|postgresql)(\+[a-z0-9_]+)?://.", re.ASCII)


def check_database(url: str) -> str:
    """`url`, if it may be one of a database that ringwatch writes.

    Raises:
        ValueError: with what to write instead, and without the URL: it may hold a password.
    """
    if not _KNOWN.match(url):
        raise ValueError(
            "not the URL of a database: write postgresql://… or sqlite:///FILE; without it, it is in the data folder"
        )
    return url
