"""Where vehicles are: what is taken, what is not, and how long it holds."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from ingest.positions import PositionError, Positions, ask_position, parse_position
from ingest.vehicle_metrics import VehicleMetrics
from tests.ingest.given import SECOND, START


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ('"2026-01-01T08:00:00+08:00"', START),
        ('"2026-01-01T00:00:00Z"', START),
        (str(int(START.timestamp())), START),
        (str(START.timestamp() + 0.5), START + timedelta(milliseconds=500)),
        ("null", START + SECOND),
    ],
    ids=["of another zone", "in UTC", "Unix seconds", "with a fraction", "untold: now"],
)
def test_a_position_is_read(at: str, expected: datetime) -> None:
    position = parse_position(f'{{"lat": 30.66, "lon": 104.06, "speed": 12.5, "at": {at}}}', START + SECOND)

    assert (position.lat, position.lon, position.speed_m_s, position.at) == (30.66, 104.06, 12.5, expected)


def test_speed_may_be_untold() -> None:
    assert parse_position('{"lat": 0, "lon": 0}', START).speed_m_s is None
    assert parse_position('{"lat": 0, "lon": 0, "speed": null}', START).speed_m_s is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "here",
        "[30.66, 104.06]",
        '{"lat": 30.66}',
        '{"lat": "30.66", "lon": 104.06}',
        '{"lat": true, "lon": 104.06}',
        '{"lat": 90.1, "lon": 104.06}',
        '{"lat": 30.66, "lon": -180.1}',
        '{"lat": NaN, "lon": 104.06}',
        '{"lat": Infinity, "lon": 104.06}',
        '{"lat": 30.66, "lon": 104.06, "speed": -1}',
        '{"lat": 30.66, "lon": 104.06, "speed": 3000}',
        '{"lat": 30.66, "lon": 104.06, "at": "2026-01-01T00:00:00"}',
        '{"lat": 30.66, "lon": 104.06, "at": "2026-01-01T00:01:00Z"}',
        '{"lat": 30.66, "lon": 104.06, "at": 1e300}',
        '{"lat": 30.66, "lon": 104.06, "at": [0]}',
        "[" * 1000,
        '{"lat": 30.66, "lon": 104.06, "note": "' + "x" * 2000 + '"}',
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    """Nothing, prose, no numbers, off the earth, faster than a car, without a zone, of the future, too long."""
    with pytest.raises(PositionError):
        parse_position(text, START)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_garbage_is_refused_and_nothing_else_happens(text: str | bytes) -> None:
    try:
        parse_position(text, START)
    except PositionError:
        return


@dataclass
class Told:
    """The positions of two cameras, on a clock that a test moves."""

    now: datetime = START
    now_s: float = 0.0
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.positions = Positions(
            {"car": timedelta(seconds=60), "bus": timedelta(seconds=5)},
            clock=lambda: self.now,
            metrics=VehicleMetrics(self.registry),
            monotonic=lambda: self.now_s,
        )

    def tell(self, camera: str = "car", lat: float = 30.0, **fields: object) -> None:
        self.now_s += 1.0
        self.positions.told(camera, json.dumps({"lat": lat, "lon": 104.0, **fields}))

    def count(self, outcome: str, camera: str = "car") -> float:
        labels = {"camera": camera, "outcome": outcome}
        return self.registry.get_sample_value("ringwatch_ingest_positions_total", labels) or 0.0


def test_the_newest_holds_until_it_is_too_old() -> None:
    """Each camera has its own limit; afterwards nothing is known."""
    told = Told()
    told.tell("car", 30.0)
    told.tell("bus", 31.0)
    told.now += timedelta(seconds=10)

    assert told.positions.newest("bus") is None
    found = told.positions.newest("car")
    assert found is not None
    assert found.lat == 30.0


def test_positions_that_come_late_do_not_take_the_place_of_newer_ones() -> None:
    """A vehicle that was without network sends what it has saved up."""
    told = Told()
    told.tell(lat=30.2, at=START.isoformat())
    told.tell(lat=30.1, at=(START - SECOND).isoformat())
    told.tell(lat=29.0, at=(START - timedelta(hours=1)).isoformat())

    found = told.positions.newest("car")
    assert found is not None
    assert found.lat == 30.2
    assert told.count("late") == 2.0


def test_a_clock_that_is_set_back_does_not_hold_a_vehicle_where_it_was() -> None:
    """What was told before is of the future now: not known, and no reason to pass over what is told since."""
    told = Told()
    told.tell(lat=30.2)
    told.now -= timedelta(seconds=30)

    assert told.positions.newest("car") is None
    told.tell(lat=30.4)
    found = told.positions.newest("car")
    assert found is not None
    assert found.lat == 30.4


def test_a_flood_is_not_looked_at() -> None:
    """A few at once, then two a second; the rest is counted."""
    told = Told()
    for _ in range(100):
        told.positions.told("car", '{"lat": 30, "lon": 104}')

    assert (told.count("taken"), told.count("limited")) == (5.0, 95.0)
    told.now_s += 1.0
    told.positions.told("car", '{"lat": 30, "lon": 104}')
    assert told.count("taken") == 6.0


def test_what_is_bad_is_counted_and_forgotten() -> None:
    told = Told()
    told.tell(lat=91.0)
    told.positions.told("car", b"\xff\xfe")

    assert told.count("bad") == 2.0
    assert told.positions.newest("car") is None


def test_a_camera_that_stays_where_it_is_has_none() -> None:
    assert Told().positions.newest("gate") is None


class Answers(BaseHTTPRequestHandler):
    """An endpoint that knows where a vehicle is."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("authorization")))  # type: ignore[attr-defined]
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("location", "/car")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/car" else 500)
        self.end_headers()
        self.wfile.write(b'{"lat": 30.66, "lon": 104.06}' if self.path == "/car" else b"x" * 100_000)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def knowing() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


def test_an_endpoint_is_asked_with_its_password() -> None:
    with knowing() as (host, asked):
        answer = ask_position(f"http://viewer:p%40ss@{host}/car")

    assert parse_position(answer, datetime.now(UTC)).lat == 30.66
    assert asked == [("/car", "Basic dmlld2VyOnBAc3M=")]


@pytest.mark.parametrize(("path", "status"), [("/elsewhere", 302), ("/broken", 500)])
def test_an_endpoint_that_does_not_answer_is_no_position(path: str, status: int) -> None:
    """Nor is one that sends us elsewhere; what is said has no password in it."""
    with knowing() as (host, _), pytest.raises(PositionError) as raised:
        ask_position(f"http://viewer:hunter2@{host}{path}")

    assert str(raised.value) == f"{host} does not tell a position (HTTP {status})"


def test_an_endpoint_that_is_not_there_is_no_position() -> None:
    with pytest.raises(PositionError, match="does not tell a position"):
        ask_position("http://127.0.0.1:9/car")
