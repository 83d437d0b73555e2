"""The record of alerts as a command finds it: the data folder's, or the configuration's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from config.errors import BackendUnavailable
from config.model import NetworkInfo
from ringwatch.arguments import read_network
from ringwatch.layout import Layout, default_data

if TYPE_CHECKING:
    from config.model import Network
    from storage.database import Database

Function = Callable[..., Any]


def record_options(function: Function) -> Function:
    """`--data` and `--config`, together as the parameter `place`."""

    @click.pass_context
    def with_place(context: click.Context, /, data: Path | None, config: Path | None, **rest: Any) -> Any:
        outer = context.parent.params.get("data") if context.parent else None
        network = None if config is None else read_network(config)
        return function(place=Place(data=data or outer or default_data(), network=network), **rest)

    with_place.__doc__ = function.__doc__
    with_place.__name__ = function.__name__
    where = click.Path(exists=True, path_type=Path)
    folder = click.Path(file_okay=False, path_type=Path)
    with_config = click.option(
        "--config", type=where, help="the node's configuration: its database, time zone and seats"
    )
    return click.option("--data", type=folder, help="the node's data folder  [default: $RINGWATCH_DATA, else ./data]")(
        with_config(with_place)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the record is."""

    data: Path
    network: Network | None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that people read times in."""
        return self.network.zone_info if self.network else ZoneInfo(NetworkInfo().timezone)

    @contextmanager
    def open(self) -> Iterator[Database]:
        """The record, closed with the block.

        Raises:
            BackendUnavailable: there is none, or it does not answer.
        """
        from alerts.house import House
        from storage.database import Database

        changed = Event()
        house = House.of(self.network) if self.network else None
        database = Database(self.url(), house=house, on_change=changed.set)
        try:
            database.create()  # the columns that an earlier version lacks
            yield database
        finally:
            database.close()
            if changed.is_set():
                self._tell()

    def _tell(self) -> None:
        """Let open pages look at once; one that does not hear of it looks twice a second."""
        from alerts.local_redis import RedisServer
        from alerts.queue import AlertQueue

        url = (self.network.queue.url if self.network else None) or RedisServer(Layout(self.data).redis).url
        with suppress(BackendUnavailable), closing(AlertQueue(url)) as queue:
            queue.announce()

    def url(self) -> str:
        """Of its database.

        Raises:
            BackendUnavailable: it is a file, and not there: nobody wants a new one from a mistyped folder.
        """
        from sqlalchemy.engine import make_url

        layout = Layout(self.data)
        url = (self.network.storage.database if self.network else None) or layout.record_url
        file = make_url(url).database if url.startswith("sqlite") else None
        if file and not Path(file).is_file():
            raise BackendUnavailable(
                f"there is no record of alerts in {Path(file).parent}: name the node's data folder with --data, "
                "or its configuration with --config"
            )
        return url
