"""Which worker has which cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.model import Camera


def shards_of(cameras: Sequence[Camera], count: int) -> tuple[tuple[Camera, ...], ...]:
    """`cameras` in `count` shards, as even as can be: vehicles that call in the first, the others in turn.

    Vehicles are together because one process listens for them; and what a vehicle sends never crosses a process.
    """
    shards: list[list[Camera]] = [[] for _ in range(count)]
    shards[0] += [camera for camera in cameras if camera.token is not None]
    for camera in cameras:
        if camera.token is None:
            min(shards, key=len).append(camera)
    order = {camera.id: index for index, camera in enumerate(cameras)}
    return tuple(tuple(sorted(shard, key=lambda camera: order[camera.id])) for shard in shards)
