"""The private parts of aiortc that are used: there, and of the version that is pinned."""

from __future__ import annotations

import asyncio
import re
from importlib.metadata import version

import pytest
from aiortc.rtcicetransport import RTCIceGatherer
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from config.errors import BackendUnavailable
from ingest.whip import hooks
from tests.services import REPOSITORY


def test_the_installed_versions_have_what_is_hooked_into() -> None:
    """If this fails after an update, ingest/whip/hooks.py must be adapted, and the tests of calls run."""
    assert hooks.missing() == ""


@pytest.mark.parametrize("name", ["aiortc", "aioice"])
def test_the_versions_are_pinned_exactly(name: str) -> None:
    """In pyproject.toml and in constraints.txt: private parts change without notice."""
    said = (REPOSITORY / "pyproject.toml").read_text("utf-8")

    assert re.findall(rf'"{name}==([\d.]+)"', said) == [version(name)]
    assert f"{name}=={version(name)}\n" in (REPOSITORY / "constraints.txt").read_text("utf-8")


def test_a_version_without_them_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and not when the first vehicle calls."""
    monkeypatch.delattr(RTCRtpReceiver, "_handle_rtp_packet")

    with pytest.raises(BackendUnavailable) as raised:
        hooks.require()

    assert str(raised.value) == (
        f"aiortc {version('aiortc')} and aioice {version('aioice')} have no RTCRtpReceiver._handle_rtp_packet: "
        "install the versions that pyproject.toml names"
    )


async def gathered(addresses: list[str], ports: tuple[int, int] | None) -> list[tuple[str, int]]:
    gatherer = RTCIceGatherer(iceServers=[])
    hooks.bind_to(gatherer, addresses, ports)
    await gatherer.gather()
    found = [(one.ip, one.port) for one in gatherer.getLocalCandidates()]
    await gatherer._connection.close()
    return found


def test_media_come_in_on_the_configured_addresses_and_ports_alone() -> None:

    found = asyncio.run(gathered(["127.0.0.1"], (47_110, 47_119)))

    assert [address for address, _ in found] == ["127.0.0.1"]
    assert 47_110 <= found[0][1] <= 47_119


def test_an_address_that_is_not_ours_is_left_out() -> None:

    assert asyncio.run(gathered(["192.0.2.1", "127.0.0.1"], None))[0][0] == "127.0.0.1"
