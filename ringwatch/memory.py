"""What a worker must not forget when it is replaced: its rules' timers and open events, and streams that hung."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from alerts.errors import OutboxUnavailable
from ingest.metrics import ANALYSIS, RECORDING

if TYPE_CHECKING:
    from collections.abc import Iterable

log = structlog.get_logger()
RULES, PICTURE, HUNG = "rules/", "picture/", "hung/"
LEFT_ALONE = timedelta(minutes=10)  # a stream whose thread hung is tried again after this: each try may cost a worker


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

    def usual_picture(self) -> str:
        """What the camera usually shows; "" where too little is known."""
        ...

    def expect_picture(self, note: str) -> None:
        """Go on from there."""
        ...


class Memory:
    """Used by the analysis thread. A disk that is full costs the memory, not the analysis.

    What a camera usually shows is kept for the node's `run` alone: starting the node anew accepts a new view.
    """

    def __init__(self, keeper: Keeper, cameras: Mapping[str, Remembers], run: str = "") -> None:
        self._keeper = keeper
        self._cameras = cameras
        self._run = run
        self._written: dict[str, str | None] = {}
        self.problem = ""  # why nothing can be kept at the moment, in words

    def restore(self) -> None:
        """Let every camera go on from what was kept of it."""
        kept = self._keeper.kept()
        # What was kept of a camera that another worker has now would be old when it came back.
        self._write({name: None for name in kept if name.startswith(RULES) and not self._has(name)})
        for name, value in kept.items():
            camera = name.removeprefix(RULES)
            if name.startswith(RULES) and self._has(name):
                self._cameras[camera].restore(json.loads(value))
                self._written[name] = value
            self._restore_picture(name, value)

    def keep(self, cameras: Iterable[str] | None = None) -> None:
        """Write down what has changed, of all cameras or of some."""
        changed: dict[str, str | None] = {}
        for camera in self._cameras if cameras is None else cameras:
            rules = self._cameras[camera].snapshot()
            value = json.dumps(rules, ensure_ascii=False) if rules else None
            if self._written.get(f"{RULES}{camera}") != value:
                changed[f"{RULES}{camera}"] = value
        if cameras is None:
            changed |= self._new_pictures()
        if cameras is None and not changed:
            self.problem = ""  # what could not be written is no longer so
        self._write(changed)

    def forget(self, camera: str) -> None:
        """Nothing of `camera` is true any more: it is no longer here, or was given other settings."""
        hung = (f"{HUNG}{camera}/{stream}" for stream in (ANALYSIS, RECORDING))
        self._write(dict.fromkeys((f"{RULES}{camera}", f"{PICTURE}{camera}", *hung)))

    def _has(self, name: str) -> bool:
        return name.removeprefix(RULES) in self._cameras

    def _restore_picture(self, name: str, value: str) -> None:
        camera, (run, _, note) = name.removeprefix(PICTURE), value.partition("\n")
        if name.startswith(PICTURE) and camera in self._cameras and run == self._run:
            self._cameras[camera].expect_picture(note)

    def _new_pictures(self) -> dict[str, str | None]:
        """Those that were noted since they were last written down."""
        notes = {f"{PICTURE}{name}": camera.usual_picture() for name, camera in self._cameras.items()}
        values = {name: f"{self._run}\n{note}" for name, note in notes.items() if note}
        return {name: value for name, value in values.items() if self._written.get(name) != value}

    def note_hung(self, streams: Iterable[str], at: datetime) -> None:
        """Remember that the threads of `streams` did not come back."""
        self._write({f"{HUNG}{stream}": at.isoformat() for stream in streams})

    def left_alone(self, now: datetime) -> frozenset[str]:
        """The streams that hung a short while ago. Each by itself: one that is only recorded blinds nobody."""
        try:
            kept = self._keeper.kept()
        except OutboxUnavailable:
            return frozenset()  # they are tried: at worst this costs another worker
        hung = {name.removeprefix(HUNG): at for name, at in kept.items() if name.startswith(HUNG)}
        # What is of the future was written before the clock was set back.
        since = {stream: now - datetime.fromisoformat(at) for stream, at in hung.items()}
        return frozenset(stream for stream, ago in since.items() if timedelta() <= ago < LEFT_ALONE)

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
