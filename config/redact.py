"""Passwords stay out of logs, errors and pages."""

from __future__ import annotations

import re

# Up to the last @ before the next URL: passwords hold some that nobody has escaped, and behind a colon slashes too.
_USERINFO = re.compile(r"(?<=://)(?:[^/\s'\"]+|[^/\s'\"]*:(?:(?!://)[^\s'\"])*)@")
_PARAMETER = re.compile(  # `?key=`, `&access_token=`, and `password=` wherever a camera's path has it
    r"((?:[?&][^=&\s'\"]*(?:key|token|secret|pass|pwd|auth|sign)[^=&\s'\"]*|passw(?:or)?d|pwd)=)[^&\s'\",;)\]}]+",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?<=\bwhip:)[^\s'\",;)\]}]+|(?<=\bBearer )[^\s'\",;)\]}]+")


def redact(text: str) -> str:
    """`text` with what must not be read in it replaced by `***`.

    That is the user and password of every URL, the values of its parameters that are called like a key, a token or a
    password, and vehicles' tokens.
    """
    return _TOKEN.sub("***", _PARAMETER.sub(r"\1***", _USERINFO.sub("***@", text)))


def holds_url(text: str) -> bool:
    """Whether somebody has written a URL, in which a password or a token may stand."""
    return "://" in text or "whip:" in text


def quoted(value: object) -> str:
    """`value` as it was written, for a message; of a URL, which would tell its password, only that it is one."""
    return "a URL" if holds_url(str(value)) else repr(value)


def named(file: str) -> str:
    """The name of a file, for a message; of a URL in its place, only that it is one."""
    return "called like a URL" if holds_url(file) else file
