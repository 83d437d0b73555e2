"""Whether a URL's user and password end where they should."""

from __future__ import annotations

from urllib.parse import urlsplit

TORN = "an @ behind the host: write it as %40, and in a user or password # as %23, / as %2F, ? as %3F"


def is_torn(url: str) -> bool:
    """Whether a user or a password ends where it should not: the rest of it would be told as the host, or later.

    Asked before the host and the port are read: what is left of the password before them is seldom a port.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return "@" in parts.fragment or ("@" not in parts.netloc and "@" in parts.path + parts.query)
