"""What a desk puts on record, written down short."""

from __future__ import annotations

from alerts.messages import Delivery, Occurrence, Origin, Receipt
from storage.database import Database
from tests.alerts.making import occurrence


def delivery(one: Occurrence, origin: Origin | None = None, entry: str = "1-0") -> Delivery:
    return Delivery(entry=entry, occurrence=one, origin=origin)


def record(database: Database, *occurrences: Occurrence) -> Receipt:
    return database.record([delivery(one) for one in occurrences])


def arrive(database: Database, *seqs: int, outbox: str = "a") -> int:
    """An occurrence from each of these places of `outbox`; how far it is then on record."""
    deliveries = [delivery(occurrence(seq), Origin(outbox=outbox, seq=seq)) for seq in seqs]
    return database.record(deliveries).watermarks[outbox]
