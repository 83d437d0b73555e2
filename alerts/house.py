"""What the desk knows of the network besides the alerts themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.service import ServiceWindow, configured
from config.incidents import Incidents

if TYPE_CHECKING:
    from config.model import Network


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


def operators_of(network: Network) -> tuple[str, ...]:
    """The seats that the roster lists; none where it lists none."""
    return tuple(one.id for one in getattr(network.roster, "operators", ()))
