"""A desk in miniature, to be killed: `python -m tests.alerts.record_alerts DATABASE_URL URL CONSUMER WHERE`.

WHERE says at what moment it kills itself with SIGKILL: `before-commit`, `before-ack`, or `never` (runs until ended).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from alerts.desk import Desk
from alerts.messages import Delivery, Origin, Receipt
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from storage.database import Database


class Fatal(Database):
    """A record that ends its process with kill -9 around the first commit."""

    def __init__(self, url: str, where: str) -> None:
        super().__init__(url)
        self._where = where

    def record(self, deliveries: Sequence[Delivery], passed_over: Sequence[Origin] = ()) -> Receipt:
        if self._where == "before-commit":
            os.kill(os.getpid(), signal.SIGKILL)
        receipt = super().record(deliveries, passed_over)
        if self._where == "before-ack":
            os.kill(os.getpid(), signal.SIGKILL)
        return receipt


def main(database_url: str, url: str, consumer: str, where: str) -> None:
    database = Fatal(database_url, where)
    database.create()
    Desk(AlertQueue(url), database, consumer, AlertMetrics(CollectorRegistry())).run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
