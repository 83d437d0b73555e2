"""Where vehicles are: told over their own feeds, or by an endpoint that is asked."""

from __future__ import annotations

import base64
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from config.errors import RingwatchError
from ingest.messages import Position

if TYPE_CHECKING:
    from ingest.clock import Clock
    from ingest.vehicle_metrics import VehicleMetrics

MOST_BYTES = 1024  # of one message
FASTEST_M_S = 150.0
AHEAD = timedelta(seconds=10)  # of our clock, and a position is not of the future
RATE_HZ, BURST = 2.0, 5.0  # positions that are looked at
ASK_S = 3.0


class PositionError(RingwatchError):
    """What was told is no position: count it and go on."""


def parse_position(text: str | bytes, now: datetime) -> Position:
    """The position in JSON `{lat, lon, speed, at}`: degrees (WGS 84), metres a second, ISO 8601 or Unix seconds.

    `speed` may be missing or null, and `at` missing: then it is `now`.

    Raises:
        PositionError: it is none, or none of this earth and time.
    """
    if len(text) > MOST_BYTES:
        raise PositionError(f"a position is shorter than {len(text)} characters")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise PositionError("a position is JSON") from None
    if not isinstance(told, dict):
        raise PositionError("a position is a JSON object")
    at = _time(told.get("at"), now)
    if at - now > AHEAD:
        raise PositionError("the position is of the future: set the vehicle's clock")
    return Position(
        lat=_number(told, "lat", -90.0, 90.0),
        lon=_number(told, "lon", -180.0, 180.0),
        speed_m_s=None if told.get("speed") is None else _number(told, "speed", 0.0, FASTEST_M_S),
        at=at,
    )


def _number(told: Mapping[str, object], name: str, least: float, most: float) -> float:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise PositionError(f"{name} is a number from {least:g} to {most:g}")
    return round(float(value), 7)


def _time(value: object, now: datetime) -> datetime:
    if value is None:
        return now
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError("no zone")
            return at.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise PositionError("at is a time with its zone, such as 2026-01-01T08:00:00+08:00, or Unix seconds")


class Positions:
    """The newest position of each camera. Any thread may tell one, and ask."""

    def __init__(
        self,
        max_age: Mapping[str, timedelta],  # by camera: those that may have a position; read anew each time
        *,
        clock: Clock,
        metrics: VehicleMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_age = max_age
        self._clock = clock
        self._metrics = metrics
        self._monotonic = monotonic
        self._newest: dict[str, Position] = {}
        self._allowed: dict[str, tuple[float, float]] = {}  # how many more at a moment
        self._lock = threading.Lock()

    def told(self, camera: str, text: str | bytes) -> None:
        """Take what `camera` says of its position. What is none, or too much, is counted and forgotten."""
        self._metrics.positions.labels(camera, self._take(camera, text)).inc()

    def failed(self, camera: str) -> None:
        """Whoever knows the camera's position did not answer."""
        self._metrics.positions.labels(camera, "unreachable").inc()

    def newest(self, camera: str) -> Position | None:
        """Where `camera` is; None where that is not known, or was too long ago."""
        position, max_age = self._newest.get(camera), self._max_age.get(camera)
        if position is None or max_age is None:
            return None
        is_known = -AHEAD <= self._clock() - position.at <= max_age  # of the future: our clock was set back
        return position if is_known else None

    def _take(self, camera: str, text: str | bytes) -> str:
        with self._lock:
            if camera not in self._max_age or not self._is_allowed(camera):
                return "limited"
            now = self._clock()
            try:
                position = parse_position(text, now)
            except PositionError:
                return "bad"
            before = self.newest(camera)
            max_age = self._max_age.get(camera, timedelta())
            if now - position.at > max_age or (before is not None and position.at < before.at):
                return "late"
            self._newest[camera] = position
            return "taken"

    def _is_allowed(self, camera: str) -> bool:
        now_s = self._monotonic()
        left, then_s = self._allowed.get(camera, (BURST, now_s))
        left = min(BURST, left + (now_s - then_s) * RATE_HZ)
        self._allowed[camera] = (left - 1.0 if left >= 1.0 else left, now_s)
        return left >= 1.0


class _NoRedirects(HTTPRedirectHandler):
    """An answer from somewhere else than was configured is none."""

    def redirect_request(self, *_: object) -> None:
        return None


def ask_position(url: str) -> bytes:
    """What the endpoint at `url` answers, up to a little more than a position is long. Blocks for `ASK_S` a read.

    Raises:
        PositionError: it does not answer.
    """
    parts = urlsplit(url)
    userinfo, _, host = parts.netloc.rpartition("@")
    request = Request(urlunsplit(parts._replace(netloc=host)), headers={"Accept": "application/json"})  # noqa: S310
    if userinfo:
        credentials = base64.b64encode(unquote(userinfo).encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    try:
        with build_opener(ProxyHandler({}), _NoRedirects()).open(request, timeout=ASK_S) as answer:
            return bytes(answer.read(MOST_BYTES + 1))
    except HTTPError as error:
        error.close()
        raise PositionError(f"{host} does not tell a position (HTTP {error.code})") from None
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise PositionError(f"{host} does not tell a position ({type(error).__name__})") from None
