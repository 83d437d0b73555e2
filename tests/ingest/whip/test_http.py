"""What the endpoint answers over HTTP, by RFC 9725."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import HTTPSHandler, Request, build_opener

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.errors import BackendUnavailable
from config.model import Whip
from ingest.whip import endpoint as endpoints
from tests.ingest.whip.given import Caller, Endpoint, calling, endpoint, token, vehicle_camera
from tests.services import eventually

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


@pytest.fixture(scope="module")
def at() -> Iterator[Endpoint]:
    """An endpoint that two vehicles may call."""
    with endpoint(vehicle_camera("car"), vehicle_camera("bus")) as at:
        yield at


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "WRONG_DELAY_S", 0.01)


@pytest.fixture(scope="module")
def offer(drive: Path) -> str:
    """A vehicle's offer."""
    caller = Caller("http://127.0.0.1/whip/car", drive)
    try:
        return caller.offer()
    finally:
        caller.close()


def test_a_call_is_answered_with_a_session(at: Endpoint, offer: str) -> None:
    """201, the answer, the session's own URL and its ETag."""
    reply = at.ask("POST", body=offer, kind=SDP)

    assert reply.status == 201
    assert reply.location.startswith(f"{at.url()}/")
    assert reply.etag.startswith('"')
    assert "a=recvonly" in reply.body
    assert "m=application" in reply.body
    assert "127.0.0.1" in reply.body
    assert at.ask("DELETE", reply.location.rpartition("/whip/")[2]).status == 200


@pytest.mark.parametrize("bearer", ["", "wrong", token("bus")], ids=["none", "a wrong one", "another vehicle's"])
def test_without_its_own_token_nobody_calls(at: Endpoint, offer: str, bearer: str) -> None:
    """401, whatever else the request holds."""
    assert at.ask("POST", bearer=bearer, body=offer, kind=SDP).status == 401
    assert at.value("whip_connected", camera="car") == 0.0


def test_a_session_needs_the_token_too(at: Endpoint, offer: str) -> None:
    """Its URL alone ends nobody's call."""
    session = at.ask("POST", body=offer, kind=SDP).location.rpartition("/whip/")[2]

    assert at.ask("DELETE", session, bearer=token("bus")).status == 401
    assert at.ask("DELETE", f"bus/{session.partition('/')[2]}", bearer=token("bus")).status == 404
    assert at.ask("DELETE", session).status == 200
    assert at.ask("DELETE", session).status == 404


def test_a_vehicle_that_is_not_ours_is_unknown(at: Endpoint, offer: str) -> None:
    assert at.ask("POST", "tank", body=offer, kind=SDP).status == 404


def test_only_sdp_is_an_offer(at: Endpoint) -> None:
    assert at.ask("POST", body="{}", kind="application/json").status == 415


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("H264", "H265"), 422),
        (("a=sendonly", "a=inactive"), 422),
        (("a=ice-ufrag", "a=ice-none"), 400),
        (("m=video", "m=vide\x00o"), 422),
        (("UDP/TLS/RTP/SAVPF", "over the air"), 400),
        (("v=0", "v=zero"), 400),
    ],
    ids=["H.265", "nothing is sent", "no ICE", "no video", "no protocol", "no SDP"],
)
def test_an_offer_that_cannot_be_taken_is_refused(
    at: Endpoint, offer: str, change: tuple[str, str], status: int
) -> None:
    """With a status that says whose fault it is; the node goes on."""
    reply = at.ask("POST", "bus", bearer=token("bus"), body=offer.replace(*change), kind=SDP)

    assert reply.status == status
    assert at.value("whip_connected", camera="bus") == 0.0


def test_a_body_is_bounded(at: Endpoint) -> None:
    assert at.ask("POST", body="v" * 100_000, kind=SDP).status == 413


def test_a_browser_may_ask_first(at: Endpoint) -> None:
    """OPTIONS needs no token, by CORS; other methods are not known."""
    assert at.ask("OPTIONS", bearer="").status == 204
    assert at.ask("GET").status == 405
    assert at.ask("PUT", body="x", kind=SDP).status == 405


