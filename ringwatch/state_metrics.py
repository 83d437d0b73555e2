"""In which state each camera is, for Prometheus: the one that the board and the page show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge

from ingest.messages import CameraState

if TYPE_CHECKING:
    from ringwatch.board import CameraRow


class StateMetrics:
    """A worker makes one for all its cameras, and its report tells it once a second."""

    def __init__(self, registry: CollectorRegistry) -> None:
        # Not prometheus_client's Enum, which processes cannot share.
        self._state = Gauge(
            "ringwatch_camera_state",
            "1 for the state that the camera is in, 0 for every other",
            ["camera", "state"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._told: dict[str, str] = {}

    def tell(self, rows: Sequence[CameraRow]) -> None:
        """What is new since it was last told.

        Of a camera that was not told of then, all is: another worker may have had it meanwhile.
        """
        for row in rows:
            if self._told.get(row.id) != row.state:
                for state in CameraState:
                    self._state.labels(row.id, state.value).set(row.state == state.value)
        self._told = {row.id: row.state for row in rows}
