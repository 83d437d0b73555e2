"""Carries the outbox into the queue: in order, at least once, until the record covers it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.backoff import Backoff
from config.errors import BackendUnavailable

if TYPE_CHECKING:
    from alerts.metrics import AlertMetrics
    from alerts.outbox import Outbox

log = structlog.get_logger()
BATCH = 100  # rows in one round trip
WINDOW = 10_000  # rows in the queue that are not on record; more wait in the outbox
LOOK_S = 0.5  # how often the watermark is read while something waits
RESEND_AFTER_S = 10.0  # without progress of the watermark, until the queue is asked what it has lost


class Queue(Protocol):
    """What the sender needs of the queue."""

    def publish_all(self, batch: Sequence[Mapping[str, str]]) -> list[str]:
        """Append entries in order; their ids."""
        ...

    def missing(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of `ids` that the queue no longer has."""
        ...

    def watermark(self, outbox: str) -> int:
        """The number up to which all rows of `outbox` are on record."""
        ...


@dataclass(slots=True)
class _Sent:
    """What this process has sent and the record does not cover. Everything else is sent again after a restart."""

    up_to: int = 0
    covered: int = 0
    entries: dict[int, str] = field(default_factory=dict)  # row -> its newest stream entry

    def cover(self, watermark: int) -> None:
        """Note that the rows up to `watermark` are on record."""
        for seq in [seq for seq in self.entries if seq <= watermark]:
            del self.entries[seq]
        self.covered = watermark
        self.up_to = max(self.up_to, watermark)

    def rewind(self, seq: int) -> int:
        """Forget having sent row `seq` and all after it; how many rows that is."""
        again = sum(sent >= seq for sent in self.entries)
        self.up_to = seq - 1
        self.entries = {sent: entry for sent, entry in self.entries.items() if sent < seq}
        return again


class OutboxSender:
    """The thread `outbox-sender`. Its owner starts and stops it; `step` is its whole work, for one thread at a time."""

    def __init__(
        self, outbox: Outbox, queue: Queue, metrics: AlertMetrics, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._outbox = outbox
        self._queue = queue
        self._metrics = metrics
        self._monotonic = monotonic
        self._sent = _Sent()
        self._last_sent = (
            outbox.last_seq()
        )  # an earlier process may have sent all there was; then the newest tried here
        self._check_at = monotonic() + RESEND_AFTER_S
        self._backoff = Backoff()
        self._stopping = threading.Event()
        self._deadline = 0.0
        self._thread = threading.Thread(target=self._run, name="outbox-sender")
        self.problem = ""  # why nothing can be sent at the moment, in words

    def start(self) -> None:
        """Begin to send what waits."""
        self._thread.start()

    def stop(self, deadline_s: float) -> bool:
        """Send what waits as far as the queue answers within `deadline_s`, then end; whether the thread has ended.

        What was not sent stays in the outbox.
        """
        self._deadline = self._monotonic() + deadline_s
        self._stopping.set()
        self._outbox.wake()
        if self._thread.is_alive():
            self._thread.join(deadline_s)
        return not self._thread.is_alive()

    def step(self) -> int:
        """Do what is due; how many rows were sent.

        Raises:
            BackendUnavailable: nothing is lost; the next step goes on.
        """
        backlog = self._outbox.backlog()
        self._measure(backlog.rows, backlog.oldest_at)
        if not backlog.rows:
            return 0
        self._forget_recorded()
        self._look_for_losses()
        return self._send()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._attempt() and not self.problem:
                self._outbox.wait_for_new(LOOK_S)
        while self._monotonic() < self._deadline and self._attempt():
            continue

    def _attempt(self) -> int:
        try:
            sent = self.step()
        except BackendUnavailable as error:
            self._failed(str(error))
            return 0
        except Exception:  # a supervisor: a sender that ended would keep every later alert from the duty room
            log.exception("outbox sender failed")
            self._failed("the outbox sender failed: see the log")
            return 0
        self._recovered()
        return sent

    def _failed(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("alerts wait in the outbox", reason=problem)
        self.problem = problem
        self._metrics.failures.labels("sender").inc()
        self._check_at = 0.0  # whatever was away may have come back empty
        self._stopping.wait(self._backoff.next_s())

    def _recovered(self) -> None:
        if self.problem:
            log.info("alerts leave the outbox again")
        self.problem = ""
        self._backoff.reset()

    def _forget_recorded(self) -> None:
        watermark = self._queue.watermark(self._outbox.id)
        if watermark > self._last_sent:  # the file is an older copy: other rows with these numbers are on record
            self._outbox.renew()
            self._sent, self._last_sent = _Sent(), 0
        elif watermark > self._sent.covered:
            self._outbox.forget_up_to(watermark)
            self._sent.cover(watermark)
            self._check_at = self._monotonic() + RESEND_AFTER_S

    def _look_for_losses(self) -> None:
        if not self._sent.entries or self._monotonic() < self._check_at:
            return
        rows = sorted(self._sent.entries)[:BATCH]  # the oldest are what the watermark waits for
        missing = self._queue.missing([self._sent.entries[seq] for seq in rows])
        self._check_at = self._monotonic() + RESEND_AFTER_S
        lost = [seq for seq in rows if self._sent.entries[seq] in missing]
        if lost:
            log.warning("the queue has lost alerts: sending them again", first_seq=lost[0])
            self._metrics.resent.inc(self._sent.rewind(lost[0]))

    def _send(self) -> int:
        room = min(BATCH, WINDOW - len(self._sent.entries))
        rows = self._outbox.pending(self._sent.up_to, room) if room > 0 else ()
        if not rows:
            return 0
        self._last_sent = max(self._last_sent, rows[-1].seq)  # though it may fail: what arrived may be recorded
        entries = self._queue.publish_all([row.fields for row in rows])
        self._sent.entries.update({row.seq: entry for row, entry in zip(rows, entries, strict=True)})
        self._sent.up_to = rows[-1].seq
        self._metrics.sent.inc(len(rows))
        return len(rows)

    def _measure(self, rows: int, oldest_at: datetime | None) -> None:
        self._metrics.outbox_rows.set(rows)
        age_s = (datetime.now(UTC) - oldest_at).total_seconds() if oldest_at else 0.0
        self._metrics.outbox_age.set(max(0.0, age_s))
