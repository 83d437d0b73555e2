"""Opening the record's database, and saying in our own words when it does not answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError, StatementError
from sqlalchemy.exc import DataError as SqlDataError
from sqlalchemy.exc import IntegrityError as SqlIntegrityError

from alerts.messages import RecordError
from config.errors import BackendUnavailable, RingwatchError
from config.redact import redact

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

LOCK_WAIT_S = 5.0  # how long a writer waits for its turn, and whoever connects for a server
STATEMENT_S = 60.0  # what takes a server longer is given up: it is ill
SILENCE_S = 15.0  # of a server's machine, after which its connection counts as lost
CACHE_KIB = 512  # of pages, of each connection to SQLite; its default of 2000 is filled by a record of a day
STATEMENTS = 24  # kept prepared by each connection to SQLite, some 70 KiB each; its default of 128 fills in an hour


def open_engine(url: str) -> Engine:
    """An engine for `url`; connects when it is first used.

    Raises:
        RingwatchError: the URL is not one of a database, or its driver is not installed.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        engine = create_engine(
            parsed,
            pool_pre_ping=not sqlite,  # a server may have gone away since the last use
            connect_args=_of_sqlite() if sqlite else _server_arguments(parsed),
            json_serializer=partial(json.dumps, ensure_ascii=False),
            **({} if sqlite else {"isolation_level": "READ COMMITTED"}),  # whoever got the turn sees what came before
        )
    except (ArgumentError, NoSuchModuleError) as error:
        raise RingwatchError(f"{redact(url)} is not a database: write sqlite:///file or postgresql://…") from error
    except ImportError as error:
        hint = "pip install 'ringwatch[postgres]', and write postgresql://USER@HOST/DATABASE"
        raise RingwatchError(f"the driver for {redact(url)} is not installed ({error}): {hint}") from error
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    return engine


def _of_sqlite() -> dict[str, Any]:
    return {"timeout": LOCK_WAIT_S, "cached_statements": STATEMENTS}


def _server_arguments(url: URL) -> dict[str, Any]:
    """Bounds for every wait on a PostgreSQL. What the URL says itself stands.

    Source: PostgreSQL's manual, 34.1.2 (parameters of a connection) and 20.11.1 (timeouts of statements).
    """
    if url.get_backend_name() != "postgresql" or url.get_driver_name() != "psycopg":
        return {}
    bounds = {"lock_timeout": LOCK_WAIT_S, "statement_timeout": STATEMENT_S}
    ours = " ".join(f"-c {name}={round(seconds * 1000)}" for name, seconds in bounds.items())
    usual: dict[str, Any] = {
        "connect_timeout": round(LOCK_WAIT_S) or 1,
        "tcp_user_timeout": round(SILENCE_S * 1000),
        "keepalives_idle": round(SILENCE_S / 3),
        "keepalives_interval": round(SILENCE_S / 3),
        "keepalives_count": 2,
        "application_name": "ringwatch",
    }
    said = url.query.get("options", "")
    theirs = said if isinstance(said, str) else " ".join(said)
    wanted = {name: value for name, value in usual.items() if name not in url.query}
    return wanted | {"options": f"{ours} -c TimeZone=UTC {theirs}".strip()}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    if cursor.execute("PRAGMA journal_mode").fetchone() != ("wal",):  # to set it again would want the file to itself
        cursor.execute("PRAGMA journal_mode = WAL")  # readers never wait for the writer
    cursor.execute("PRAGMA synchronous = FULL")  # what is committed survives a power cut
    cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")  # each connection has a cache, and the machine one for all
    cursor.close()


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed with the block, and the driver's errors translated.

    Raises:
        RecordError: the database refuses a value.
        BackendUnavailable: it does not answer.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except (SqlDataError, SqlIntegrityError) as error:
        raise RecordError(f"the database refuses a value: {error.orig}") from error
    except DBAPIError as error:
        raise BackendUnavailable(_complaint(engine, str(error.orig))) from error
    except StatementError as error:
        raise RecordError(f"the database cannot hold a value: {error.orig}") from error
    except (OverflowError, ValueError) as error:  # raised as they are by drivers and by the JSON of a body
        raise RecordError(f"the database cannot hold a value: {error}") from error
    except SQLAlchemyError as error:
        raise BackendUnavailable(_complaint(engine, str(error))) from error


def _complaint(engine: Engine, reason: str) -> str:
    where = redact(engine.url.render_as_string(hide_password=True))
    return f"the database {where} does not answer: {redact(reason.strip())}"
