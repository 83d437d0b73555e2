"""What the desk knows of the network besides the alerts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.lifecycle import RESERVED
from alerts.messages import Refused
from alerts.service import ServiceWindow, configured
from config.incidents import Incidents

if TYPE_CHECKING:
    from config.model import Network

SEAT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # as an operator's id is written


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Made of the configuration; a record that knows nothing of it has an empty one."""

    incidents: Incidents = field(default_factory=Incidents)
    uplinks: Mapping[str, str] = field(default_factory=dict)  # camera -> what it shares with others
    windows: tuple[ServiceWindow, ...] = ()  # of the configuration
    operators: frozenset[str] | None = None  # None: anybody whose id is well formed

    @classmethod
    def of(cls, network: Network) -> House:
        """Of `network`."""
        return cls(
            incidents=network.incidents,
            uplinks={camera.id: camera.uplink for camera in network.cameras if camera.uplink},
            windows=tuple(configured(window) for window in network.out_of_service),
            operators=frozenset(operators_of(network)) or None,
        )

    def is_out_of_service(self, camera: str, rule: str, at: datetime, more: Iterable[ServiceWindow] = ()) -> bool:
        """Whether an alert that is raised at `at` calls nobody; `more` are the windows that operators set."""
        uplink = self.uplinks.get(camera, "")
        return any(window.covers(camera, uplink, rule, at) for window in (*self.windows, *more))


def check_operator(by: str, known: Iterable[str]) -> None:
    """Whether `by` may act, where the roster lists `known`; one that lists nobody takes any seat.

    Raises:
        Refused: it is not a seat of the roster, or not one at all.
    """
    seats = tuple(known)
    if by in RESERVED or not SEAT.fullmatch(by):
        raise Refused(f"{by} is not a seat: write for example desk-1", reason="operator")
    if seats and by not in seats:
        raise Refused(f"{by} is not in the roster: it has {', '.join(seats)}", reason="operator")


def operators_of(network: Network) -> tuple[str, ...]:
    """The seats that the roster lists; none where it lists none."""
    return tuple(one.id for one in network.roster.operators)
