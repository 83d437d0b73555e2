"""What the desk's process does beside recording: it watches the watching, and reckons the load for the metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY

from alerts.lifecycle import SYSTEM, Act
from alerts.load_metrics import LoadMetrics
from alerts.messages import Delivery
from alerts.watchman import Watchman, WatchMetrics
from ringwatch.loads import load_book
from ringwatch.periodic import repeat
from ringwatch.scheduled import cameras_that_test
from storage.load_records import LoadRecords
from storage.watch_records import WatchRecords

if TYPE_CHECKING:
    from contextlib import ExitStack

    from alerts.messages import Occurrence
    from ringwatch.job import Job
    from storage.database import Database

WATCH_EVERY_S = 2.0
LOAD_EVERY_S = 15.0
LOAD_SPAN = timedelta(days=1)


def start_watchman(job: Job, database: Database, url: str, stack: ExitStack) -> Watchman:
    """Look whether test alerts come from every worker, and whether anybody is there, until `stack` closes."""
    book = WatchRecords(url)
    stack.callback(book.close)
    watchman = Watchman(
        book=book,
        tell=lambda occurrence: _record(database, occurrence),
        escalate=lambda alert: _escalate(database, alert),
        plan=job.network.watching,
        cameras=[job.network.camera(one) for shard in cameras_that_test(job.network, job.shares) for one in shard],
        metrics=WatchMetrics(REGISTRY),
        clock=lambda: datetime.now(UTC),
    )
    repeat(stack, "watchman", WATCH_EVERY_S, watchman.look)
    return watchman


def start_load(job: Job, url: str, stack: ExitStack) -> None:
    """Reckon the load of the last day for the metrics, until `stack` closes."""
    records = LoadRecords(url)
    stack.callback(records.close)
    book, metrics = load_book(records, job.network), LoadMetrics(REGISTRY)
    repeat(stack, "load", LOAD_EVERY_S, lambda: metrics.tell(book.lately(LOAD_SPAN)))


def _record(database: Database, occurrence: Occurrence) -> None:
    """No worker and no queue: these alarms are about them."""
    database.record([Delivery(entry="", occurrence=occurrence, origin=None)])


def _escalate(database: Database, alert: str) -> None:
    database.act(alert, Act.ESCALATE, SYSTEM, level=1)
