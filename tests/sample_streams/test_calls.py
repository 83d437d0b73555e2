"""Vehicles that the simulator has call the network's node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest
from structlog.testing import capture_logs

from config.model import Camera, Network, Ring, Stream, Whip
from sample_streams.calls import Call, Callers, calls
from sample_streams.faults import Fault
from tests.gst_server import free_port
from tests.ingest.clips import ClipSpec, make_clip
from tests.ingest.whip.given import Endpoint, endpoint, token, vehicle_camera

GATE = Camera(id="gate", name="gate", ring=Ring.INNER, stream=Stream(sub="rtsp://192.0.2.1/sub"))
CLIP = Path("drive.mp4")
DROP = Fault.model_validate({"camera": "car", "at": "1s", "for": "4s", "fault": "drop"})


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the car's camera sees."""
    return make_clip(tmp_path_factory.mktemp("drive") / "drive.mp4", ClipSpec(seconds=4, size=(320, 192)))


def network(**whip: object) -> Network:
    """A gate that is dialled, and a car that calls."""
    return Network(cameras=(GATE, vehicle_camera("car")), whip=Whip.model_validate(whip))


def planned(**whip: object) -> list[str]:
    """Where the vehicles of a network call."""
    return [call.url for call in calls(network(**whip), lambda _: CLIP)]


def test_a_vehicle_calls_with_its_own_token_and_nobody_else_does() -> None:
    """As a car's equipment is set up."""
    (call,) = calls(network(), lambda _: CLIP, (DROP, DROP.model_copy(update={"camera": "gate"})))

    assert call == Call(
        camera="car", url="http://127.0.0.1:8889/whip/car", token=token("car"), clip=CLIP, faults=(DROP,)
    )


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("localhost", "http://127.0.0.1:8889/whip/car"),
        ("0.0.0.0", "http://127.0.0.1:8889/whip/car"),  # noqa: S104 - a configuration may say so
        ("127.0.0.2", "http://127.0.0.2:8889/whip/car"),
        ("::1", "http://[::1]:8889/whip/car"),
    ],
)
def test_it_calls_this_machine(host: str, url: str) -> None:
    """However the node says that it listens here."""
    assert planned(host=host) == [url]


def test_a_node_with_a_certificate_is_called_over_tls() -> None:
    """And that certificate is trusted."""
    (call,) = calls(network(certificate="node.pem", key="node.key"), lambda _: CLIP)

    assert (call.url, call.trusted) == ("https://127.0.0.1:8889/whip/car", Path("node.pem"))


@pytest.mark.parametrize("host", ["10.0.0.7", "vehicles.county.example"])
def test_no_node_elsewhere_is_called(host: str) -> None:
    """A rehearsal must not put its pictures into the real node's record."""
    assert planned(host=host) == []


@pytest.mark.timeout(240)
def test_it_is_taken_lost_and_taken_again(drive: Path) -> None:
    """A drop in the timeline takes its network away, without a word; then it calls again. At the end it hangs up."""
    with endpoint() as listening:
        call = Call(camera="car", url=listening.url(), token=token("car"), clip=drive, faults=(DROP,))
        asyncio.run(asyncio.wait_for(_taken(listening, call, times=2), 200.0))
        told = {status: listening.value("whip_requests_total", status=status) for status in ("201", "200")}

    assert told == {"201": 2, "200": 1}


async def _taken(listening: Endpoint, call: Call, *, times: int) -> None:
    """Until `call` was taken so often."""
    callers = Callers((call,))
    callers.start()
    try:
        while listening.value("whip_requests_total", status="201") < times:  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)  # for the answer's way back
    finally:
        await callers.close()


def test_a_node_that_does_not_listen_is_called_again_and_named_once(drive: Path) -> None:
    """The simulator may be there first."""
    call = Call(camera="car", url=f"http://127.0.0.1:{free_port()}/whip/car", token=token("car"), clip=drive)

    with capture_logs() as logs, patch("sample_streams.calls.AGAIN_S", 0.05):
        asyncio.run(_for_a_while(call))

    assert [(line["event"], line["camera"]) for line in logs] == [("vehicle.waits", "car")]
    assert token("car") not in str(logs)


async def _for_a_while(call: Call) -> None:
    callers = Callers((call,))
    callers.start()
    await asyncio.sleep(1.5)
    await callers.close()
