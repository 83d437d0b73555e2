"""An empty record, by the clock of the test's module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from alerts.house import House
from storage.database import Database
from tests.alerts.making import START
from tests.storage.hands import Hands


@pytest.fixture
def clock() -> Hands:
    """Where a module has none of its own."""
    return Hands(START)


@pytest.fixture
def database(url: str, clock: Hands) -> Iterator[Database]:
    with closing(Database(url, clock=clock, house=House())) as database:
        database.create()
        yield database
