"""`storage:`: where the record is, the secrets of its address filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from config.model import Storage
from config.secrets import with_secret_at
from config.validate import validated

if TYPE_CHECKING:
    from config.errors import Problem
    from config.marked import Marked, Problems
    from config.model import Network

DRIVER = "psycopg"
DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")
PORTS = range(1, 65_536)


def read_storage(tree: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Storage | None:
    """The storage of the configuration `tree`; None where nothing usable is said."""
    section = tree.get("storage")
    if section is None or section.value is None:
        return None
    storage = validated(Storage, with_secret_at(section, "database", secrets, problems), problems)
    if storage is not None and storage.database is not None and (wrong := wrong_url(storage.database)) is not None:
        problems.add(section.at(("database",)), wrong)
    return storage


def wrong_url(url: str) -> str | None:
    """What is wrong with `url` as that of a database; None when nothing is. Says nothing of its password."""
    if not url.startswith(DATABASES):
        return "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH"
    # Where no database is named, no process that reads a configuration needs to hold SQLAlchemy.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        port = make_url(url).port
    except (ValueError, ArgumentError):
        port = 0
    return "not a URL: the host or the port cannot be read" if port is not None and port not in PORTS else None


def undriven(tree: Marked, network: Network) -> Iterator[Problem]:
    """A note where the record would lie in a PostgreSQL that this machine cannot speak to."""
    if (network.storage.database or "").startswith("postgresql") and find_spec(DRIVER) is None:
        yield tree.at(("storage", "database")).problem(
            "PostgreSQL needs a driver, which is not installed here: pip install 'ringwatch[postgres]'"
        )
