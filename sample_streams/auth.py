"""Who may watch: Basic and Digest authentication, as real cameras ask for. Source: RFC 2617."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sample_streams.mount import Mount, Scheme, resource

if TYPE_CHECKING:
    from sample_streams.rtsp_messages import Request

REALM = "ringwatch simulator"
MAX_FAILURES = 5  # wrong passwords on one connection before it is closed
_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')


class Gate:
    """Lets one connection's requests in or not. Its nonce is the connection's own and goes with it."""

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(16)
        self._failures = 0

    @property
    def exhausted(self) -> bool:
        """Whether so many passwords were wrong that no more are heard."""
        return self._failures >= MAX_FAILURES

    def admits(self, request: Request, mount: Mount) -> bool:
        """Whether `request` proves that its sender may watch `mount`; counts what is wrong."""
        if mount.user is None:
            return True
        given = request.headers.get("authorization")
        if given is None:
            return False  # how every client begins: no failure yet
        if self._proves(given, request.method, mount):
            return True
        self._failures += 1
        return False

    def challenges(self, mount: Mount) -> tuple[tuple[str, str], ...]:
        """The headers that tell a client how to authenticate for `mount`."""
        fields = {
            Scheme.DIGEST: f'realm="{REALM}", nonce="{self._nonce}", algorithm=MD5, qop="auth"',
            Scheme.BASIC: f'realm="{REALM}"',
        }
        return tuple(("WWW-Authenticate", f"{scheme} {fields[scheme]}") for scheme in mount.schemes)

    def _proves(self, given: str, method: str, mount: Mount) -> bool:
        scheme, _, rest = given.partition(" ")
        if scheme.lower() == "basic" and Scheme.BASIC in mount.schemes:
            return _same(_basic(rest), f"{mount.user}:{mount.password or ''}")
        if scheme.lower() == "digest" and Scheme.DIGEST in mount.schemes:
            fields = {match[1].lower(): match[2] or match[3] or "" for match in _FIELD.finditer(rest)}
            return self._digest_holds(fields, method, mount)
        return False

    def _digest_holds(self, fields: Mapping[str, str], method: str, mount: Mount) -> bool:
        asked = (fields.get("username"), fields.get("realm"), fields.get("nonce"))
        if asked != (mount.user, REALM, self._nonce) or not _names(fields.get("uri", ""), mount):
            return False
        return _same(fields.get("response", ""), digest(fields, method, mount.password or ""))


def digest(fields: Mapping[str, str], method: str, password: str) -> str:
    """The `response` that the fields of an Authorization header must carry; `qop` auth or none."""
    secret = _md5(f"{fields['username']}:{fields['realm']}:{password}")
    asked = _md5(f"{method}:{fields['uri']}")
    if "qop" in fields:
        once = f"{fields['nonce']}:{fields.get('nc', '')}:{fields.get('cnonce', '')}:{fields['qop']}"
        return _md5(f"{secret}:{once}:{asked}")
    return _md5(f"{secret}:{fields['nonce']}:{asked}")


def _names(uri: str, mount: Mount) -> bool:
    try:
        return resource(uri) == resource(mount.path)
    except ValueError:
        return False


def _basic(encoded: str) -> str:
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _md5(text: str) -> str:
    # The protocol names MD5; nothing but a sample clip is behind it.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
