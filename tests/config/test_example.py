"""The example network is what the README says it is."""

from __future__ import annotations

from collections import Counter

from config.load import read
from config.model import Ring
from tests.services import REPOSITORY

EXAMPLE = REPOSITORY / "config" / "example" / "network.yaml"


def test_the_example_is_a_whole_network() -> None:
    """84 checkpoint cameras in three rings, 8 vehicle-mounted feeds, nothing to complain of."""
    loaded = read(EXAMPLE, {})

    rings = Counter(camera.ring for camera in loaded.network.cameras)
    assert rings == {Ring.INNER: 19, Ring.MIDDLE: 44, Ring.OUTER: 21, Ring.VEHICLE: 8}
    assert loaded.warnings == ()


def test_the_example_has_the_grid_of_responsibility() -> None:
    """2 large, 6 middle and 280 small cells, and every checkpoint lies in one."""
    network = read(EXAMPLE, {}).network

    assert [len(cells) for cells in (network.grid.large, network.grid.middle, network.grid.small)] == [2, 6, 280]
    assert all(camera.cell for camera in network.cameras if camera.ring is not Ring.VEHICLE)


def test_the_example_reaches_nobody() -> None:
    """Its addresses are those reserved for documentation; a vehicle is not reached at all, it calls."""
    reserved = ("192.0.2.", "198.51.100.", "203.0.113.")

    dialled = [camera for camera in read(EXAMPLE, {}).network.cameras if camera.token is None]
    hosts = {camera.stream.analysis_url.rpartition("@")[2] for camera in dialled}

    assert all(host.startswith(reserved) for host in hosts)
