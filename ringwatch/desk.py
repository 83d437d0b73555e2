"""The desk's process: reads the queue, records alerts, and lets footage expire."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from prometheus_client import REGISTRY

from alerts.desk import Desk
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from ringwatch.board import Board, Report
from ringwatch.layout import Layout
from ringwatch.periodic import Periodic
from storage.database import Database
from storage.retention import expire

if TYPE_CHECKING:
    from ringwatch.job import Job

log = structlog.get_logger()
RETENTION_EVERY_S = 600.0


def run_desk(job: Job, stop: threading.Event) -> None:
    """Record what the queue holds until `stop` is set."""
    layout = Layout(job.data)
    keep = job.network.storage.keep_evidence
    with ExitStack() as stack:
        database = Database(layout.database_url(job.network))
        stack.callback(database.close)
        database.create()
        queue = AlertQueue(job.queue_url)
        stack.callback(queue.close)
        desk = Desk(queue, database, consumer=f"{os.uname().nodename}-{job.name}", metrics=AlertMetrics(REGISTRY))
        for periodic in (
            Periodic("desk-report", 1.0, lambda: _report(layout, job, desk)),
            Periodic("retention", RETENTION_EVERY_S, lambda: _expire(layout, keep)),
        ):
            periodic.start()
            stack.callback(periodic.stop)
        desk.run(stop)


def _report(layout: Layout, job: Job, desk: Desk) -> None:
    problems = (desk.problem,) if desk.problem else ()
    Board(layout.board).post(Report(process=job.name, pid=os.getpid(), at=datetime.now(UTC), problems=problems))


def _expire(layout: Layout, keep: timedelta) -> None:
    gone = expire(layout.evidence, keep, datetime.now(UTC))
    if gone:
        log.info("footage expired", alerts=gone, keep_days=keep.days)
