"""What machines ask: is it alive, is it ready, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from watchroom.feed import ChangeFeed
    from watchroom.sources import HealthSource


def health_routes(health: HealthSource, feed: ChangeFeed, metrics_text: Callable[[], bytes]) -> APIRouter:
    """`/healthz`, `/readyz` (503 with the reasons when not) and `/metrics`."""
    router = APIRouter()

    @router.get("/healthz")
    def alive() -> JSONResponse:
        return _answer(*health.live())

    @router.get("/readyz")
    def ready() -> JSONResponse:
        is_ready, about = health.ready()
        if feed.problem:
            known = about.get("problems")
            problems = list(known) if isinstance(known, list | tuple) else []
            return _answer(False, {**about, "problems": [*problems, f"console: {feed.problem}"]})
        return _answer(is_ready, about)

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(metrics_text(), headers={"content-type": CONTENT_TYPE_LATEST})

    return router


def _answer(well: bool, about: Mapping[str, object]) -> JSONResponse:
    return JSONResponse({"ok": well, **about}, status_code=200 if well else 503, headers={"cache-control": "no-store"})
