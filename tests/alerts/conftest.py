"""Real services for the alerts room: Redis, SQLite, and the whole way between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from alerts.metrics import AlertMetrics
from alerts.outbox import Outbox
from alerts.queue import AlertQueue
from storage.database import Database
from tests.alerts.duty_room import Clock
from tests.alerts.webhook_server import Hook, webhook
from tests.redis_server import RedisProcess, running_redis


@pytest.fixture
def redis_process() -> Iterator[RedisProcess]:
    with running_redis() as process:
        yield process


@pytest.fixture
def queue(redis_process: RedisProcess) -> Iterator[AlertQueue]:
    with closing(AlertQueue(redis_process.url)) as queue:
        yield queue


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path / "outbox.sqlite")) as outbox:
        yield outbox


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'record.sqlite'}")
    database.create()
    with closing(database):
        yield database


@pytest.fixture
def metrics() -> AlertMetrics:
    return AlertMetrics(CollectorRegistry())


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A server of somebody who wants to be told."""
    with webhook() as hook:
        yield hook


@pytest.fixture
def clock() -> Clock:
    """Stands until a test lets it go on."""
    return Clock()
