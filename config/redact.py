"""Passwords stay out of logs, errors and pages."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(?<=://)[^/@\s'\"]+@")


def redact(text: str) -> str:
    """`text` with the user and password of every URL in it replaced by `***@`."""
    return _USERINFO.sub("***@", text)
