"""The tables of handovers and of what other people and systems are told. They belong to the record's own."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from storage.tables import UtcDateTime, metadata

__all__ = ["channels", "cursors", "handovers", "known", "letters", "metadata", "notices"]

# One row a change of shift whose open list was accepted.
handovers = Table(
    "handovers",
    metadata,
    Column("at", UtcDateTime, primary_key=True),  # of the change
    Column("shift", String, nullable=False),  # that came on
    Column("accepted_at", UtcDateTime, nullable=False),
    Column("accepted_by", String, nullable=False),  # a seat
    Column("note", Text, nullable=False),
    Column("open_alerts", JSON, nullable=False),  # the ids that were accepted
)

# What a channel is to be told. A notice waits until it goes into a letter, or is withdrawn.
notices = Table(
    "notices",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("alert", String, nullable=False),  # "" when it is about none
    Column("level", Integer, nullable=False),
    Column("was", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("state", String, nullable=False),  # waiting, written, withdrawn
    Column("letter", String),
    Column("key", String, unique=True),  # of what must be told once, whoever notices it
    Index("notices_waiting", "channel", "state", "due_at"),
    Index("notices_of_alert", "alert", "channel"),
)

# Messages as they go out. A desk that tries one leases it, so that two do not send it at once.
letters = Table(
    "letters",
    metadata,
    Column("id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),  # from when it is tried: later than created where it is sent again
    Column("tries", Integer, nullable=False),
    Column("problem", String, nullable=False),
    Column("done_at", UtcDateTime),
    Column("leased_by", String),
    Column("leased_until", UtcDateTime),
    Index("letters_of_channel", "channel", "state", "begun_at"),
)

channels = Table(
    "channels",
    metadata,
    Column("channel", String, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("problem", String, nullable=False),
    Column("sent_at", UtcDateTime),
)

# What a channel knows of an alert, told or not asked for.
known = Table(
    "known",
    metadata,
    Column("channel", String, primary_key=True),
    Column("alert", String, primary_key=True),
    Column("condition", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("resolved", Boolean, nullable=False),
)

# Up to which change of the record somebody has read.
cursors = Table(
    "cursors",
    metadata,
    Column("reader", String, primary_key=True),
    Column("change", BigInteger, nullable=False),
)
