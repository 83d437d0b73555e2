"""What the API answers when it does not do what it was asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from alerts.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


async def refusal(_request: Request, error: Exception) -> Response:
    """409, with words for people and what a page needs to say it in another language; 404 for what is not there."""
    assert isinstance(error, Refused)  # noqa: S101 - it is registered for no other
    if error.reason == "unknown":
        return _answer(404, {"detail": str(error)})
    about = {
        "problem": str(error),
        "reason": error.reason,
        "handler": error.handler,
        "since": error.since.isoformat() if error.since else None,
    }
    return _answer(409, about)


async def misread(_request: Request, error: Exception) -> Response:
    """422: where the request cannot be read, and why. What was sent is not sent back: it may be long, or no text."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for no other
    detail = [{name: one[name] for name in ("type", "loc", "msg")} for one in error.errors()]
    return _answer(422, {"detail": detail})


async def unavailable(_request: Request, error: Exception) -> Response:
    """503: a service behind the console does not answer. Try again."""
    return _answer(503, {"problem": str(error)}, {"retry-after": "2"})


def _answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """JSON in ASCII: what is refused may hold letters that are no text, which UTF-8 cannot write."""
    return Response(json.dumps(body), status, headers, "application/json")
