"""Passwords stay out of logs, errors and pages."""

from __future__ import annotations

import re

_USERINFO = re.compile(r"(?<=://)[^/\s'\"]+@")  # up to the last @: passwords hold some that nobody has escaped
_TOKEN = re.compile(r"(?<=\bwhip:)[^\s'\",;)\]}]+|(?<=\bBearer )[^\s'\",;)\]}]+")


def redact(text: str) -> str:
    """`text` with the user and password of every URL in it replaced by `***@`, and vehicles' tokens by `***`."""
    return _TOKEN.sub("***", _USERINFO.sub("***@", text))
