"""How far each outbox is on record, without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from storage.records import advanced
from storage.tables import arrivals, watermarks

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alerts.messages import Origin


def advance(connection: Connection, arrived: Iterable[Origin]) -> Mapping[str, int]:
    """Note what has arrived; every touched outbox with its watermark. The caller holds the writers' turn."""
    by_outbox: dict[str, list[Origin]] = {}
    for origin in arrived:
        by_outbox.setdefault(origin.outbox, []).append(origin)
    return {outbox: _advance_one(connection, outbox, origins) for outbox, origins in by_outbox.items()}


def _advance_one(connection: Connection, outbox: str, origins: Sequence[Origin]) -> int:
    before = connection.scalar(select(watermarks.c.seq).where(watermarks.c.outbox == outbox))
    waiting = set(connection.scalars(select(arrivals.c.seq).where(arrivals.c.outbox == outbox)))
    # What an outbox has settled was on record once: after a restore it may not be, and never comes again.
    start = max(before or 0, *(origin.settled for origin in origins))
    now, beyond = advanced(start, {origin.seq for origin in origins} | waiting)
    if before is None:
        connection.execute(insert(watermarks).values(outbox=outbox, seq=now))
    elif now > before:
        connection.execute(update(watermarks).where(watermarks.c.outbox == outbox).values(seq=now))
    if waiting:
        connection.execute(delete(arrivals).where(arrivals.c.outbox == outbox, arrivals.c.seq <= now))
    if beyond - waiting:
        connection.execute(insert(arrivals), [{"outbox": outbox, "seq": seq} for seq in sorted(beyond - waiting)])
    return now
