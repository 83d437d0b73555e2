"""Which worker has which cameras."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.model import Camera, Ring, Stream
from ringwatch.shards import Shares, dealt, shards_of


def cameras(calling: str) -> list[Camera]:
    """A camera a letter; those that are `v` call."""
    return [
        Camera(
            id=f"c{number}",
            name="c",
            ring=Ring.INNER,
            stream=Stream(sub=f"whip:{number:030}" if letter == "v" else "rtsp://192.0.2.1/sub"),
        )
        for number, letter in enumerate(calling)
    ]


def ids(shards: tuple[tuple[Camera, ...], ...]) -> list[str]:
    return [" ".join(camera.id for camera in shard) for shard in shards]


def test_without_vehicles_cameras_are_dealt_out_in_turn() -> None:
    assert ids(shards_of(cameras("....."), 2)) == ["c0 c2 c4", "c1 c3"]


def test_vehicles_are_in_one_shard_whose_others_are_fewer() -> None:
    """One process listens for them."""
    assert ids(shards_of(cameras("..v..v"), 2)) == ["c2 c3 c5", "c0 c1 c4"]


@given(st.text("v.", max_size=60), st.integers(1, 8))
def test_every_camera_is_in_one_shard_and_they_are_even(calling: str, count: int) -> None:
    """As even as the vehicles, which stay together, let them be."""
    network = cameras(calling)

    shards = shards_of(network, count)

    assert sorted(camera.id for shard in shards for camera in shard) == sorted(camera.id for camera in network)
    assert {camera.token is not None for shard in shards[1:] for camera in shard} <= {False}
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= max(1, calling.count("v"))


def test_cameras_stay_where_they_were_and_new_ones_go_to_the_fewest() -> None:
    """A gap is filled before anything else grows."""
    before = (("c0", "c2", "c4"), ("c1", "c3", "gone"))

    assert dealt(cameras("......"), before) == (("c0", "c2", "c4"), ("c1", "c3", "c5"))


def test_a_worker_may_be_left_without_cameras() -> None:
    """Until there are new ones."""
    assert dealt(cameras("."), (("c0",), ("c1",))) == (("c0",), ())
    assert dealt(cameras("..."), (("c0",), ())) == (("c0", "c2"), ("c1",))


@given(st.text("v.", max_size=30), st.text("v.", max_size=30), st.integers(1, 5))
def test_nobody_who_stays_is_moved(first: str, then: str, count: int) -> None:
    """Whatever comes and goes."""
    network = cameras(first)
    before: Shares = tuple(tuple(camera.id for camera in shard) for shard in shards_of(network, count))
    now = cameras(then)[len(first) // 2 :]

    after = dealt(now, before)

    assert sorted(name for share in after for name in share) == sorted(camera.id for camera in now)
    calling = {camera.id for camera in now if camera.token is not None}
    assert calling <= set(after[0])
    staying = {camera.id for camera in now} - calling
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if name in staying} <= set(new)
