"""A worker in miniature, to be killed: `python -m tests.alerts.raise_alerts OUTBOX URL FIRST COUNT WHERE`.

Raises COUNT alerts from number FIRST through the outbox. WHERE says at what moment it kills itself with SIGKILL:
`before-xadd`, `after-xadd` (before its answer could be used), or `never`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from alerts.metrics import AlertMetrics
from alerts.outbox import Outbox
from alerts.queue import AlertQueue
from alerts.sender import OutboxSender
from tests.alerts.making import occurrence


class Fatal(AlertQueue):
    """A queue that ends its process with kill -9 around the first XADD."""

    def __init__(self, url: str, where: str) -> None:
        super().__init__(url)
        self._where = where

    def publish_all(self, batch: Sequence[Mapping[str, str]]) -> list[str]:
        if self._where == "before-xadd":
            os.kill(os.getpid(), signal.SIGKILL)
        published = super().publish_all(batch)
        if self._where == "after-xadd":
            os.kill(os.getpid(), signal.SIGKILL)
        return published


def main(path: str, url: str, first: str, count: str, where: str) -> None:
    outbox = Outbox(Path(path))
    for number in range(int(first), int(first) + int(count)):
        outbox.add(occurrence(number))
    sender = OutboxSender(outbox, Fatal(url, where), AlertMetrics(CollectorRegistry()))
    while sender.step():
        continue


if __name__ == "__main__":
    main(*sys.argv[1:])
