"""How long an alert takes from a worker's raising it to the operator's page, through real processes and HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import structlog

from config.errors import BackendUnavailable
from ringwatch.bench_alert_node import LOOK_S, bench_node
from ringwatch.demo_config import free_port

if TYPE_CHECKING:
    from http.client import HTTPResponse

log = structlog.get_logger()
START_S = 60.0
END_S = 120.0  # generous: a loaded machine is no reason to give up


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The line of a run at a given rate."""

    rate: float  # alerts a second that reached the operator, from the first raised to the last heard
    raise_to_operator_ms_p95: float
    raise_to_operator_ms_p50: float
    raise_to_operator_ms_max: float
    raised: int
    heard: int  # on the console's event stream
    cpu_cores: float  # redis, desk, console and workers together, from the first alert on


def raise_to_operator(rate: float, seconds: float) -> Delay:
    """Raise `rate` alerts a second for `seconds`, and hear them as an open page does.

    Raises:
        BackendUnavailable: redis-server or the console does not start.
    """
    port, count, meter = free_port(0), max(1, round(rate * seconds)), Meter()
    with (
        TemporaryDirectory(prefix="ringwatch-") as name,
        closing(Operator(port)) as operator,
        bench_node(Path(name), port) as node,
    ):
        node.start_console()
        operator.start()
        meter.begin(node.pids())
        node.start_workers(count, rate)
        ends_s = time.monotonic() + START_S + seconds + END_S
        while len(operator.heard) < count and operator.listens and time.monotonic() < ends_s:
            node.working()
            meter.look(node.pids())
            time.sleep(LOOK_S)
    return _delay(operator.heard, count, meter.spent_s)


def _delay(heard: dict[str, Heard], raised: int, cpu_s: float) -> Delay:
    delays = sorted(one.delay_ms for one in heard.values()) or [0.0]
    first = min((one.raised_at for one in heard.values()), default=0.0)
    lasted_s = max((one.heard_at for one in heard.values()), default=0.0) - first or 1.0
    return Delay(
        rate=round(len(heard) / lasted_s, 1),
        raise_to_operator_ms_p95=_quantile(delays, 0.95),
        raise_to_operator_ms_p50=_quantile(delays, 0.5),
        raise_to_operator_ms_max=round(delays[-1], 1),
        raised=raised,
        heard=len(heard),
        cpu_cores=round(cpu_s / lasted_s, 2),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One alert as the operator's page hears of it."""

    raised_at: float  # Unix time
    heard_at: float

    @property
    def delay_ms(self) -> float:
        """From the worker's raising it to the page."""
        return (self.heard_at - self.raised_at) * 1000


class Operator:
    """An open page: the thread `operator` reads the console's event stream over HTTP."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/alerts/stream?after=0"
        self._answer: HTTPResponse | None = None
        self._thread = threading.Thread(target=self._listen, name="operator", daemon=True)
        self.heard: dict[str, Heard] = {}
        self.listens = False

    def start(self) -> None:
        """Open the stream, as soon as the console answers.

        Raises:
            BackendUnavailable: it does not within a minute.
        """
        ends_s = time.monotonic() + START_S
        while self._answer is None:
            try:
                self._answer = urlopen(self._url, timeout=START_S)  # noqa: S310 - our own address
            except (URLError, ConnectionError):
                if time.monotonic() > ends_s:
                    raise BackendUnavailable("the console does not answer within a minute") from None
                time.sleep(LOOK_S)
        self.listens = True
        self._thread.start()

    def close(self) -> None:
        """Close the page; the console has ended."""
        if self._answer is not None:
            self._thread.join(timeout=START_S)
            self._answer.close()

    def _listen(self) -> None:
        assert self._answer is not None  # noqa: S101 - opened before the thread is started
        try:
            for alert in alerts_of(self._answer):
                at = datetime.fromisoformat(str(alert["raised_at"])).timestamp()
                one = Heard(raised_at=at, heard_at=datetime.now(UTC).timestamp())
                self.heard.setdefault(str(alert["id"]), one)
        except (HTTPException, OSError) as error:
            log.debug("the console has ended", error=str(error))
        finally:
            self.listens = False


def alerts_of(answer: HTTPResponse) -> Iterator[dict[str, object]]:
    """The alerts that an event stream tells of, until it ends."""
    name = ""
    for line in answer:
        word, _, text = line.decode().rstrip("\n").partition(": ")
        if word == "event":
            name = text
        elif word == "data" and name == "alert":
            yield json.loads(text)


class Meter:
    """CPU seconds of processes that may end meanwhile."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}
        self._newest: dict[int, float] = {}

    def begin(self, pids: Iterable[int]) -> None:
        """What these have spent so far does not count."""
        self.look(pids)
        self._before = dict(self._newest)

    def look(self, pids: Iterable[int]) -> None:
        """Note what each has spent."""
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                times = psutil.Process(pid).cpu_times()
                self._newest[pid] = times.user + times.system

    @property
    def spent_s(self) -> float:
        """By all of them, since they began or were first looked at."""
        return sum(self._newest.values()) - sum(self._before.values())


def _quantile(ordered: list[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
