"""The record of alerts as the node's processes open it: what changes through them is told to every console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.house import House
from alerts.telling import ChangeTeller
from ringwatch.layout import Layout
from storage.database import Database

if TYPE_CHECKING:
    from contextlib import ExitStack

    from ringwatch.job import Job


def open_record(stack: ExitStack, job: Job) -> Database:
    """The record, its tables made where they are missing; closed by `stack`, as is the thread that tells.

    Raises:
        BackendUnavailable: the database does not answer.
    """
    teller = ChangeTeller(job.queue_url)
    teller.start()
    stack.callback(teller.stop)
    url = Layout(job.data).database_url(job.network)
    database = Database(url, house=House.of(job.network), on_change=teller.tell)
    stack.callback(database.close)
    database.create()
    return database
