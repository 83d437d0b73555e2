"""`storage:`: where the record is, the secrets of its address filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from config.model import Storage
from config.secrets import with_secrets
from config.validate import validated

if TYPE_CHECKING:
    from config.marked import Marked, Problems

DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def read_storage(tree: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Storage | None:
    """The storage of the configuration `tree`; None where nothing usable is said."""
    section = tree.get("storage")
    if section is None or section.value is None:
        return None
    storage = validated(Storage, _with_url(section, secrets, problems), problems)
    if storage is not None and storage.database is not None and not storage.database.startswith(DATABASES):
        message = "not the URL of a database: write postgresql://USER@HOST/DATABASE, or sqlite:////PATH"
        problems.add(section.at(("database",)), message)
    return storage


def _with_url(section: Marked, secrets: Mapping[str, str] | None, problems: Problems) -> Marked:
    url = section.get("database")
    if url is None or not isinstance(url.value, str):
        return section
    filled = replace(url, value=with_secrets(url.value, secrets, url.place, problems))
    return replace(section, value={**section.entries, "database": replace(section.entries["database"], value=filled)})
