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


def read_storage(tree: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Storage | None:
    """The storage of the configuration `tree`; None where nothing usable is said."""
    section = tree.get("storage")
    if section is None or section.value is None:
        return None
    storage = validated(Storage, with_secret_at(section, "database", secrets, problems), problems)
    if storage is not None and storage.database is not None and not storage.database.startswith(DATABASES):
        message = "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH"
        problems.add(section.at(("database",)), message)
    return storage


def undriven(tree: Marked, network: Network) -> Iterator[Problem]:
    """A note where the record would lie in a PostgreSQL that this machine cannot speak to."""
    if (network.storage.database or "").startswith("postgresql") and find_spec(DRIVER) is None:
        yield tree.at(("storage", "database")).problem(
            "PostgreSQL needs a driver, which is not installed here: pip install 'ringwatch[postgres]'"
        )
