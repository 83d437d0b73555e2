"""What a worker must not forget when it is replaced: its rules' timers and open events, and cameras that hung."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from alerts.errors import OutboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger()
RULES, HUNG = "rules/", "hung/"
LEFT_ALONE = timedelta(minutes=10)  # a camera whose thread hung is tried again after this: each try may cost a worker


class Keeper(Protocol):
    """Where it is kept: the outbox."""

    def keep(self, values: Mapping[str, str | None]) -> None:
        """Remember texts, or forget them."""
        ...

    def kept(self) -> Mapping[str, str]:
        """All that is remembered."""
        ...


class Remembers(Protocol):
    """One camera's rules."""

    def snapshot(self) -> dict[str, Any]:
        """What they remember."""
        ...

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Go on from there."""
        ...


class Memory:
    """Used by the analysis thread. A disk that is full costs the memory, not the analysis."""

    def __init__(self, keeper: Keeper, cameras: Mapping[str, Remembers]) -> None:
        self._keeper = keeper
        self._cameras = cameras
        self._written: dict[str, str | None] = {}
        self.problem = ""  # why nothing can be kept at the moment, in words

    def restore(self) -> None:
        """Let every camera go on from what was kept of it."""
        for name, value in self._keeper.kept().items():
            camera = name.removeprefix(RULES)
            if name.startswith(RULES) and camera in self._cameras:
                self._cameras[camera].restore(json.loads(value))
                self._written[name] = value

    def keep(self, cameras: Iterable[str] | None = None) -> None:
        """Write down what has changed, of all cameras or of some."""
        changed: dict[str, str | None] = {}
        for camera in self._cameras if cameras is None else cameras:
            rules = self._cameras[camera].snapshot()
            value = json.dumps(rules, ensure_ascii=False) if rules else None
            if self._written.get(f"{RULES}{camera}") != value:
                changed[f"{RULES}{camera}"] = value
        if cameras is None and not changed:
            self.problem = ""  # what could not be written is no longer so
        self._write(changed)

    def note_hung(self, cameras: Iterable[str], at: datetime) -> None:
        """Remember that the threads of `cameras` did not come back."""
        self._write({f"{HUNG}{camera}": at.isoformat() for camera in cameras})

    def left_alone(self, now: datetime) -> frozenset[str]:
        """The cameras that hung a short while ago."""
        hung = {name.removeprefix(HUNG): at for name, at in self._keeper.kept().items() if name.startswith(HUNG)}
        return frozenset(camera for camera, at in hung.items() if now - datetime.fromisoformat(at) < LEFT_ALONE)

    def _write(self, values: Mapping[str, str | None]) -> None:
        if not values:
            return
        try:
            self._keeper.keep(values)
        except OutboxUnavailable as error:
            if not self.problem:
                log.warning("the rules' state cannot be kept", error=str(error))
            self.problem = f"{error}; the rules' state is not kept"
            return
        self.problem = ""
        self._written.update(values)
