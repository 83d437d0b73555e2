"""Which worker has which cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from config.model import Camera

Shares = tuple[tuple[str, ...], ...]  # for each worker the ids of its cameras


def shards_of(cameras: Sequence[Camera], count: int) -> tuple[tuple[Camera, ...], ...]:
    """`cameras` in `count` shards, as even as can be: vehicles that call in the first, the others in turn.

    Vehicles are together because one process listens for them; and what a vehicle sends never crosses a process.
    """
    return tuple(cameras_of(cameras, share) for share in dealt(cameras, ((),) * count))


def dealt(cameras: Sequence[Camera], before: Shares) -> Shares:
    """`cameras` dealt to as many workers as there are in `before`: each stays where it was, new ones go to the fewest.

    A vehicle that calls is in the first, also one that was not one before, and elsewhere.
    """
    known, calling = {camera.id for camera in cameras}, {camera.id for camera in cameras if camera.token is not None}
    first, *others = before
    shares = [[name for name in first if name in known]]
    shares += [[name for name in share if name in known - calling] for share in others]
    placed = {name for share in shares for name in share}
    new = [camera for camera in cameras if camera.id not in placed]
    shares[0] += [camera.id for camera in new if camera.token is not None]
    for camera in new:
        if camera.token is None:
            min(shares, key=len).append(camera.id)
    return tuple(tuple(camera.id for camera in cameras_of(cameras, share)) for share in shares)


def cameras_of(cameras: Iterable[Camera], share: Iterable[str]) -> tuple[Camera, ...]:
    """Those of `cameras` that are in `share`, in their order."""
    wanted = frozenset(share)
    return tuple(camera for camera in cameras if camera.id in wanted)
