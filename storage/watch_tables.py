"""The tables of who watches the watchers. They belong to the record's own."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from storage.tables import UtcDateTime, metadata

# Since when each thing has been looked at without a break, so that no restart forgets what is overdue.
watches = Table(
    "watches",
    metadata,
    Column("name", String, primary_key=True),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("looked_at", UtcDateTime, nullable=False),
)

# The newest of each sign that somebody is at a console: `connected`, `touched`.
presence = Table(
    "presence",
    metadata,
    Column("sign", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
