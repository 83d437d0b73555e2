"""What the routes of one console share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from watchroom.stream import Seats

if TYPE_CHECKING:
    from alerts.load_book import LoadBook
    from config.model import Network
    from watchroom.feed import ChangeFeed
    from watchroom.sources import AlertStore, HealthSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Made by the application's factory, read by its routes."""

    reader: AlertStore
    evidence_root: Path
    network: Network
    health: HealthSource
    feed: ChangeFeed
    clock: Callable[[], datetime]
    load: LoadBook
    seats: Seats
