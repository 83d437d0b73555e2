"""Where a node keeps what it keeps: one data folder, one place for each thing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from config.errors import RingwatchError
from config.model import Network


def default_data() -> Path:
    """`$RINGWATCH_DATA`, else `data` in the current folder."""
    return Path(os.environ.get("RINGWATCH_DATA", "data"))


@dataclass(frozen=True, slots=True)
class Layout:
    """The data folder of one node."""

    data: Path

    @property
    def evidence(self) -> Path:
        """Snapshots and clips."""
        return self.data / "evidence"

    @property
    def redis(self) -> Path:
        """The node's own redis-server."""
        return self.data / "redis"

    @property
    def board(self) -> Path:
        """The processes' status reports."""
        return self.data / "run" / "board"

    @property
    def metrics(self) -> Path:
        """Metric values shared between the processes."""
        return self.data / "run" / "metrics"

    @property
    def record(self) -> Path:
        """The record, where the configuration names no other database."""
        return self.data / "ringwatch.sqlite"

    def outbox(self, process: str) -> Path:
        """The durable outbox of one worker."""
        return self.data / "outbox" / f"{process}.sqlite"

    def database_url(self, network: Network) -> str:
        """The configured database, else SQLite in the data folder."""
        return network.storage.database or self.record_url

    @property
    def record_url(self) -> str:
        """The node's own record, where the configuration names no database."""
        return f"sqlite:///{self.record.resolve()}"

    def make(self) -> None:
        """Create the folders, readable by this user alone: they hold footage.

        Raises:
            RingwatchError: this user may not, or something else has the name.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.evidence, self.redis, self.board, self.metrics, self.outbox("any").parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise RingwatchError(
                f"the data folder {self.data} cannot be made ({error.strerror}): name another with --data"
            ) from None