def test_candidates_may_follow(at: Endpoint, offer: str) -> None:
    """For the session that the ETag names; an ICE restart is answered as RFC 9725 says."""
    reply = at.ask("POST", body=offer, kind=SDP)
    session = reply.location.rpartition("/whip/")[2]
    username = next(line for line in offer.splitlines() if line.startswith("a=ice-ufrag:"))
    more = f"{username}\r\na=mid:0\r\na=candidate:9 1 udp 1 127.0.0.1 50000 typ host\r\n"

    def patch(body: str, kind: str = FRAGMENT, **headers: str) -> int:
        return at.ask("PATCH", session, body=body, kind=kind, **headers).status

    assert patch(more, If_Match=reply.etag) == 204
    assert patch(more) == 428
    assert patch(more, If_Match='"other"') == 412
    assert patch(more, kind=SDP, If_Match=reply.etag) == 415
    assert patch(more.replace(username, "a=ice-ufrag:anew"), If_Match=reply.etag) == 422
    assert patch("a=candidate:9 one udp\r\na=candidate:9 one udp 1 127.0.0.1 high typ host", If_Match=reply.etag) == 400
    assert at.ask("DELETE", session).status == 200


def test_wrong_tokens_are_slowed_down_and_a_right_one_is_not(offer: str, drive: Path) -> None:
    """Whoever guesses is told to wait; the vehicle behind the same address calls all the same."""
    with endpoint() as at:
        answers = [at.ask("POST", bearer=f"guess-{n}", body=offer, kind=SDP).status for n in range(13)]
        with calling(at.url(), drive) as caller:
            assert caller.reply.status == 201

    assert answers == [401] * 10 + [429] * 3


def test_a_vehicle_that_calls_again_and_again_is_told_to_wait(offer: str) -> None:
    with endpoint() as at:
        answers = [at.ask("POST", body=offer, kind=SDP).status for _ in range(12)]

    assert answers == [201] * 10 + [429] * 2


def test_a_refused_call_leaves_the_one_that_stands(drive: Path) -> None:
    """A vehicle's second, broken offer does not end its first call."""
    with endpoint() as at, calling(at.url(), drive) as caller:
        eventually(lambda: caller.state == "connected", "connected", timeout_s=30)

        assert at.ask("POST", body="v=0", kind=SDP).status == 422

        assert at.value("whip_connected", camera="car") == 1.0


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = rf"^vehicles cannot call on 127.0.0.1:{port}: Address already in use"
        with pytest.raises(BackendUnavailable, match=said), endpoint(port=port):
            pass


def test_addresses_that_are_not_this_machines_are_said_in_words(offer: str) -> None:
    with endpoint(addresses=("192.0.2.1",)) as at:
        reply = at.ask("POST", body=offer, kind=SDP)

    assert reply.status == 503
    assert "none of whip.addresses is this machine's" in reply.body


def test_tokens_may_come_over_tls(tmp_path: Path) -> None:
    """With a certificate and its key, the endpoint speaks HTTPS and nothing else."""
    certificate, key = made_certificate(tmp_path)
    with endpoint(certificate=str(certificate), key=str(key)) as at:
        asked = Request(f"https://127.0.0.1:{at.server.port}/whip/car", method="OPTIONS")
        trusting = ssl.create_default_context(cafile=str(certificate))
        with build_opener(HTTPSHandler(context=trusting)).open(asked, timeout=10) as answer:
            assert answer.status == 204


def test_a_key_of_another_certificate_is_said_in_words(tmp_path: Path) -> None:
    certificate, _ = made_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, key = made_certificate(tmp_path / "other")

    said = r"^whip.certificate and whip.key cannot be used: KEY_VALUES_MISMATCH"
    with pytest.raises(BackendUnavailable, match=said), endpoint(certificate=str(certificate), key=str(key)):
        pass


def test_requests_are_counted_by_their_answers(offer: str) -> None:
    with endpoint() as at:
        at.ask("POST", bearer="wrong", body=offer, kind=SDP)
        at.ask("POST", body=offer, kind=SDP)

        assert (at.value("whip_requests_total", status="401"), at.value("whip_requests_total", status="201")) == (1, 1)


def test_a_request_that_does_not_come_to_its_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "BODY_S", 0.3)
    with endpoint() as at, socket.create_connection(("127.0.0.1", at.server.port), timeout=10) as slow:
        head = f"POST /whip/car HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('car')}\r\n"
        slow.sendall(f"{head}Content-Type: {SDP}\r\nContent-Length: 100\r\n\r\nv=0".encode())
        began_s = time.monotonic()
        assert b"408" in slow.recv(1000)
        assert time.monotonic() - began_s < 8


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_the_default_endpoint_is_local() -> None:
    assert (Whip().host, Whip().port) == ("127.0.0.1", 8889)
