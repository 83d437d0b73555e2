"""What a configuration becomes: merging, includes, the environment, secrets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from config.load import load, read
from config.model import Label, Severity
from tests.config.written import Written, camera


def test_a_camera_is_laid_over_its_template_and_that_over_the_defaults(written: Written) -> None:
    """Mappings merge key by key; a list replaces."""
    network = written.load("""
        defaults: {heartbeat: 3s, stream: {transport: udp, read_timeout: 7s}}
        templates:
          base: {zones: {post: {polygon: [[0, 0], [1, 0], [1, 1]]}}, posts: [{zone: post, absent_after: 60s}]}
          gate: {like: base, heartbeat: 4s, zones: {lane: {polygon: [[0, 0], [1, 0], [0, 1]]}}}
        cameras:
          - {id: a, name: A, ring: inner, like: gate, stream: {sub: "rtsp://192.0.2.1/s", transport: tcp}}
          - {id: b, name: B, ring: outer, like: gate, stream: {sub: "rtsp://192.0.2.2/s"}, posts: []}
        """)

    a, b = network.cameras
    assert (a.heartbeat, a.stream.transport, a.stream.read_timeout) == (
        timedelta(seconds=4),
        "tcp",
        timedelta(seconds=7),
    )
    assert sorted(a.zones) == ["lane", "post"]
    assert a.posts[0].absent_after == timedelta(seconds=60)
    assert (b.stream.transport, b.posts) == ("udp", ())


def test_a_rule_has_sensible_defaults(written: Written) -> None:
    """The shortest rule is a whole one."""
    rule = written.load(camera(rules="[{rule: intrusion, zone: post}]")).cameras[0].rules[0]

    assert rule.model_dump(include={"classes", "dwell", "severity"}) == {
        "classes": (Label.PERSON,),
        "dwell": timedelta(seconds=2),
        "severity": Severity.HIGH,
    }


def test_includes_add_cameras_in_the_order_of_the_files(written: Written) -> None:
    """A pattern's files come in order of name."""
    written.write("cameras/b.yaml", camera(id="second"))
    written.write("cameras/a.yaml", camera(id="first"))

    network = written.load("include: cameras/*.yaml\n" + camera(id="own"))

    assert [one.id for one in network.cameras] == ["own", "first", "second"]


def test_a_mistake_in_an_included_file_is_named_there(written: Written) -> None:
    """Not in the file that includes it."""
    written.write("more.yaml", camera(id="gate", ring="§iner"))

    said = written.mistakes("include: [more.yaml]\n")

    assert said == written.at_marks("'iner' is not known: did you mean inner?")


def test_two_cameras_of_one_id_are_told_with_both_places(written: Written) -> None:
    """The second is wrong, and says where the first is."""
    written.write("more.yaml", camera(id="§gate"))

    said = written.mistakes("include: [more.yaml]\n" + camera(id="gate"))

    assert len(said) == 1
    assert said[0].startswith("more.yaml:2:9: camera 'gate' stands already in ")
    assert said[0].endswith("network.yaml:3: ids are unique")


def test_files_that_include_each_other_are_told(written: Written) -> None:
    """An endless circle is a mistake, not a hang."""
    written.write("more.yaml", "include: [network.yaml]\n")

    said = written.mistakes("include: [more.yaml]\n" + camera())

    assert said == [
        "more.yaml:1:11: network.yaml includes itself, directly or through others: remove one of the includes"
    ]


def test_the_environment_fills_in_any_text(written: Written) -> None:
    """With a default where it is not set."""
    network = written.load(camera(name="${SITE}门", cell="${CELL:-s-001}"), {"SITE": "东"})

    assert (network.cameras[0].name, network.cameras[0].cell) == ("东门", "s-001")


def test_a_secret_is_filled_in_and_encoded(written: Written) -> None:
    """A password may hold what a URL cannot."""
    written.write("secrets.yaml", 'east: "viewer:p@ss/w:rd"').chmod(0o600)

    network = written.load("secrets: secrets.yaml\n" + camera(stream='{sub: "rtsp://{east}@192.0.2.1/sub"}'))

    assert network.cameras[0].stream.sub == "rtsp://viewer:p%40ss%2Fw%3Ard@192.0.2.1/sub"


def test_a_secrets_file_that_others_can_read_is_refused(written: Written) -> None:
    """With the command that mends it."""
    file = written.write("secrets.yaml", 'east: "viewer:x"')
    file.chmod(0o644)

    said = written.mistakes("secrets: §secrets.yaml\n" + camera(stream='{sub: "rtsp://{east}@192.0.2.1/sub"}'))

    assert len(said) == 1
    assert said[0].startswith(
        "network.yaml:1:10: the secrets file secrets.yaml can be read by others (mode 644): chmod 600 "
    )


def test_no_message_shows_a_password(written: Written) -> None:
    """Not of a URL that is wrong either."""
    written.write("secrets.yaml", 'east: "viewer:hunter2"').chmod(0o600)

    said = written.mistakes("secrets: secrets.yaml\n" + camera(stream='{sub: "http://{east}@192.0.2.1:x/sub"}'))

    assert said
    assert "hunter2" not in "".join(said)


