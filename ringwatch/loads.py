"""The load of this network: who shares its alerts, and which cells lie in which."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alerts.load_book import LoadBook, larger_cells
from alerts.roster import DutyRoster

if TYPE_CHECKING:
    from alerts.load_book import LoadRecord
    from config.model import Network


def load_book(record: LoadRecord, network: Network) -> LoadBook:
    """The book of `network`: the seats that the roster mans share the alerts, one where it mans none."""
    roster = DutyRoster(network.roster, network.zone_info)
    return LoadBook(
        record,
        lambda: datetime.now(UTC),
        operators=lambda at: max(1, len(roster.seats_on(at))),
        larger=larger_cells(network.grid),
    )
