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
from alerts.lifecycle import SYSTEM
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from config.errors import BackendUnavailable
from ringwatch.board import Board, Report
from ringwatch.duty import start_duty
from ringwatch.layout import Layout
from ringwatch.node_record import open_record
from ringwatch.periodic import repeat
from ringwatch.watchers import start_load, start_watchman
from storage.retention import expire

if TYPE_CHECKING:
    from alerts.watchman import Watchman
    from ringwatch.job import Job
    from storage.database import Database

log = structlog.get_logger()
RETENTION_EVERY_S = 600.0
TIDY_EVERY_S = 5.0  # shelves and windows end by so much later


def run_desk(job: Job, stop: threading.Event) -> None:
    """Record what the queue holds until `stop` is set."""
    layout = Layout(job.data)
    url = layout.database_url(job.network)
    keep = job.network.storage.keep_evidence
    with ExitStack() as stack:
        database = open_record(stack, job)
        queue = AlertQueue(job.queue_url)
        stack.callback(queue.close)
        desk = Desk(queue, database, consumer=f"{os.uname().nodename}-{job.name}", metrics=AlertMetrics(REGISTRY))
        start_duty(stack, job.network, database, url, job.name)
        watchman = start_watchman(job, database, url, stack)
        start_load(job, url, stack)
        repeat(stack, "desk-report", 1.0, lambda: _report(layout, job, desk, watchman))
        repeat(stack, "retention", RETENTION_EVERY_S, lambda: _expire(layout, keep))
        repeat(stack, "tidying", TIDY_EVERY_S, lambda: _tidy(database))
        desk.run(stop)


def _report(layout: Layout, job: Job, desk: Desk, watchman: Watchman) -> None:
    problems = tuple(problem for problem in (desk.problem, *watchman.problems) if problem)
    Board(layout.board).post(Report(process=job.name, pid=os.getpid(), at=datetime.now(UTC), problems=problems))


def _tidy(database: Database) -> None:
    try:
        tasks = database.tidy()
    except BackendUnavailable as error:
        log.warning("shelves and windows wait for the database", reason=str(error))
        return
    for task in tasks:
        log.info("alert", alert=task.alert, act=task.act.value, by=SYSTEM, why=task.why)


def _expire(layout: Layout, keep: timedelta) -> None:
    gone = expire(layout.evidence, keep, datetime.now(UTC))
    if gone:
        log.info("footage expired", alerts=gone, keep_days=keep.days)
