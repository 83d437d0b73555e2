"""A worker without cameras, to be killed: raises alerts as fast as it is told to, through a real outbox and sender.

`python -m ringwatch.bench_alert_worker DATA NAME URL COUNT RATE BEGIN_AT` raises alerts 1 to COUNT of NAME, RATE a
second from BEGIN_AT (Unix time) on, and ends when all are on record. Started again on the same DATA it goes on with
the one after the last it has raised.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from alerts.metrics import AlertMetrics
from alerts.occurrences import Occurrences
from alerts.outbox import Outbox
from alerts.queue import AlertQueue
from alerts.sender import OutboxSender
from config.model import Camera, Network, Ring, Severity, Stream
from config.watching import Watching
from detect.messages import Event, Phase
from ringwatch.layout import Layout
from ringwatch.logs import configure_logs
from ringwatch.raiser import Raiser

if TYPE_CHECKING:
    from storage.evidence import PreRoll
    from storage.snapshot import Shot

CAMERAS = 92
LOOK_S = 0.05
FLUSH_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What one worker is to do."""

    data: Path
    name: str
    url: str  # of the queue
    count: int
    rate: float  # alerts a second
    begin_at: float  # Unix time, so that several begin together


def command(orders: Orders) -> tuple[str, ...]:
    """The command line of the worker that carries them out."""
    words = (orders.data, orders.name, orders.url, orders.count, orders.rate, orders.begin_at)
    return (sys.executable, "-m", "ringwatch.bench_alert_worker", *map(str, words))


class NoPictures:
    """Evidence that is not asked for: what is measured is the alert's way."""

    def folder_for(self, event: Event) -> str:
        """Nowhere."""
        return ""

    def open(self, event: Event, shot: Shot | None, pre_roll: PreRoll) -> str:
        """Nothing."""
        return ""

    def since(self, at: datetime) -> tuple[()]:
        """No packets."""
        return ()


def network() -> Network:
    """Ninety-two cameras that nobody connects to."""
    stream = Stream(sub="rtsp://127.0.0.1/none")
    names = [f"bench-{number:02}" for number in range(CAMERAS)]
    return Network(
        cameras=tuple(Camera(id=name, name=name, ring=Ring.MIDDLE, stream=stream) for name in names),
        watching=Watching(test_alert=None),  # these workers raise none, and its absence would be an alert of its own
    )


def alert_id(worker: str, number: int) -> str:
    """The id of that worker's alert."""
    return f"ev-{worker}-{number}"


def progress_file(data: Path, worker: str) -> Path:
    """Where a worker writes how many alerts it has raised."""
    return Layout(data).board.parent / f"{worker}.raised"


def work(orders: Orders) -> None:
    """Raise what has not been raised, then wait until nothing is left in the outbox."""
    with ExitStack() as stack:
        outbox = Outbox(Layout(orders.data).outbox(orders.name))
        stack.callback(outbox.close)
        queue = AlertQueue(orders.url)
        stack.callback(queue.close)
        sender = OutboxSender(outbox, queue, AlertMetrics(CollectorRegistry()))
        sender.start()
        stack.callback(sender.stop, FLUSH_S)
        raiser = Raiser(Occurrences(network(), _now, outbox), outbox, NoPictures())
        _raise_all(orders, raiser, outbox.last_seq() + 1)
        while outbox.backlog().rows:
            time.sleep(LOOK_S)


def _raise_all(orders: Orders, raiser: Raiser, first: int) -> None:
    progress = progress_file(orders.data, orders.name)
    began_s = time.monotonic() + max(0.0, orders.begin_at - _now().timestamp())
    for number in range(first, orders.count + 1):
        time.sleep(max(0.0, began_s + (number - first) / orders.rate - time.monotonic()))
        raiser.raise_event(_event(orders.name, number), lambda: None, NoPictures())
        progress.write_text(str(number))


def _event(worker: str, number: int) -> Event:
    """Each in a zone of its own: the desk has nothing to fold."""
    now = _now()
    return Event(
        id=alert_id(worker, number),
        camera=f"bench-{number % CAMERAS:02}",
        rule="intrusion",
        zone=f"{worker}-{number}",
        phase=Phase.RAISED,
        started_at=now,
        captured_at=now,
        severity=Severity.HIGH,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    """Entry point of `python -m ringwatch.bench_alert_worker`."""
    data, name, url, count, rate, begin_at = sys.argv[1:]
    configure_logs(level="error", form="auto", process=name)
    orders = Orders(data=Path(data), name=name, url=url, count=int(count), rate=float(rate), begin_at=float(begin_at))
    work(orders)


if __name__ == "__main__":
    main()
