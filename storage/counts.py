"""The table of counts by window: what `unusual` knows of the weeks before. Bounded, and expires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, delete, insert, or_, select
from sqlalchemy.schema import CreateTable

from detect.messages import Place, Spans, Weeks, WindowCount
from storage.engine import open_engine, transaction
from storage.tables import UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement

metadata = MetaData()  # apart from the record's: workers write it, the desk does not know it
counts = Table(
    "window_counts",
    metadata,
    Column("camera", String, primary_key=True),
    Column("zone", String, primary_key=True),  # "" for the picture
    Column("label", String, primary_key=True),
    Column("window_s", Integer, primary_key=True),
    Column("begins_at", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,  # the key is the row: half the size
)
KEY_NAMES = tuple(column.name for column in counts.primary_key.columns)


class CountStore:
    """The counts in the database. Every method is one transaction, blocks while it runs, and may be called anywhere.

    Raises:
        BackendUnavailable: from every method, when the database does not answer, is locked or full.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def create(self) -> None:
        """Make the table if it is missing."""
        with transaction(self._engine) as connection:
            connection.execute(CreateTable(counts, if_not_exists=True))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def weeks(self, place: Place, spans: Spans) -> Weeks:
        """The counts of the windows that began in each of `spans`."""
        then = or_(*(counts.c.begins_at.between(first, last) for first, last in spans))
        query = select(counts.c.begins_at, counts.c.count).where(*_of(place), then).order_by(counts.c.begins_at)
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(tuple(count for at, count in rows if first <= at <= last) for first, last in spans)

    def put(self, windows: Sequence[WindowCount]) -> None:
        """Keep `windows`; one that is known already is replaced."""
        rows = {tuple(row[name] for name in KEY_NAMES): row for row in map(_row, windows)}
        if not rows:
            return
        same = delete(counts).where(*(counts.c[name] == bindparam(f"the_{name}") for name in KEY_NAMES))
        with transaction(self._engine) as connection:
            connection.execute(same, [{f"the_{name}": row[name] for name in KEY_NAMES} for row in rows.values()])
            connection.execute(insert(counts), list(rows.values()))

    def expire(self, before: datetime) -> int:
        """Delete the windows that began before `before`; how many they were."""
        with transaction(self._engine) as connection:
            return connection.execute(delete(counts).where(counts.c.begins_at < before)).rowcount


def _of(place: Place) -> list[ColumnElement[bool]]:
    return [counts.c[name] == value for name, value in _place_row(place).items()]


def _row(counted: WindowCount) -> dict[str, Any]:
    return {**_place_row(counted.place), "begins_at": counted.begins_at, "count": counted.count}


def _place_row(place: Place) -> dict[str, Any]:
    window_s = round(place.window / timedelta(seconds=1))
    return {"camera": place.camera, "zone": place.zone, "label": place.label.value, "window_s": window_s}
