"""A Redis that is not the node's own: a user and password, and TLS with certificates of the county's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerts.codec import encode
from alerts.desk import Desk
from alerts.metrics import AlertMetrics
from alerts.queue import AlertQueue
from config.errors import BackendUnavailable
from config.load import load
from storage.database import Database
from tests.alerts.making import occurrence
from tests.gst_server import free_port
from tests.redis_server import RedisProcess, debian_binary, running_redis
from tests.services import REPOSITORY, require_binary

PASSWORD = "p@ss:w/rd #1"
RULES = "+@read +@write +@stream +@connection +@pubsub +multi +exec +time"
CAMERA = 'cameras:\n  - {id: gate, name: 东门, ring: inner, stream: {sub: "rtsp://192.0.2.1/sub"}}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """A server that speaks TLS alone over the network, to one user."""

    process: RedisProcess
    port: int
    folder: Path  # with ca.pem, and other-ca.pem that has signed nothing

    def url_of(self, ca: str, host: str = "localhost") -> str:
        """The queue's URL as a configuration gives it to the node."""
        (self.folder / "secrets.yaml").write_text(f'queue: "ringwatch:{PASSWORD}"\n', "utf-8")
        (self.folder / "secrets.yaml").chmod(0o600)
        queue = f'queue: {{url: "rediss://{{queue}}@{host}:{self.port}/0", ca: {ca}}}\n'
        config = self.folder / "network.yaml"
        config.write_text(f"secrets: secrets.yaml\n{queue}{CAMERA}", "utf-8")
        url = load(config, {}).queue.url
        assert url is not None
        return url


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    make_certificates(folder)
    options = {
        "--tls-port": str(port),
        "--tls-cert-file": str(folder / "server.pem"),
        "--tls-key-file": str(folder / "server.key"),
        "--tls-ca-cert-file": str(folder / "ca.pem"),
        "--tls-auth-clients": "no",
    }
    words = tuple(word for pair in options.items() for word in pair)
    with running_redis(binary=debian_binary(), options=words) as process:
        process.command(
            "acl", "setuser", "ringwatch", "on", f">{PASSWORD}", "~ringwatch:*", "&ringwatch:*", *RULES.split()
        )
        yield Secured(process=process, port=port, folder=folder)


def make_certificates(folder: Path) -> None:
    """Two authorities, and a server of the first whose name is localhost."""
    for name in ("ca", "other-ca"):
        openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=County", folder, name)
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost", folder, "server", out="csr")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    sign = "x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out server.pem"
    subprocess.run([require_binary("openssl"), *sign.split()], cwd=folder, check=True, capture_output=True)


def openssl(words: str, folder: Path, name: str, *, out: str = "pem") -> None:
    command = [require_binary("openssl"), *words.split(), "-keyout", f"{name}.key", "-out", f"{name}.{out}"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_alerts_go_over_tls_with_a_user_and_a_password(
    secured: Secured, database: Database, metrics: AlertMetrics
) -> None:
    """All that sender, desk and console do is allowed by the rules that docs/QUEUE.md states."""
    with closing(AlertQueue(secured.url_of("ca.pem"))) as queue:
        queue.publish(encode(occurrence()))
        queue.publish({"hello": "world"})
        desk = Desk(queue, database, "desk-1", metrics)
        desk.step(0)
        desk.step(0)
        queue.set_watermarks({"0b": 1})

        assert database.count() == 1
        assert (queue.watermark("0b"), queue.unrecorded().entries) == (1, 0)
        assert queue.missing(["1-1"]) == {"1-1"}
        assert queue.trim(keep=0) == 2
        (letter,) = queue.dead_letters()
        queue.requeue(letter.id, encode(occurrence(2)))
        queue.announce()
    documented = (REPOSITORY / "docs" / "QUEUE.md").read_text("utf-8").replace("\n", " ")
    assert f"~ringwatch:* &ringwatch:* {RULES}" in documented


@pytest.mark.parametrize(
    ("ca", "host", "complaint"),
    [
        ("other-ca.pem", "localhost", "certificate verify failed"),
        ("ca.pem", "127.0.0.1", "certificate verify failed.*IP address mismatch"),
    ],
)
def test_a_server_that_is_not_trusted_gets_nothing(secured: Secured, ca: str, host: str, complaint: str) -> None:
    """Neither an alert nor the password, which is in no message either."""
    with (
        closing(AlertQueue(secured.url_of(ca, host))) as queue,
        pytest.raises(BackendUnavailable, match=complaint) as caught,
    ):
        queue.publish(encode(occurrence()))

    assert "p%40ss" not in str(caught.value)
    assert "p@ss" not in str(caught.value)


def test_a_user_who_may_not_is_told_what(secured: Secured) -> None:
    """By Redis' own words; alerts wait in the outbox until somebody has read them."""
    secured.process.command("acl", "setuser", "reader", "on", ">secret", "~ringwatch:*", "+@read")
    url = secured.process.url.replace("unix://", "unix://reader:secret@")

    with closing(AlertQueue(url)) as queue, pytest.raises(BackendUnavailable, match=r"no permissions.*xadd"):
        queue.publish(encode(occurrence()))
