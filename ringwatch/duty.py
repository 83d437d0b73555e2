"""What the desk's process does besides recording: alerts go up, handovers fall due, channels are told."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from prometheus_client import REGISTRY

from alerts.duty_metrics import DutyMetrics
from alerts.escalator import Escalator
from alerts.handover import Handovers
from alerts.notify.courier import Courier, Decider, show
from alerts.notify.messages import Notice
from alerts.notify.metrics import NotifyMetrics
from alerts.notify.webhook import Webhook
from alerts.notify.writing import Writer
from config.errors import BackendUnavailable
from config.notify import Told
from ringwatch.periodic import repeat
from storage.handovers import HandoverBook
from storage.notices import Notices

if TYPE_CHECKING:
    from config.model import Network
    from storage.database import Database

log = structlog.get_logger()
ESCALATE_EVERY_S = 2.0
TELL_EVERY_S = 1.0
HANDOVER_EVERY_S = 10.0
FORGET_EVERY_S = 3600.0
KEEP_SENT = timedelta(days=30)


def start_duty(stack: ExitStack, network: Network, database: Database, url: str, name: str) -> None:
    """Begin all of it, before the first alert is recorded; `stack` ends it."""
    book, notices = HandoverBook(url), Notices(url)
    stack.callback(book.close)
    stack.callback(notices.close)
    metrics = DutyMetrics(REGISTRY)
    escalator = Escalator(database, book, network.duty, metrics)
    handovers = Handovers(network, database, book)
    _keep_on(stack, "escalation", ESCALATE_EVERY_S, escalator.step)
    _keep_on(stack, "handover", HANDOVER_EVERY_S, partial(look_at_handover, network, handovers, notices, metrics))
    _start_channels(stack, network, notices, name)


def look_at_handover(network: Network, handovers: Handovers, notices: Notices, metrics: DutyMetrics) -> None:
    """Tell of an open list that the shift on duty has not accepted in time, once for each shift."""
    standing = handovers.standing()
    metrics.seats.set(len(standing.seats))
    metrics.handover_overdue.set(standing.overdue.total_seconds())
    open_list = handovers.open_alerts() if standing.overdue else ()
    if standing.change is None or not open_list:
        return
    detail: dict[str, str | int] = {
        "shift": ", ".join(standing.change.coming),
        "begins": standing.change.at.isoformat(),
        "minutes": int(network.duty.handover.total_seconds() // 60),
        "count": len(open_list),
    }
    for channel in network.notify.channels:
        if Told.HANDOVER not in channel.events:
            continue
        notice = Notice(channel=channel.name, kind=Told.HANDOVER, at=standing.now, due_at=standing.now, detail=detail)
        notices.tell(notice, key=f"handover/{standing.change.at.isoformat()}/{channel.name}")


def _start_channels(stack: ExitStack, network: Network, notices: Notices, name: str) -> None:
    channels = network.notify.channels
    if not channels:
        return
    metrics, writer = NotifyMetrics(REGISTRY), Writer(network)
    names, decide = [channel.name for channel in channels], Decider(network)
    notices.begin(names)
    owner = f"{os.uname().nodename}-{name}-{os.getpid()}"
    _keep_on(stack, "notify-plan", TELL_EVERY_S, partial(_plan, notices, names, decide))
    _keep_on(stack, "notify-forget", FORGET_EVERY_S, lambda: notices.forget(datetime.now(UTC) - KEEP_SENT))
    _keep_on(stack, "notify-report", TELL_EVERY_S * 5, lambda: show(notices.states(), metrics, datetime.now(UTC)))
    for channel in channels:
        webhook = Webhook(channel)
        courier = Courier(channel, notices, webhook, writer, metrics, owner=owner)
        _keep_on(stack, f"notify-{channel.name}", TELL_EVERY_S, partial(_serve, courier))
        stack.callback(webhook.abort)  # before its thread is waited for


def _plan(notices: Notices, names: list[str], decide: Decider) -> None:
    while notices.plan(names, decide):
        continue


def _serve(courier: Courier) -> None:
    while courier.step():
        continue


def _keep_on(stack: ExitStack, name: str, every_s: float, action: Callable[[], object]) -> None:
    """`action` on a thread of its own; a database that is away is waited for."""
    away = False

    def once() -> None:
        nonlocal away
        try:
            action()
        except BackendUnavailable as error:
            if not away:
                log.warning("duty waits for the database", work=name, reason=str(error))
            away = True
        else:
            away = False

    repeat(stack, name, every_s, once)
