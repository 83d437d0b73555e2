"""A vehicle's bearer token: what stands behind `whip:` in its camera's stream."""

from __future__ import annotations

import re

WHIP = "whip:"
LEAST = 22  # characters: 128 bits in base64
_TOKEN = re.compile(r"[A-Za-z0-9._~+-][A-Za-z0-9._~+/-]*=*")  # Source: RFC 6750, 2.1 (b64token)


def token_of(url: str | None) -> str | None:
    """The token in a stream's URL; None where the stream is not one that a vehicle sends."""
    return url.removeprefix(WHIP) if url is not None and url.startswith(WHIP) else None


def token_mistake(token: str) -> str:
    """What is wrong with `token`, without showing it; "" when nothing is."""
    if not token or token.startswith("/"):
        return 'behind whip: stands the vehicle\'s token: write whip:{NAME}, and NAME: "TOKEN" in the secrets file'
    if len(token) < LEAST:
        return f"a vehicle's token has {LEAST} characters or more, not {len(token)}: make one with openssl rand -hex 24"
    if not _TOKEN.fullmatch(token):
        return "a vehicle's token is of letters, digits and -._~+/ alone: make one with openssl rand -hex 24"
    return ""
