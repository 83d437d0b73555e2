"""The durable outbox of one worker: what is added here survives kill -9 and a power cut."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from alerts.codec import encode
from alerts.errors import OutboxUnavailable
from alerts.messages import Occurrence, Origin
from detect.messages import Phase

log = structlog.get_logger()
Clock = Callable[[], datetime]
LOCK_WAIT_S = 2.0
REMEMBER_CLEARED = timedelta(days=1)  # a cleared event's revision number, should the event come back

_TABLES = """
CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL, last_seq INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (
  seq INTEGER PRIMARY KEY, event TEXT NOT NULL, rev INTEGER NOT NULL, fields TEXT NOT NULL, added_at REAL NOT NULL,
  UNIQUE (event, rev)
);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS revisions (event TEXT PRIMARY KEY, rev INTEGER NOT NULL, cleared_at REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One row: the fields of a stream entry that is not known to be on record."""

    seq: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much waits, and since when."""

    rows: int
    oldest_at: datetime | None  # UTC, when the oldest row was added


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Outbox:
    """Rows numbered without a gap from 1, kept until they are forgotten. Any thread may use it; calls block on disk.

    Raises:
        OutboxUnavailable: from every method, when the file cannot be used; nothing of that call has then happened.
    """

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._added = threading.Event()
        self._connection = self._open()

    @property
    def id(self) -> str:
        """The outbox's name, made with its file; with a row's number it tells the row from all others."""
        with self._using() as connection:
            return str(connection.execute("SELECT id FROM identity").fetchone()[0])

    def add(self, occurrence: Occurrence) -> Origin:
        """Keep `occurrence`. When this returns, it is on the disk. Adding what still waits changes nothing."""
        with self._writing() as connection:
            outbox, last_seq = connection.execute("SELECT id, last_seq FROM identity").fetchone()
            key = (occurrence.id, occurrence.rev)
            known = connection.execute("SELECT seq FROM waiting WHERE event = ? AND rev = ?", key).fetchone()
            oldest = connection.execute("SELECT min(seq) FROM waiting").fetchone()[0] or last_seq + 1
            origin = Origin(outbox=outbox, seq=known[0] if known else last_seq + 1, settled=oldest - 1)
            if not known:
                self._insert(connection, occurrence, origin)
        self._added.set()
        return origin

    def _insert(self, connection: sqlite3.Connection, occurrence: Occurrence, origin: Origin) -> None:
        now = self._clock().timestamp()
        fields = json.dumps(encode(occurrence, origin), ensure_ascii=False)
        row = (origin.seq, occurrence.id, occurrence.rev, fields, now)
        connection.execute("INSERT INTO waiting (seq, event, rev, fields, added_at) VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("UPDATE identity SET last_seq = ?", (origin.seq,))
        connection.execute(
            "INSERT INTO revisions (event, rev, cleared_at) VALUES (?, ?, ?) ON CONFLICT (event) DO UPDATE"
            " SET rev = excluded.rev, cleared_at = excluded.cleared_at WHERE excluded.rev > rev",
            (occurrence.id, occurrence.rev, now if occurrence.phase is Phase.CLEARED else None),
        )

    def pending(self, after: int = 0, limit: int = 100) -> tuple[Waiting, ...]:
        """Rows whose number is greater than `after`, in order."""
        query = "SELECT seq, fields FROM waiting WHERE seq > ? ORDER BY seq LIMIT ?"
        with self._using() as connection:
            rows = connection.execute(query, (after, limit)).fetchall()
        return tuple(Waiting(seq=seq, fields=json.loads(fields)) for seq, fields in rows)

    def forget_up_to(self, seq: int) -> int:
        """Delete the rows up to `seq`, which are on record; how many there were."""
        with self._writing() as connection:
            forgotten = connection.execute("DELETE FROM waiting WHERE seq <= ?", (seq,)).rowcount
            old = (self._clock() - REMEMBER_CLEARED).timestamp()
            connection.execute("DELETE FROM revisions WHERE cleared_at < ?", (old,))
            return forgotten

    def backlog(self) -> Backlog:
        """How much waits."""
        with self._using() as connection:
            rows, oldest = connection.execute("SELECT count(*), min(added_at) FROM waiting").fetchone()
        return Backlog(rows=rows, oldest_at=None if oldest is None else datetime.fromtimestamp(oldest, UTC))

    def last_seq(self) -> int:
        """The number of the row that was added last, forgotten or not."""
        with self._using() as connection:
            return int(connection.execute("SELECT last_seq FROM identity").fetchone()[0])

    def last_rev(self, event_id: str) -> int:
        """The newest revision ever added of an event, 0 when it is unknown."""
        with self._using() as connection:
            found = connection.execute("SELECT rev FROM revisions WHERE event = ?", (event_id,)).fetchone()
        return int(found[0]) if found else 0

    def keep(self, values: Mapping[str, str | None]) -> None:
        """Remember a text under each name beside the rows, over restarts; None forgets it."""
        with self._writing() as connection:
            for name, value in values.items():
                if value is None:
                    connection.execute("DELETE FROM kept WHERE name = ?", (name,))
                else:
                    connection.execute("INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)", (name, value))

    def kept(self) -> Mapping[str, str]:
        """All that `keep` remembers."""
        with self._using() as connection:
            return dict(connection.execute("SELECT name, value FROM kept").fetchall())

    def wait_for_new(self, timeout_s: float) -> None:
        """Block until something is added, `wake` is called, or the time is up. For one reader."""
        self._added.wait(timeout_s)
        self._added.clear()

    def wake(self) -> None:
        """End a `wait_for_new`."""
        self._added.set()

    def renew(self) -> None:
        """Take a new name and number what waits from 1 again.

        For an outbox restored from an old copy: the numbers it would give next are on record for other alerts.
        """
        with self._writing() as connection:
            rows = connection.execute("SELECT seq, fields FROM waiting ORDER BY seq").fetchall()
            name = str(uuid.uuid4())
            for number, (seq, fields) in enumerate(rows, 1):
                renamed = json.dumps(json.loads(fields) | {"origin": f"{name}:{number}:0"}, ensure_ascii=False)
                connection.execute("UPDATE waiting SET seq = ?, fields = ? WHERE seq = ?", (number, renamed, seq))
            connection.execute("UPDATE identity SET id = ?, last_seq = ?", (name, len(rows)))
        log.error("outbox is older than what is on record: renamed, its rows are sent again", outbox=name)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        with self._translated():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated():
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._using() as connection, _transaction(connection):
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OutboxUnavailable(f"the outbox {self._path.name} cannot be used: {error}") from error


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk before the call returns
    connection.execute("PRAGMA cache_size = -256")  # KiB: what was sent leaves again, and is not read twice
    with _transaction(connection):
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        with closing(connection.execute("SELECT id FROM identity")) as found:
            if found.fetchone() is None:
                connection.execute("INSERT INTO identity (id, last_seq) VALUES (?, 0)", (str(uuid.uuid4()),))


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk may have rolled back already
            connection.execute("ROLLBACK")
        raise
