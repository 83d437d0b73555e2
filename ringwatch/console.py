"""The console's process: the page, the API, metrics of all processes, health."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from alerts.handover import Handovers
from alerts.listening import ChangeListener
from ringwatch.board import Board, Report
from ringwatch.health import BoardHealth
from ringwatch.layout import Layout
from ringwatch.loads import load_book
from ringwatch.node_record import open_record
from ringwatch.periodic import repeat
from ringwatch.present_cameras import PresentCameras
from storage.handovers import HandoverBook
from storage.load_records import LoadRecords
from storage.watch_records import WatchRecords
from watchroom.app import create_app
from watchroom.guard import LOOPBACK
from watchroom.handover import handover_routes
from watchroom.metrics import ConsoleMetrics
from watchroom.server import serve

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

    from config.model import Network
    from ringwatch.job import Job

log = structlog.get_logger()
ATTENDANCE_EVERY_S = 5.0


def run_console(job: Job, stop: threading.Event) -> None:
    """Serve the console until `stop` is set.

    Raises:
        BackendUnavailable: the port is taken, or the database does not answer.
    """
    layout = Layout(job.data)
    board = Board(layout.board)
    metrics = ConsoleMetrics(REGISTRY)
    with ExitStack() as stack:
        app = _open_app(stack, job, metrics)
        watch = WatchRecords(layout.database_url(job.network))
        stack.callback(watch.close)
        listener = ChangeListener(job.queue_url, app.state.feed.nudge)
        listener.start()
        stack.callback(listener.stop)
        repeat(stack, "console-report", 1.0, lambda: _report(board, job))
        signs = app.state.attendance.signs
        repeat(stack, "attendance", ATTENDANCE_EVERY_S, lambda: watch.note_presence(signs()))
        serve(
            app,
            job.host,
            job.port,
            stop,
            ready=lambda port: log.info("console ready", host=job.host, port=port),
            closed=metrics.note_closed,
        )


def _open_app(stack: ExitStack, job: Job, metrics: ConsoleMetrics) -> FastAPI:
    """The console on this node's record and board; what it opens is closed by `stack`."""
    layout = Layout(job.data)
    url = layout.database_url(job.network)
    database = open_record(stack, job)
    book = HandoverBook(url)
    stack.callback(book.close)
    loads = LoadRecords(url)
    stack.callback(loads.close)
    return create_app(
        database,
        layout.evidence,
        job.network,
        BoardHealth(Board(layout.board), _now),
        lambda: metrics_text(layout.metrics, job.network),
        load_book(loads, job.network),
        hosts={*LOOPBACK, job.host},
        more=[handover_routes(job.network, Handovers(job.network, database, book))],
        closed=metrics.note_closed,
    )


def metrics_text(folder: Path, network: Network) -> bytes:
    """What every process of the node has counted, in Prometheus' text format; of the cameras that `network` has."""
    registry, counted = CollectorRegistry(), CollectorRegistry()
    MultiProcessCollector(counted, path=str(folder))  # type: ignore[no-untyped-call]
    registry.register(PresentCameras(counted, network))
    return generate_latest(registry)


def _report(board: Board, job: Job) -> None:
    board.post(Report(process=job.name, pid=os.getpid(), at=_now()))


def _now() -> datetime:
    return datetime.now(UTC)
