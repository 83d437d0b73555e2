"""What is not as it was between two readings of a configuration, and which of it a running node can take in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.model import Camera, Network

LASTING = ("detector", "queue", "whip")  # sections that hold from a node's start to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChanges:
    """Which cameras are not as they were, by id, in the order of the configuration."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a running node makes of a new configuration."""

    network: Network  # as it can be run from now on
    waiting: tuple[str, ...]  # what else it says, and waits for a restart: names, never values


def camera_changes(before: Network, after: Network) -> CameraChanges:
    """Whose own settings changed: all that stands in a camera, wherever it was written, and its network's time zone."""
    old, new = _by_id(before), _by_id(after)
    all_differ = before.network.timezone != after.network.timezone
    return CameraChanges(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in new if name in old and (all_differ or new[name] != old[name])),
    )


def settled(running: Network, wanted: Network) -> Settled:
    """`wanted`, with those parts of `running` that a node cannot give up while it runs.

    These are the sections of `LASTING`, and the database.
    """
    storage = wanted.storage.model_copy(update={"database": running.storage.database})
    waiting = [name for name in LASTING if getattr(running, name) != getattr(wanted, name)]
    if storage != wanted.storage:
        waiting.append("storage.database")
    update = {name: getattr(running, name) for name in LASTING} | {"storage": storage}
    return Settled(network=wanted.model_copy(update=update), waiting=tuple(waiting))


def _by_id(network: Network) -> dict[str, Camera]:
    return {camera.id: camera for camera in network.cameras}


def service_settings(network: Network) -> tuple[object, ...]:
    """What the desk and the console know of a network, to be compared with another's.

    Of cameras this is what is shown and said of them, and whether another stream is recorded than analysed.
    """
    cameras = tuple(_shown(camera) for camera in network.cameras)
    return (cameras, *_sections(network))


def _shown(camera: Camera) -> tuple[object, ...]:
    return camera.id, camera.name, camera.ring, camera.cell, camera.uplink, camera.stream.is_recorded_apart


def _sections(network: Network) -> Iterator[object]:
    for name in type(network).model_fields:
        if name not in {*LASTING, "cameras"}:
            yield getattr(network, name)
