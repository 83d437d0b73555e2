"""RTSP 1.0 requests and responses, as bytes and as values. Source: RFC 2326."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sample_streams.errors import RequestError

MAX_HEAD_BYTES = 8192
MAX_BODY_BYTES = 8192
VERSION = "RTSP/1.0"
INTERLEAVED = ord("$")  # begins a binary frame between requests: a client's receiver report, as a rule
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
    505: "RTSP Version Not Supported",
}
_REQUEST_LINE = re.compile(r"([A-Z_]+) (\S+) (RTSP/\d\.\d)")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks. Header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def cseq(self) -> int:
        """The number the answer must carry."""
        return int(self.headers["cseq"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a client is told; `headers` in the order they are sent."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def encode_response(response: Response, cseq: int | None) -> bytes:
    """The bytes of `response`, as the answer to request number `cseq` (None: it had none that could be read)."""
    lines = [f"{VERSION} {response.status} {REASONS[response.status]}"]
    lines += [f"CSeq: {cseq}"] if cseq is not None else []
    lines += [f"{name}: {text}" for name, text in response.headers]
    lines += [f"Content-Length: {len(response.body)}"] if response.body else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + response.body


def parse_request(head: bytes, body: bytes = b"") -> Request:
    """The request whose request line and headers are `head`.

    Raises:
        RequestError: it is none, or is of another version.
    """
    try:
        first, *rest = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise RequestError from None
    asked = _REQUEST_LINE.fullmatch(first)
    if not asked:
        raise RequestError
    if asked[3] != VERSION:
        raise RequestError(505)
    return Request(method=asked[1], url=asked[2], headers=_headers(rest), body=body)


def _headers(lines: list[str]) -> dict[str, str]:
    found = [_HEADER.fullmatch(line) for line in lines if line]
    headers = {match[1].lower(): match[2] for match in found if match}
    if not all(found) or not re.fullmatch(r"[0-9]{1,9}", headers.get("cseq", "")):
        raise RequestError
    return headers


class RequestReader:
    """Cuts what one client sends into requests, however it arrives; holds at most one request's bytes."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, received: bytes) -> Iterator[Request]:
        """Every request that is whole now. Frames of binary data between requests are skipped.

        Raises:
            RequestError: what came is not RTSP, or is too long.
        """
        self._held += received
        while self._held:
            if self._held[0] == INTERLEAVED:
                size = 4 + int.from_bytes(self._held[2:4], "big")
                if len(self._held) < max(4, size):
                    return
                del self._held[:size]
            elif self._held[0] in b"\r\n":
                del self._held[0]  # some clients end a request with an empty line more
            elif request := self._request():
                yield request
            else:
                return

    def _request(self) -> Request | None:
        end = self._held.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._held) >= MAX_HEAD_BYTES:
                raise RequestError(413)
            return None
        request = parse_request(bytes(self._held[:end]))
        whole = end + 4 + _body_size(request)
        if len(self._held) < whole:
            return None
        body = bytes(self._held[end + 4 : whole])
        del self._held[:whole]
        return Request(method=request.method, url=request.url, headers=request.headers, body=body)


def _body_size(request: Request) -> int:
    given = request.headers.get("content-length", "0")
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise RequestError
    if int(given) > MAX_BODY_BYTES:
        raise RequestError(413)
    return int(given)
