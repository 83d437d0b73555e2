"""The desk: reads the queue, puts alerts on record, and acknowledges after the commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from alerts.backoff import Backoff
from alerts.codec import decode
from alerts.errors import DecodeError, QueueFull
from alerts.messages import Delivery, Origin, Receipt, RecordError
from config.errors import BackendUnavailable

if TYPE_CHECKING:
    from alerts.metrics import AlertMetrics
    from alerts.queue import AlertQueue, Entry

log = structlog.get_logger()
BATCH = 100  # entries in one transaction
BLOCK_S = 1.0
CHORES_EVERY_S = 10.0
RECLAIM_AFTER_S = 30.0  # a consumer that has not acknowledged for this long is taken for dead


class Records(Protocol):
    """Where the desk puts alerts on record: the database."""

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Receipt:
        """Store each (id, rev) once, all in one transaction; RecordError when one can never be stored."""
        ...

    def watermarks(self) -> Mapping[str, int]:
        """Every known outbox with the number up to which all its rows are on record."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Readable:
    """An entry and what it says."""

    entry: Entry
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poison:
    """An entry to be set aside."""

    entry: Entry
    error: str
    origin: Origin | None


class Desk:
    """One consumer of the group. `run` blocks its thread; two desks at once do nothing twice."""

    def __init__(
        self,
        queue: AlertQueue,
        records: Records,
        consumer: str,
        metrics: AlertMetrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue = queue
        self._records = records
        self._consumer = consumer
        self._metrics = metrics
        self._monotonic = monotonic
        self._behind = True  # entries of an earlier run, or of a failed attempt, are pending for this consumer
        self._chores_at = 0.0
        self._backoff = Backoff()
        self._is_heard = True
        self.problem = ""  # why nothing can be recorded at the moment, in words

    def run(self, stop: threading.Event) -> None:
        """Record what comes until `stop` is set; whatever is away is tried again."""
        while not stop.is_set():
            try:
                self.step()
            except BackendUnavailable as error:
                self._failed(str(error), stop)
            except Exception:  # a supervisor: the desk must outlive what nobody thought of
                log.exception("desk failed")
                self._failed("the desk failed: see the log", stop)
            else:
                self._recovered()

    def step(self, block_s: float = BLOCK_S) -> int:
        """Handle one batch, waiting up to `block_s` for it; how many entries it had.

        Raises:
            BackendUnavailable: nothing was acknowledged that is not on record; the next step goes on.
        """
        if self._monotonic() >= self._chores_at:
            self._do_chores()
        entries = self._take(block_s)
        if entries:
            self._behind = True  # until they are acknowledged
            self._handle(entries)
        return len(entries)

    def _take(self, block_s: float) -> tuple[Entry, ...]:
        if self._behind:
            entries = self._queue.pending(self._consumer, BATCH)
            if entries:
                return entries
            self._behind = False
        return self._queue.read(self._consumer, BATCH, block_s)

    def _handle(self, entries: Sequence[Entry]) -> None:
        readable, poison = _decoded(entries)
        poison += self._put_on_record(readable)
        kept_aside = {letter.entry.id for letter in poison}
        self._acknowledge([entry.id for entry in entries if entry.id not in kept_aside])
        self._set_aside(poison)
        self._behind = False

    def _put_on_record(self, readable: Sequence[_Readable]) -> list[_Poison]:
        """Record all of them; when the record refuses, each by itself. What it refuses comes back."""
        try:
            self._record([one.delivery for one in readable])
        except RecordError:
            return [poison for one in readable if (poison := self._try_alone(one))]
        return []

    def _try_alone(self, one: _Readable) -> _Poison | None:
        try:
            self._record([one.delivery])
        except RecordError as error:
            return _Poison(entry=one.entry, error=str(error), origin=one.delivery.origin)
        return None

    def _record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> None:
        if not deliveries and not passed_over:
            return
        receipt = self._records.record(deliveries, passed_over)
        self._metrics.recorded.inc(receipt.recorded)
        self._metrics.duplicates.inc(len(deliveries) - receipt.recorded)
        if receipt.recorded:
            self._announce()
        self._publish(receipt.watermarks)

    def _announce(self) -> None:
        """Wake the consoles. One that hears nothing looks twice a second: no reason to keep alerts waiting."""
        try:
            self._queue.announce()
        except BackendUnavailable as error:
            if self._is_heard:
                log.warning("consoles are not woken, and see alerts half a second later", reason=str(error))
            self._is_heard = False
        else:
            self._is_heard = True

    def _set_aside(self, poison: Sequence[_Poison]) -> None:
        if not poison:
            return
        for letter in poison:
            log.error("entry set aside as a dead letter", entry=letter.entry.id, reason=letter.error)
            self._queue.dead_letter(letter.entry, letter.error)
            self._metrics.dead_letters.inc()
        # Their outboxes must not wait for them, nor send them again and again.
        self._record((), [letter.origin for letter in poison if letter.origin])
        self._acknowledge([letter.entry.id for letter in poison])

    def _acknowledge(self, ids: Sequence[str]) -> None:
        if ids:
            self._queue.ack(ids)

    def _publish(self, watermarks: Mapping[str, int]) -> None:
        """Tell the outboxes. A full Redis must not keep the desk from acknowledging, which is what makes room."""
        try:
            self._queue.set_watermarks(watermarks)
        except QueueFull as error:
            log.warning("watermarks not published", reason=str(error))
            self._chores_at = self._monotonic()

    def _do_chores(self) -> None:
        if self._queue.reclaim(self._consumer, RECLAIM_AFTER_S):
            self._behind = True
        self._queue.trim()
        self._publish_all()
        unrecorded = self._queue.unrecorded()
        self._metrics.queue_entries.set(unrecorded.entries)
        self._metrics.queue_age.set(unrecorded.age_s)
        for group, age_s in self._queue.ages_s().items():
            self._metrics.group_age.labels(group).set(age_s)
        self._chores_at = self._monotonic() + CHORES_EVERY_S

    def _publish_all(self) -> None:
        """Publish every watermark: those that Redis lost, or that were not published when they moved."""
        watermarks = self._records.watermarks()
        try:
            self._queue.set_watermarks(watermarks)
        except QueueFull:
            log.warning("the queue is full: deleting all entries that every group has acknowledged")
            self._queue.trim(keep=0)

    def _failed(self, problem: str, stop: threading.Event) -> None:
        if problem != self.problem:
            log.warning("alerts wait in the queue", reason=problem)
        self.problem = problem
        self._behind = True  # what was given to this consumer and never came is pending for it
        self._metrics.failures.labels("desk").inc()
        stop.wait(self._backoff.next_s())

    def _recovered(self) -> None:
        if self.problem:
            log.info("alerts are recorded again")
        self.problem = ""
        self._backoff.reset()


def _decoded(entries: Iterable[Entry]) -> tuple[list[_Readable], list[_Poison]]:
    """What can be read, and what cannot. An entry deleted before it was read is neither."""
    readable, poison = [], []
    for entry in entries:
        if not entry.fields:
            continue
        try:
            occurrence, origin = decode(entry.fields)
        except DecodeError as error:
            poison.append(_Poison(entry=entry, error=str(error), origin=error.origin))
        else:
            delivery = Delivery(entry=entry.id, occurrence=occurrence, origin=origin)
            readable.append(_Readable(entry=entry, delivery=delivery))
    return readable, poison
