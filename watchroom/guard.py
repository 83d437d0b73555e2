"""Who may ask, and what a browser may do with the answer.

The console has no login yet and listens on this machine alone. A page elsewhere could still reach it through the
operator's own browser, by a name that it makes point here (DNS rebinding): unknown names are refused. What changes
something is taken as JSON alone, and from no page but the console's own, to the port.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE = frozenset({"GET", "HEAD"})
SECURITY: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


class Guard:
    """ASGI middleware: refuses hosts and origins that are not `hosts`, and puts the security headers on answers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope.get("method", "GET"), Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if _name(f"//{host}") not in self._hosts:
            return PlainTextResponse("this console is not known by that name\n", status_code=421)
        origin = headers.get("origin")
        if origin is not None and _name(origin) not in self._hosts:
            return PlainTextResponse("this console answers its own page alone\n", status_code=403)
        return None if method in SAFE else _refusal_to_write(headers, origin)


def _refusal_to_write(headers: Headers, origin: str | None) -> PlainTextResponse | None:
    """A page from elsewhere can send a form without asking, but no JSON; and a browser says where a page is from."""
    elsewhere = origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    if elsewhere or headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return PlainTextResponse("this console takes acts from its own page alone\n", status_code=403)
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("send application/json\n", status_code=415)
    return None


def _name(url: str) -> str | None:
    """The host of a URL or of `//host:port`, in small letters; None when there is none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
