"""The tables of the record. Plain SQL types only, so that SQLite and PostgreSQL hold the same."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

SCHEMA_VERSION = 1
metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: stored in UTC, returned aware. SQLite itself keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """`value` in UTC; a time without a zone is refused, for nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored instant, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


alerts = Table(
    "alerts",
    metadata,
    Column("id", String, primary_key=True),
    Column("change", BigInteger, nullable=False, unique=True),
    Column("rev", BigInteger, nullable=False),
    Column("camera", String, nullable=False),
    Column("camera_name", String, nullable=False),
    Column("ring", String, nullable=False),
    Column("cell", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("condition", String, nullable=False),
    Column("handling", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("evidence", String, nullable=False),
    Column("position", JSON(none_as_null=True)),  # of a moving camera; as published in docs/alert.schema.json
    # What people have done, and what came of it. Empty in rows of an earlier version: see AlertRecord's defaults.
    Column("source", String),
    Column("event", String),
    Column("handler", String),
    Column("claimed_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("disposition", String),
    Column("action", String),
    Column("escalation", Integer),
    Column("shelved_until", UtcDateTime),
    Column("incident", String),
    Column("late", Boolean),
    Column("repeats", Integer),
    Column("last_raised_at", UtcDateTime),
    Column("suppressed", String),
    Index("alerts_newest", "raised_at", "id"),
    Index("alerts_of_camera", "camera", "raised_at"),
    Index("alerts_of_source", "source", "handling"),
    Index("alerts_by_handling", "handling", "raised_at"),
    Index("alerts_of_incident", "incident"),
    Index("alerts_shelved", "shelved_until"),
)

# Which alert each event went into. The event's own revisions stay under its own id in `occurrences`.
folds = Table(
    "folds",
    metadata,
    Column("event", String, primary_key=True),
    Column("alert", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Index("folds_of_alert", "alert"),
)

# Every act, for good: rows are never changed and never deleted.
steps = Table(
    "steps",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("alert", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String, nullable=False),
    Column("act", String, nullable=False),
    Column("before", String, nullable=False),
    Column("after", String, nullable=False),
    Column("why", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("steps_of_alert", "alert", "number"),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("id", String, primary_key=True),
    Column("rev", BigInteger, primary_key=True),
    Column("body", JSON, nullable=False),  # as published in docs/alert.schema.json
    Column("entry", String, nullable=False),
    Column("outbox", String),  # the origin; empty when another system wrote the entry
    Column("seq", BigInteger),
    Column("recorded_at", UtcDateTime, nullable=False),
)

# Everything up to `seq` of an outbox is on record; `arrivals` holds what came beyond a gap.
watermarks = Table(
    "watermarks",
    metadata,
    Column("outbox", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
arrivals = Table(
    "arrivals",
    metadata,
    Column("outbox", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
)

# One row. Taking it is how writers take turns: changes are numbered in the order they are committed.
changes = Table(
    "changes",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

# What operators have set out of service; what the configuration says of it stands there alone.
service_windows = Table(
    "service_windows",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("cameras", JSON, nullable=False),
    Column("uplink", String, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("begins", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("alert", String, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String, nullable=False),
)
