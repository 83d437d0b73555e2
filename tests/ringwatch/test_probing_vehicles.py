"""`ringwatch probe` and vehicles: they are waited for, not dialled."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.model import Whip
from ringwatch.probing import Probed, probe
from tests.gst_server import free_port
from tests.ingest.clips import ClipSpec, make_clip
from tests.ingest.whip.given import Caller, endpoint, vehicle_camera
from tests.ringwatch.test_vehicles import listens
from tests.services import eventually

pytestmark = pytest.mark.timeout(300)


def probed(timeout_s: float, port: int) -> Probed:
    (row,) = probe([vehicle_camera(timeout_s=timeout_s)], 2.0, Whip(port=port, addresses=("127.0.0.1",)))
    return row


def test_a_vehicle_that_calls_is_described(tmp_path: Path) -> None:
    """Codec, size and keyframes, as of any other stream."""
    drive, port = make_clip(tmp_path / "drive.mp4", ClipSpec(seconds=4, size=(320, 192))), free_port()
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(probed, 60.0, port)
        eventually(lambda: listens(port), "the endpoint", timeout_s=60)
        caller = Caller(f"http://127.0.0.1:{port}/whip/car", drive, codec="vp8")
        try:
            assert caller.call().status == 201
            row = found.result(120)
        finally:
            caller.close()

    assert (row.fault, row.codec, row.width, row.height) == (None, "vp8", 320, 192)


def test_a_vehicle_that_does_not_call_is_told_where_to() -> None:
    port = free_port()

    row = probed(0.3, port)

    assert (row.fault, row.reason) == (
        "unreachable",
        f"no call within 300ms: the vehicle calls http://127.0.0.1:{port}/whip/car with its token",
    )


def test_a_node_that_runs_has_its_vehicles_calls() -> None:
    with endpoint() as at:
        row = probed(0.3, at.server.port)

    assert row.fault == "unreachable"
    assert "if the node runs, its vehicles call it: its console shows them" in row.reason