def test_a_network_never_changes(written: Written) -> None:
    """Whoever holds it can rely on it."""
    network = written.load(camera())

    with pytest.raises(ValidationError):
        network.cameras[0].name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cameras: [", "not YAML: "),
        (b"cameras: \xff", "network.yaml is not UTF-8 text: save it as UTF-8"),
        (b"- a\n- b\n", "expected keys such as network: and cameras:, found something else"),
        (b"", "no cameras: give a list of them under cameras:"),
        (b"cameras: []\n", "no cameras: give a list of them under cameras:"),
        (b"cameras: [1, x]\n", "a camera is a mapping of keys such as id:, name: and stream:"),
        (b"? [a]\n: b\n", "a key must be a word: put a list or a mapping after a key, not before the colon"),
    ],
)
def test_a_file_that_is_no_configuration_is_told(content: bytes, message: str, written: Written) -> None:
    """Whatever is in it."""
    (written.folder / "network.yaml").write_bytes(content)

    with pytest.raises(Exception, match=r"network\.yaml:") as caught:
        load(written.folder / "network.yaml", {})

    assert message in str(caught.value)


def test_a_file_url_is_meant_from_the_file_that_names_it(written: Written) -> None:
    """A configuration and its recordings move together."""
    network = written.load(camera(stream='{sub: "file:clips/gate.mp4"}'))

    assert network.cameras[0].stream.sub == f"file:{Path(written.folder).resolve()}/clips/gate.mp4"


def test_a_double_guard_is_two(written: Written) -> None:
    """As vendors name it."""
    posts = written.load(camera(posts="[{zone: post, guards: double}, {zone: post, guards: single}]")).cameras[0].posts

    assert [post.min_guards for post in posts] == [2, 1]


def test_a_token_is_filled_in_as_it_stands(written: Written) -> None:
    """A vehicle's stream holds its token, which no URL's encoding changes; a camera without one has none."""
    written.write("secrets.yaml", 'car: "abc/def+ghi~jkl-mno.pqr_st=="').chmod(0o600)

    network = written.load("secrets: secrets.yaml\n" + camera(stream='{sub: "whip:{car}"}'))

    assert network.cameras[0].token == "abc/def+ghi~jkl-mno.pqr_st=="
    assert written.load(camera()).cameras[0].token is None


def test_a_token_is_no_password(written: Written) -> None:
    """What a vehicle shows does not open a camera, nor the other way round; neither is shown."""
    written.write("secrets.yaml", 'car: "0123456789-0123456789-0123"\neast: "viewer:0123456789-0123456789"').chmod(
        0o600
    )

    said = written.mistakes(
        "secrets: secrets.yaml\n"
        + camera(stream='{sub: §"rtsp://{car}@192.0.2.1/sub"}')
        + camera(id="car", stream='{sub: §"whip:{east}"}')[9:]
    )

    written.marks[:] = written.marks[-2:]
    assert said == written.at_marks(
        '{car} is a token, and this URL takes a secret of the form "user:password"',
        "a vehicle's token is of letters, digits and -._~+/ alone: make one with openssl rand -hex 24",
    )


def test_the_files_of_whip_are_named_from_the_file_that_names_them(written: Written) -> None:
    """Like every other file of a configuration."""
    for name in ("tls/cert.pem", "tls/key.pem"):
        written.write(name, "made up")

    whip = written.load("whip: {certificate: tls/cert.pem, key: tls/key.pem}\n" + camera()).whip

    assert (whip.certificate, whip.key) == tuple(
        str((written.folder / name).resolve()) for name in ("tls/cert.pem", "tls/key.pem")
    )


@pytest.mark.parametrize(
    ("whip", "noted"),
    [("{}", False), ("{host: 10.0.0.1}", True), ("{host: 10.0.0.1, certificate: c.pem, key: c.pem}", False)],
    ids=["behind a proxy", "in the clear", "over TLS"],
)
def test_tokens_in_the_clear_are_noted(written: Written, whip: str, noted: bool) -> None:
    """A token that crosses a network unencrypted is everybody's."""
    written.write("c.pem", "made up")
    file = written.write("network.yaml", f"whip: {whip}\n" + camera(stream='{sub: "whip:0123456789-0123456789-0123"}'))

    warnings = [one.message for one in read(file, {}).warnings]

    said = "vehicles' tokens are sent in the clear: give certificate and key, or put a TLS proxy before it"
    assert warnings == ([said] if noted else [])


def test_where_a_position_is_asked_for_may_need_a_password(written: Written) -> None:
    """It is filled in as in a camera's URL."""
    written.write("secrets.yaml", 'fleet: "viewer:p@ss"').chmod(0o600)

    network = written.load("secrets: secrets.yaml\n" + camera(position='{url: "https://{fleet}@192.0.2.9/car"}'))

    assert network.cameras[0].position.url == "https://viewer:p%40ss@192.0.2.9/car"


@pytest.mark.parametrize(
    ("database", "installed", "noted"),
    [("postgresql://u@h/d", False, True), ("postgresql://u@h/d", True, False), ("sqlite:////tmp/x", False, False)],
)
def test_a_database_that_this_machine_cannot_speak_to_is_noted(
    written: Written, monkeypatch: pytest.MonkeyPatch, *, database: str, installed: bool, noted: bool
) -> None:
    """It is no mistake: the file may be for another machine."""
    monkeypatch.setattr("config.storage.DRIVER", "json" if installed else "no_such_driver")
    file = written.write("network.yaml", f"storage: {{database: '{database}'}}\n" + camera())

    warnings = [one.message for one in read(file, {}).warnings]

    said = "PostgreSQL needs a driver, which is not installed here: pip install 'ringwatch[postgres]'"
    assert warnings == ([said] if noted else [])
