"""Which streams the simulator serves, and which of them where they are configured."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def served(url: str) -> bool:
    """Whether the stream is served at all: a file needs nobody."""
    return urlsplit(url).scheme != "file"


def served_in_place(url: str) -> bool:
    """Whether the stream is served exactly where its URL says: RTSP on this machine."""
    split = urlsplit(url)
    return split.scheme == "rtsp" and _loopback(split.hostname or "")


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
